"""What a login hands over: the clusters and namespaces that someone may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

NAME_PREFIX: Final = "kaccess:"


@dataclass(frozen=True)
class ClusterAccess:
    """Access to the cluster called `alias` here and `name` in EKS, in these namespaces.

    `ca_data` is the base64 of a PEM bundle. Tokens are made with the credentials of `profile`, as `iam_role` (an ARN)
    if one is given. No namespaces: whatever was written for this alias is to go.
    """

    alias: str
    name: str
    region: str
    server: str
    ca_data: str = field(repr=False)
    namespaces: tuple[str, ...]
    profile: str | None = None
    iam_role: str | None = None

    @property
    def cluster_entry(self) -> str:
        """The name of its cluster entry."""
        return NAME_PREFIX + self.alias

    @property
    def user_entry(self) -> str:
        """The name of its user entry: one for each cluster and role, so that no role replaces another."""
        role = f":{self.iam_role.rsplit('/', 1)[-1]}" if self.iam_role else ""
        return NAME_PREFIX + self.alias + role


def context_names(access: ClusterAccess, *, one_context: bool) -> dict[str, str | None]:
    """The contexts of `access` and the namespace each one presets; None leaves the namespace to the person."""
    if not one_context:
        return {context_name(access.alias, namespace): namespace for namespace in access.namespaces}
    return {access.alias: _only(access.namespaces)} if access.namespaces else {}


def context_name(alias: str, namespace: str) -> str:
    """The name of the context for one namespace of a cluster."""
    return f"{alias}/{namespace}"


def _only(namespaces: Sequence[str]) -> str | None:
    return namespaces[0] if len(namespaces) == 1 else None
