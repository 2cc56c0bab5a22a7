"""The entries as they can be: one principal at a time, over both backends.

Our groups of a principal belong into one entry. That is the desired one, unless another of its entries stays and would
hide it, or has groups of ours that this plan may not move; then they stay together there. What nobody may change,
nodes' entries above all, is left out with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kaccess.model.names import PREFIX
from kaccess.model.plan import Skipped
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, State
from kaccess.model.ways_in import is_effective, is_node
from kaccess.planning.scope import Scope


def settle_entries(desired: State, actual: State, scope: Scope, skipped: list[Skipped]) -> Iterator[Entry]:
    """The entries to reach; what cannot be had is added to `skipped`."""
    wanted: defaultdict[str, list[Entry]] = defaultdict(list)
    there: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in desired.all(Entry):
        wanted[entry.identity].append(entry)
    for entry in actual.all(Entry):
        there[entry.identity].append(entry)
    for identity in sorted(wanted.keys() | there.keys()):
        entries = _Entries(wanted[identity], there[identity], scope)
        yield from entries.settled()
        skipped.extend(entries.skipped)


def is_ours_alone(entry: Entry) -> bool:
    """Whether kaccess made the entry and nobody has put anything on it since."""
    return entry.owned and not entry.foreign_groups and not entry.access_policies and not is_node(entry)


@dataclass
class _Entries:
    """The entries of one principal, desired and actual."""

    wanted: list[Entry]
    there: list[Entry]
    scope: Scope
    skipped: list[Skipped] = field(default_factory=list)

    def settled(self) -> Iterator[Entry]:
        """The entries of this principal as they can be."""
        if not any(self.scope.covers_entry(entry) for entry in (*self.wanted, *self.there)):
            yield from self.there
            return
        left, held = list(self.there), set[str]()
        for want in self.wanted:
            target = self._target(want)
            have = next((entry for entry in left if _is_same(entry, target)), None)
            reason = self._obstacle(target, have)
            if reason:
                held |= set(want.kube_groups)
                self._skip(have or target, reason, self._covered(want.kube_groups))
                continue
            if have is not None:
                left.remove(have)
            yield from self._with(target, have)
        for have in left:
            yield from self._without(have, held)

    def _covered(self, groups: Iterable[str]) -> frozenset[str]:
        return frozenset(group for group in groups if self.scope.covers(group))

    def _fixed(self, entry: Entry) -> frozenset[str]:
        """Our groups on the entry that this plan may not take from it."""
        return entry.owned_groups - self._covered(entry.owned_groups)

    def _keeps_cover(self) -> bool:
        """Whether the row has groups that this plan may not take from it, so that nothing may uncover it either."""
        return any(self._fixed(entry) for entry in self.there if entry.backend is Backend.AWS_AUTH and _is_met(entry))

    def _skip(self, entry: Entry, reason: str, groups: frozenset[str]) -> None:
        if groups:
            names = tuple(sorted(group.removeprefix(PREFIX) for group in groups))
            self.skipped.append(Skipped(str(entry.key), reason, groups=names))

    def _target(self, want: Entry) -> Entry:
        """The entry that our groups belong into: the desired one, or one of the other backend that stays."""
        other = next((entry for entry in self.there if entry.backend is not want.backend and _is_met(entry)), None)
        if other is None:
            return want
        if want.backend is Backend.AWS_AUTH:
            stays = self._fixed(other) or self._keeps_cover() or not is_ours_alone(other)
            why = "its access entry stays and would hide a row"
        else:
            hidden = any(_is_same(entry, want) and _is_met(entry) for entry in self.there)
            stays, why = self._fixed(other) and not hidden, "its row has groups that this plan leaves alone"
        if not stays:
            return want
        return replace(want, principal=other.principal, backend=other.backend, origin=f"{want.origin}; {why}")

    def _obstacle(self, target: Entry, have: Entry | None) -> str:
        """Why our groups cannot be put into this entry; empty if they can."""
        if have is not None and have.type != "STANDARD":
            return f"its entry is of type {have.type}, which kaccess never changes"
        if have is not None and is_node(have):
            return "its aws-auth row lets nodes in, which kaccess never changes"
        if target.backend is Backend.AWS_AUTH or (have is not None and not have.stale):
            return ""
        if any(is_node(entry) and _is_met(entry) for entry in self.there):
            return "its aws-auth row lets nodes in, and an access entry would hide it"
        if have is not None and not is_ours_alone(have):
            return (
                "IAM made this principal anew and its old entry lets nobody in; others granted things to the old one, "
                "so kaccess does not hand them on: delete the entry, then run again"
            )
        return ""

    def _with(self, target: Entry, have: Entry | None) -> Iterator[Entry]:
        """The entry with our groups as desired within the scope, all else as it is."""
        ours = self._covered(target.kube_groups)
        if have is None:
            if ours:
                yield _in_groups(target, ours)
        elif have.stale and ours:
            # What the old principal had, the new one gets only if it is desired.
            yield _in_groups(
                replace(target, principal=have.principal), ours | self._fixed(have) & {*target.kube_groups}
            )
        else:
            yield from self._reduced(have, ours | self._fixed(have), target.origin if ours else "")

    def _without(self, have: Entry, held: set[str]) -> Iterator[Entry]:
        """The entry without our groups, but for those that are desired and cannot be put elsewhere."""
        if is_node(have):
            ours = self._covered(have.owned_groups)
            self._skip(have, "lets nodes in, so kaccess does not even take its own groups from it", ours)
        yield from self._reduced(have, self._fixed(have) | have.owned_groups & held, "")

    def _reduced(self, have: Entry, ours: frozenset[str], origin: str) -> Iterator[Entry]:
        if is_node(have):
            yield have
        elif ours or not is_ours_alone(have) or (_hides(have) and self._keeps_cover()):
            yield replace(_in_groups(have, ours | have.foreign_groups), origin=origin)


def _in_groups(entry: Entry, groups: frozenset[str]) -> Entry:
    return replace(entry, kube_groups=tuple(sorted(groups)))


def _is_same(entry: Entry, other: Entry) -> bool:
    """Whether two entries of one principal are the same one: ARNs are compared ignoring case."""
    return entry.backend is other.backend and entry.principal.lower() == other.principal.lower()


def _hides(entry: Entry) -> bool:
    return entry.backend is not Backend.AWS_AUTH and not entry.stale


def _is_met(entry: Entry) -> bool:
    """Whether it can let its principal in, if nothing hides it."""
    return is_effective(entry) if entry.backend is Backend.AWS_AUTH else _hides(entry)
