"""Set arithmetic on two states: what to create, update and delete, each with the reason a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kaccess.model.plan import Change
from kaccess.model.state import Binding, Card, Entry, Item, KubeRole, Namespace, State


def diff(settled: State, actual: State) -> list[Change]:
    """The changes from `actual` to `settled`, sorted by key; a binding to another roleRef is a delete and a create."""
    changes: list[Change] = []
    for key in sorted(settled.by_key.keys() | actual.by_key.keys()):
        before, after = actual.by_key.get(key), settled.by_key.get(key)
        if before != after:
            changes.extend(_changes(before, after))
    return changes


def _changes(before: Item | None, after: Item | None) -> Iterator[Change]:
    if isinstance(before, Binding) and isinstance(after, Binding) and before.role_ref != after.role_ref:
        yield Change(before, None, f"its roleRef is {before.role_ref.name}, which Kubernetes does not let change")
        yield Change(None, after, after.origin)
    else:
        yield Change(before, after, _why(before, after))


def _why(before: Item | None, after: Item | None) -> str:
    if after is None:
        return "in no group with a grant" if isinstance(before, Entry) else "in no grant of the policy"
    if before is None:
        return after.origin
    if isinstance(after, Entry):
        return after.origin or "no longer in a group with a grant; what others put there stays"
    if isinstance(after, Namespace) and not after.owned:
        return "no longer in the policy: left to its users, never deleted"
    differs = {KubeRole: "rules", Binding: "subjects", Card: "lines", Namespace: "labels"}[type(after)]
    return f"its {differs} are not those of {after.origin}"


def split(change: Change) -> tuple[Change, Change]:
    """An update of an entry as two: first what it loses, then what it gains."""
    before, after = change.before, change.after
    if not isinstance(before, Entry) or not isinstance(after, Entry):
        raise TypeError("only an update of an entry can be split")
    kept = replace(after, kube_groups=tuple(sorted(set(before.kube_groups) & set(after.kube_groups))))
    return Change(before, kept, change.why), Change(kept, after, change.why)
