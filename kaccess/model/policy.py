"""The policy as people mean it, free of YAML: clusters, groups, namespaces, roles, grants and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from kaccess.model.rule import Rule


@dataclass(frozen=True, order=True)
class Place:
    """Where in a file something stands; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("", 0, 0)


class SourceKind(Enum):
    """How the people of a group come to its Kubernetes group (design.md, section 2)."""

    IAM_GROUP = "iam_group"
    IAM_ROLE = "iam_role"
    PERMISSION_SET = "permission_set"


class Backend(str, Enum):
    """Where identity entries live; AUTO follows the cluster's authenticationMode."""

    AUTO = "auto"
    ACCESS_ENTRIES = "access-entries"
    AWS_AUTH = "aws-auth"


@dataclass(frozen=True)
class Cluster:
    """An EKS cluster: `alias` is its name in the policy and on the command line, `name` its name in EKS.

    `profile` and `iam_role` (an ARN) say by which credentials administrators reach it; empty: those of the command.
    """

    alias: str
    name: str
    region: str
    account: str
    backend: Backend = Backend.AUTO
    profile: str = ""
    iam_role: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Group:
    """A group of the policy. `target` names its source: an IAM group, a role's ARN, a permission set.

    `assume` (only with IAM_GROUP) gives the group one role to assume instead of an entry for each member; then `mfa`
    asks for a second factor, and a session lasts `session_seconds` at most.
    """

    name: str
    source: SourceKind = SourceKind.IAM_GROUP
    target: str = ""
    assume: bool = False
    place: Place = field(default=NOWHERE, compare=False)
    mfa: bool = False
    session_seconds: int = 3600


@dataclass(frozen=True)
class DeclaredNamespace:
    """A namespace the policy may grant in; `create` lets kaccess create it with these labels."""

    name: str
    create: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Role:
    """A role of the policy: rules of its own, or a ClusterRole to bind. `allow` holds ids of accepted risks."""

    name: str
    rules: tuple[Rule, ...] = ()
    cluster_role: str | None = None
    allow: frozenset[str] = frozenset()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class NamespaceChoice:
    """Which namespaces a grant means: names, a shell-style pattern, or labels all of which must match."""

    names: tuple[str, ...] = ()
    match: str | None = None
    selector: tuple[tuple[str, str], ...] | None = None

    def __str__(self) -> str:
        if self.match is not None:
            return self.match
        return ", ".join(self.names or (f"{key}={value}" for key, value in self.selector or ()))


@dataclass(frozen=True)
class Grant:
    """One line of the policy. `clusters` empty means all; `until` is aware; from that moment on it is not desired.

    `by` (an ARN) and `at` (aware) record who granted it, and when.
    """

    group: str
    role: str
    namespaces: NamespaceChoice
    clusters: tuple[str, ...] = ()
    until: datetime | None = None
    reason: str = ""
    by: str = ""
    place: Place = field(default=NOWHERE, compare=False)
    at: datetime | None = None

    def ended(self, now: datetime) -> bool:
        """Whether the grant is over at `now` (aware)."""
        return self.until is not None and now >= self.until

    def holds_on(self, cluster: str, now: datetime) -> bool:
        """Whether the grant is in force on the cluster with this alias at `now`."""
        return not self.ended(now) and (not self.clusters or cluster in self.clusters)


@dataclass(frozen=True)
class Expectation:
    """A sentence the policy must keep: `GROUP can|cannot VERB RESOURCE in NAMESPACE`.

    `only GROUP can ...` also says that no other group can (`only`); `nobody can ...` has no group.
    `resource` is `pods`, `deployments.apps`, `pods/exec`, or `deployments.apps/scale`.
    """

    group: str
    can: bool
    verb: str
    resource: str
    namespace: str
    only: bool = False
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        who = f"{'only ' if self.only else ''}{self.group}" if self.group else "nobody"
        claim = "can" if self.can or not self.group else "cannot"
        return f"{who} {claim} {self.verb} {self.resource} in {self.namespace}"


@dataclass(frozen=True)
class Offboarded:
    """A principal (its ARN) who is taken out of everything, whatever IAM groups they are still in."""

    principal: str
    at: datetime
    by: str = ""
    reason: str = ""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Suppression:
    """Findings of an audit that are accepted: those of the kind `id` at `where` (shell-style pattern, `*`: all).

    From `until` (aware; None: no end) on they count again.
    """

    id: str
    where: str
    reason: str
    until: datetime | None = None
    place: Place = field(default=NOWHERE, compare=False)

    def ended(self, now: datetime) -> bool:
        """Whether it is over at `now` (aware)."""
        return self.until is not None and now >= self.until


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Policy:
    """A whole policy, of one file or several. Every grant names a role and a group that `roles` and `groups` hold."""

    clusters: Mapping[str, Cluster] = field(default_factory=_nothing)
    groups: Mapping[str, Group] = field(default_factory=_nothing)
    namespaces: Mapping[str, DeclaredNamespace] = field(default_factory=_nothing)
    roles: Mapping[str, Role] = field(default_factory=_nothing)
    grants: tuple[Grant, ...] = ()
    tests: tuple[Expectation, ...] = ()
    offboarded: tuple[Offboarded, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
