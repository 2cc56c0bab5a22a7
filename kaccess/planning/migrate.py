"""From aws-auth to access entries: what can move, and what cannot and why.

A plan for access entries moves every row that is wholly kaccess's. A row on which others rely stays: an access entry
would hide it, and kaccess neither copies nor drops what is not its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.plan import Skipped
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, Item, State
from kaccess.model.ways_in import CLUSTER_ADMIN, MASTERS, default_username, is_effective, is_node, ways_in

_SERVICE_LINKED: Final = "AWSServiceRoleFor"
"""How the names of service-linked roles begin (IAM User Guide); rows lack the path that would tell."""

_REFUSED_GROUPS: Final = ("system:", "eks:")
"""How Kubernetes groups begin that EKS refuses on an access entry, or keeps to itself (EKS User Guide)."""


_ACCOUNT: Final = "an access entry names one principal, not a whole account: make one for each, or a role to assume"


def stranded(entries: Iterable[Entry], accounts: Iterable[str] = ()) -> tuple[Skipped, ...]:
    """The rows among all `entries` of a cluster that cannot become access entries, and why; sorted.

    `accounts` are those of mapAccounts. A row that an access entry hides already has nothing left to move.
    """
    stuck = [Skipped(str(row.key), reason) for row, reason in _stuck(entries)]
    return tuple(sorted([*stuck, *(Skipped(f"mapAccounts {account}", _ACCOUNT) for account in accounts)]))


def movable(desired: State, actual: State) -> State:
    """What of `desired` (its backend: access entries) a migration may do.

    Whoever is in our groups by a row that cannot move is desired there; whoever has a row of someone else, nowhere.
    """
    stuck = {row.identity: row for row, _ in _stuck(actual.all(Entry)) if is_effective(row)}
    items: list[Item] = []
    for item in desired.items:
        row = stuck.get(item.identity) if isinstance(item, Entry) else None
        if row is None or not isinstance(item, Entry):
            items.append(item)
        elif row.owned_groups:
            items.append(replace(item, principal=row.principal, backend=Backend.AWS_AUTH))
    return State.of(items)


def _stuck(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    every = list(entries)
    hidden = {way.hidden for way in ways_in(every)}
    for row in every:
        if row.backend is Backend.AWS_AUTH and row not in hidden:
            yield from islice(((row, reason) for reason in _reasons(row)), 1)


def _reasons(row: Entry) -> Iterator[str]:
    """Why a row cannot become an access entry, the weightiest reason first; none if it can."""
    if is_node(row):
        yield "lets nodes in: EKS makes the entries of its own nodes, others need one of type EC2_LINUX; do it by hand"
    if not is_effective(row):
        yield "its role has a path in its ARN, so aws-auth lets nobody in by it: delete it by hand"
    if not _can_have_entry(row.principal):
        yield "only IAM users and roles that people made can have access entries: delete it by hand, or leave it"
    refused = sorted(group for group in row.foreign_groups if group.startswith(_REFUSED_GROUPS))
    if refused:
        instead = f"; {CLUSTER_ADMIN} gives as much" if MASTERS in refused else ""
        yield f"EKS refuses the groups {', '.join(refused)} on access entries{instead}"
    if not row.owned_groups:
        yield "others made it: move it by hand"
    if row.foreign_groups:
        yield f"others put it into {', '.join(sorted(row.foreign_groups))}, which an access entry would hide"
    if row.username not in {"", default_username(row.principal)}:
        yield f"others gave it the user name {row.username}, which an access entry would hide"


def _can_have_entry(principal: str) -> bool:
    try:
        arn = Arn.parse(principal)
    except Usage:
        return False
    is_service_linked = arn.kind == "role" and arn.name.startswith(_SERVICE_LINKED)
    return arn.service == "iam" and arn.kind in {"user", "role"} and not is_service_linked
