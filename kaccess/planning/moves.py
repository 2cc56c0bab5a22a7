"""What each change of an entry does to the groups its principal comes in with, given its entry in the other backend.

A row has no effect while an access entry hides it. So creating an access entry changes a principal's groups from the
row's to the entry's, deleting it changes them back, and a hidden row may be written at any time in between. That order
is made here; a principal that moves from one backend to the other is without neither at any moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from kaccess.model.plan import Change
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, Key, State
from kaccess.model.ways_in import is_effective
from kaccess.planning.diff import split

NOTHING: Final[frozenset[str]] = frozenset()


class When(Enum):
    """When a change of an entry is made: as the groups it takes and gives say, or before or after all those."""

    HIDDEN = "before the access entry that hides it goes"
    BY_GROUPS = "closing first, opening last"
    REPLACED = "after the access entry that hides it has come"


@dataclass(frozen=True)
class Move:
    """A change of an entry, and the Kubernetes groups that its principal no longer or newly comes in with.

    `after` are keys whose changes must have been made before it.
    """

    change: Change
    lost: frozenset[str] = NOTHING
    gained: frozenset[str] = NOTHING
    when: When = When.BY_GROUPS
    after: frozenset[Key] = frozenset()


def moves(changes: Iterable[Change], settled: State, actual: State, widened: Collection[str]) -> Iterator[Move]:
    """The changes of entries as moves. `widened` are the groups that this plan gives more.

    An update by which somebody leaves such a group and joins another becomes two: leaving and joining.
    """
    by_identity: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if isinstance(change.item, Entry):
            by_identity[change.item.identity].append(change)
    before, after = _pairs(actual), _pairs(settled)
    nobody = _Pair()
    for identity, those in by_identity.items():
        yield from _moves(those, before.get(identity, nobody), after.get(identity, nobody), frozenset(widened))


def lost(change: Change) -> frozenset[str]:
    """The Kubernetes groups that the change takes from the entry."""
    return _groups(change.before) - _groups(change.after)


def gained(change: Change) -> frozenset[str]:
    """The Kubernetes groups that the change gives to the entry."""
    return _groups(change.after) - _groups(change.before)


def _groups(item: object) -> frozenset[str]:
    return frozenset(item.kube_groups) if isinstance(item, Entry) else NOTHING


@dataclass(frozen=True)
class _Pair:
    """The entries of one principal that can let it in: its live access entry, and its row."""

    entry: Entry | None = None
    row: Entry | None = None


def _pairs(state: State) -> dict[str, _Pair]:
    pairs: dict[str, _Pair] = {}
    for each in state.all(Entry):
        pair = pairs.get(each.identity, _Pair())
        if each.backend is not Backend.AWS_AUTH and not each.stale:
            pairs[each.identity] = replace(pair, entry=each)
        elif each.backend is Backend.AWS_AUTH and is_effective(each):
            pairs[each.identity] = replace(pair, row=each)
    return pairs


def _moves(changes: list[Change], before: _Pair, after: _Pair, widened: frozenset[str]) -> Iterator[Move]:
    of_row = next((change for change in changes if _is_of(change, before.row, after.row)), None)
    of_entry = next((change for change in changes if _is_of(change, before.entry, after.entry)), None)
    for change in changes:
        if change not in (of_row, of_entry):
            yield from _plain(change, widened)
    if of_entry is not None and before.entry is None:
        yield from _entry_over_row(of_entry, of_row, before.row, widened)
    elif of_entry is not None and after.entry is None:
        yield from _row_under_entry(of_entry, of_row, after.row, widened)
    else:
        yield from _plain(of_entry, widened) if of_entry else ()
        yield from _row_alone(of_row, changes, widened, is_hidden=after.entry is not None) if of_row else ()


def _is_of(change: Change, before: Entry | None, after: Entry | None) -> bool:
    return change.before == before and change.after == after


def _plain(change: Change, widened: frozenset[str]) -> Iterator[Move]:
    """A change that nothing hides and that hides nothing."""
    parts = split(change) if change.before and gained(change) and lost(change) & widened else (change,)
    for part in parts:
        yield Move(part, lost(part), gained(part))


def _row_alone(change: Change, changes: list[Change], widened: frozenset[str], *, is_hidden: bool) -> Iterator[Move]:
    if not is_hidden:
        yield from _plain(change, widened)
        return
    created = frozenset(each.key for each in changes if each.before is None and each is not change)
    yield Move(change, when=When.REPLACED, after=created)


def _entry_over_row(
    of_entry: Change, of_row: Change | None, row: Entry | None, widened: frozenset[str]
) -> Iterator[Move]:
    """An access entry comes, and hides the row as it was; then our groups go from the row."""
    had, has = _groups(row), _groups(of_entry.after)
    if of_row is not None and has - had and (had - has) & widened:
        leave, of_row = _left_first(of_row, has)
        yield Move(leave, lost(leave), NOTHING)
        had = _groups(leave.after)
    yield Move(of_entry, had - has, has - had)
    if of_row is not None:
        yield Move(of_row, when=When.REPLACED, after=frozenset({of_entry.key}))


def _left_first(of_row: Change, has: frozenset[str]) -> tuple[Change, Change | None]:
    """The change of a row as two: first to what its principal keeps, then the rest, if there is any."""
    row = of_row.before
    if not isinstance(row, Entry):
        raise TypeError("only a row that is there can be left")
    kept = row.foreign_groups | row.owned_groups & has
    halfway = replace(row, kube_groups=tuple(sorted(kept))) if kept or of_row.after else None
    rest = None if halfway == of_row.after else replace(of_row, before=halfway)
    return replace(of_row, after=halfway), rest


def _row_under_entry(
    of_entry: Change, of_row: Change | None, row: Entry | None, widened: frozenset[str]
) -> Iterator[Move]:
    """A row is made ready under the access entry that hides it; then that goes, and the row lets the principal in."""
    had, has = _groups(of_entry.before), _groups(row)
    needed: frozenset[Key] = frozenset()
    if of_row is not None:
        yield Move(of_row, lost(of_row), NOTHING, When.HIDDEN)
        exposed, missed = _groups(of_row.before) - had - has, (had & has) - _groups(of_row.before)
        needed = frozenset({of_row.key}) if exposed or missed else frozenset()
    if has - had and (had - has) & widened and isinstance(of_entry.before, Entry):
        halfway = replace(of_entry.before, kube_groups=tuple(sorted(had & has)))
        yield Move(replace(of_entry, after=halfway), had - has, NOTHING)
        of_entry, had = replace(of_entry, before=halfway), had & has
    yield Move(of_entry, had - has, has - had, after=needed)
