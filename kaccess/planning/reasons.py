"""Why each change is made, as a person reads it in a plan."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from kaccess.model.policy import Backend
from kaccess.model.state import Binding, Card, Entry, IamGroupPolicy, IamRole, Item, KubeRole, Namespace, State
from kaccess.model.ways_in import ways_in

_DIFFERS: Final = {
    IamRole: "trust policy and session duration",
    IamGroupPolicy: "statements",
    KubeRole: "rules",
    Binding: "subjects",
    Card: "lines",
    Namespace: "labels",
}

_PERMISSION_SET: Final = re.compile(r"(?P<account>.*:)role/(?:.*/)?AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}")
"""How IAM Identity Center names the role of a permission set; it draws the end anew whenever it makes the role."""

_PermissionSet: TypeAlias = tuple[str, str]
"""An account (an ARN up to it) and the name of a permission set there."""


@dataclass(frozen=True)
class Reasons:
    """The reasons of the changes from `actual` to `settled`."""

    settled: State
    actual: State

    def of(self, before: Item | None, after: Item | None) -> str:
        """Why `before` (None: create) becomes `after` (None: delete)."""
        if isinstance(before or after, Entry):
            return self._of_entry(*(item if isinstance(item, Entry) else None for item in (before, after)))
        return after.origin if before is None and after is not None else _of_item(before, after)

    def _of_entry(self, before: Entry | None, after: Entry | None) -> str:
        if before is None:
            return self._created(after) if after is not None else ""
        if before.stale and after is not None and not after.stale:
            made = f" on {after.created_at:%Y-%m-%d}" if after.created_at else ""
            return f"IAM made this principal anew{made}; the old entry lets nobody in"
        way = self._ways.get(before.identity)
        if way is not None and way.backend is not before.backend and way.owned_groups:
            place = "its row in aws-auth" if way.backend is Backend.AWS_AUTH else "its access entry"
            return f"{place} takes its place" if after is None else f"{place} takes over; what others put there stays"
        if after is None:
            return self._made_anew(before) or "in no group with a grant" + self._let_in_again(before, way)
        return after.origin or "no longer in a group with a grant; what others put there stays"

    @cached_property
    def _ways(self) -> dict[str, Entry]:
        return {way.entry.identity: way.entry for way in ways_in(self.settled.all(Entry))}

    @staticmethod
    def _let_in_again(before: Entry, way: Entry | None) -> str:
        """An access entry that goes may uncover a row of someone else: taking away then gives, which must be said."""
        if way is None or before.stale or before.backend is Backend.AWS_AUTH:
            return ""
        return (
            f"; its aws-auth row, which others made, lets it in again as {', '.join(way.kube_groups) or way.username}"
        )

    def _created(self, after: Entry) -> str:
        old = self._namesake(after, self._roles_before)
        if old is None or old.key in self.settled.by_key:
            return after.origin
        return f"{after.origin}; IAM Identity Center made the role anew, it was {_name(old)}"

    def _made_anew(self, before: Entry) -> str:
        new = self._namesake(before, self._roles_after)
        if new is None or new.key in self.actual.by_key:
            return ""
        return f"IAM Identity Center made the role of its permission set anew: it is {_name(new)} now"

    @cached_property
    def _roles_before(self) -> dict[_PermissionSet, list[Entry]]:
        return _by_permission_set(self.actual)

    @cached_property
    def _roles_after(self) -> dict[_PermissionSet, list[Entry]]:
        return _by_permission_set(self.settled)

    @staticmethod
    def _namesake(entry: Entry, roles: dict[_PermissionSet, list[Entry]]) -> Entry | None:
        """An entry for another role of the same permission set."""
        mine = _permission_set(entry)
        others = roles.get(mine, []) if mine else []
        return next((each for each in others if each.identity != entry.identity), None)


def _of_item(before: Item | None, after: Item | None) -> str:
    """Why something that is there is deleted or updated."""
    if after is None:
        of_iam = isinstance(before, IamRole | IamGroupPolicy)
        return "its group has no grant here, or no role to assume any more" if of_iam else "in no grant of the policy"
    if isinstance(before, Binding) and isinstance(after, Binding) and before.role_ref != after.role_ref:
        return f"its roleRef is {before.role_ref.name}, which Kubernetes does not let change"
    if isinstance(after, Namespace) and not after.owned:
        return "no longer in the policy: left to its users, never deleted"
    return f"its {_DIFFERS[type(after)]} are not those of {after.origin}"


def _by_permission_set(state: State) -> dict[_PermissionSet, list[Entry]]:
    found: defaultdict[_PermissionSet, list[Entry]] = defaultdict(list)
    for entry in state.all(Entry):
        permission_set = _permission_set(entry)
        if permission_set is not None:
            found[permission_set].append(entry)
    return found


def _permission_set(entry: Entry) -> _PermissionSet | None:
    found = _PERMISSION_SET.fullmatch(entry.principal)
    return (found["account"], found["name"]) if found else None


def _name(entry: Entry) -> str:
    return entry.principal.rpartition("/")[2]
