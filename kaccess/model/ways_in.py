"""By which entry a principal comes into a cluster, where both backends may hold one for it.

An access entry hides the aws-auth row of the same principal, unless it is stale: it lets nobody in then. Planning asks
this of what a plan leaves, an audit of what is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, without_role_path

MASTERS: Final = "system:masters"
"""The Kubernetes group that no RBAC and no webhook holds back."""

CLUSTER_ADMIN: Final = "AmazonEKSClusterAdminPolicy"

_NODE: Final = ("system:node", "system:bootstrappers", "eks:kube-proxy-windows")


@dataclass(frozen=True, order=True)
class WayIn:
    """The entry that decides what its principal is in the cluster, and the row it hides, if there is one."""

    entry: Entry
    hidden: Entry | None = None


def ways_in(entries: Iterable[Entry]) -> tuple[WayIn, ...]:
    """Everybody's way in, sorted by principal; those whom no entry lets in are left out."""
    live: defaultdict[str, list[Entry]] = defaultdict(list)
    rows: dict[str, Entry] = {}
    for entry in entries:
        if entry.backend is Backend.AWS_AUTH:
            if is_effective(entry):
                rows[entry.identity] = entry
        elif not entry.stale:
            live[entry.identity].append(entry)
    found = [WayIn(entry, rows.get(identity)) for identity, those in live.items() for entry in those]
    found += [WayIn(row) for identity, row in rows.items() if identity not in live]
    return tuple(sorted(found, key=lambda way: way.entry.principal))


def way_in(entries: Iterable[Entry], principal: str) -> Entry | None:
    """The entry that lets in this principal: its full ARN, or that of its STS session, which has no path.

    An access entry for a role of the same name and another path is of no use to it.
    """
    identity = identity_of(principal)
    path_is_known = identity == without_role_path(principal.lower())
    for entry in (way.entry for way in ways_in(entries) if way.entry.identity == identity):
        if entry.backend is Backend.AWS_AUTH or not path_is_known or entry.principal.lower() == principal.lower():
            return entry
    return None


def identity_of(principal: str) -> str:
    """What `Entry.identity` is of an entry for this principal, by its own ARN or that of a session of its role."""
    try:
        arn = Arn.parse(principal.lower())
    except Usage:
        return principal.lower()
    role = arn.iam_role_name
    return str(replace(arn, service="iam", resource=f"role/{role}")) if role else without_role_path(str(arn))


def is_effective(row: Entry) -> bool:
    """Whether aws-iam-authenticator can ever find this row: one for a role with its path meets nobody."""
    return row.principal.lower() == row.identity


def is_node(entry: Entry) -> bool:
    """Whether it lets in nodes: an access entry of a type of its own, or a row with their groups or user name."""
    names = (*entry.kube_groups, entry.username)
    return entry.type != "STANDARD" or any(name.startswith(_NODE) for name in names)


def is_administrator(entry: Entry) -> bool:
    """Whether it gives the whole cluster, whatever RBAC says."""
    unscoped = any(policy.name == CLUSTER_ADMIN and not policy.namespaces for policy in entry.access_policies)
    return MASTERS in entry.kube_groups or unscoped


def default_username(principal: str) -> str:
    """The Kubernetes user name of a new entry, in either backend: EKS's default, which kaccess writes into rows too."""
    try:
        arn = Arn.parse(principal)
    except Usage:
        return principal
    if arn.kind != "role":
        return principal
    return f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/{{{{SessionName}}}}"
