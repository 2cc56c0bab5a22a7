"""What a login hands over: the clusters and namespaces that someone may use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

NAME_PREFIX: Final = "kaccess:"


@dataclass(frozen=True)
class ClusterAccess:
    """Access to the cluster called `alias` here and `name` in EKS, in these namespaces.

    `ca_data` is the base64 of a PEM bundle. Tokens are made with the credentials of `profile`, as `iam_role` (an ARN)
    if one is given, which is that of `group`. No namespaces: whatever was written for this alias is to go.
    """

    alias: str
    name: str
    region: str
    server: str
    ca_data: str = field(repr=False)
    namespaces: tuple[str, ...]
    profile: str | None = None
    iam_role: str | None = None
    group: str = ""

    @property
    def cluster_entry(self) -> str:
        """The name of its cluster entry."""
        return NAME_PREFIX + self.alias

    @property
    def user_entry(self) -> str:
        """The name of its user entry: one for each cluster and role, so that no role replaces another."""
        role = f":{self.iam_role.rsplit('/', 1)[-1]}" if self.iam_role else ""
        return NAME_PREFIX + self.alias + role


@dataclass(frozen=True)
class NamedContext:
    """A context to write: its name, what it gives access to, and the namespace it presets.

    None leaves the namespace to the person.
    """

    name: str
    access: ClusterAccess
    namespace: str | None


def named_contexts(wanted: Sequence[ClusterAccess], *, one_context: bool) -> Iterator[NamedContext]:
    """The contexts of these accesses, `CLUSTER/NAMESPACE` or, with `one_context`, `CLUSTER`.

    What is reached in several ways has several contexts: the plain name is that of one's own credentials, and those of
    a role end in `@GROUP`. So a context never comes to mean other rights because a group was added.
    """
    found = [
        NamedContext(name, access, namespace)
        for access in wanted
        for name, namespace in _plain(access, one_context=one_context).items()
    ]
    ways = Counter(context.name for context in found)
    for context in found:
        role = context.access.iam_role
        if role is None or ways[context.name] == 1:
            yield context
        else:
            suffix = context.access.group or role.rsplit("/", 1)[-1]
            yield NamedContext(f"{context.name}@{suffix}", context.access, context.namespace)


def is_context_name(name: str, alias: str) -> bool:
    """Whether kaccess gives this name to contexts of the cluster `alias`; else a person did."""
    return name == alias or name.startswith((f"{alias}/", f"{alias}@"))


def _plain(access: ClusterAccess, *, one_context: bool) -> dict[str, str | None]:
    """The namespaces of an access by the plain names of their contexts."""
    if not one_context:
        return {f"{access.alias}/{namespace}": namespace for namespace in access.namespaces}
    return {access.alias: _only(access.namespaces)} if access.namespaces else {}


def _only(namespaces: Sequence[str]) -> str | None:
    return namespaces[0] if len(namespaces) == 1 else None
