"""Set arithmetic on two states: what to create, update and delete, each with the reason a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kaccess.model.plan import Change
from kaccess.model.state import Binding, Entry, Item, State
from kaccess.planning.reasons import Reasons


def diff(settled: State, actual: State) -> list[Change]:
    """The changes from `actual` to `settled`, sorted by key.

    What cannot be updated is deleted and created: a binding to another roleRef, a stale entry.
    """
    reasons = Reasons(settled, actual)
    changes: list[Change] = []
    for key in sorted(settled.by_key.keys() | actual.by_key.keys()):
        before, after = actual.by_key.get(key), settled.by_key.get(key)
        if before != after:
            changes.extend(_changes(before, after, reasons))
    return changes


def _changes(before: Item | None, after: Item | None, reasons: Reasons) -> Iterator[Change]:
    why = reasons.of(before, after)
    if before is not None and after is not None and _is_remade(before, after):
        yield Change(before, None, why)
        yield Change(None, after, after.origin)
    else:
        yield Change(before, after, why)


def _is_remade(before: Item, after: Item) -> bool:
    if isinstance(before, Binding) and isinstance(after, Binding):
        return before.role_ref != after.role_ref
    return isinstance(before, Entry) and isinstance(after, Entry) and before.stale and not after.stale


def split(change: Change) -> tuple[Change, Change]:
    """An update of an entry as two: first what it loses, then what it gains."""
    before, after = change.before, change.after
    if not isinstance(before, Entry) or not isinstance(after, Entry):
        raise TypeError("only an update of an entry can be split")
    kept = replace(after, kube_groups=tuple(sorted(set(before.kube_groups) & set(after.kube_groups))))
    return replace(change, after=kept), replace(change, before=kept)
