"""The order of changes: close first, open last, and what each change needs to have succeeded.

The rule it keeps: whatever moment a run dies at, and whichever change fails, nobody has more access than the old and
the new policy together (design.md, section 4). So a change that gives something to a group waits until the group has
lost what it shall lose, and a person joins a group last.

Two changes are softened so that nobody loses for a moment what they keep: a binding that another one of the same group
replaces goes after its replacement (unless the rules of its role change too), and an entry that moves between groups
is one update (unless a group it leaves is given more in the same plan).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kaccess.model.names import kube_group
from kaccess.model.plan import Change, Operation
from kaccess.model.state import Binding, Card, Entry, IamGroupPolicy, IamRole, Key, KubeRole, State
from kaccess.planning.moves import Move, gained, lost, moves
from kaccess.planning.settle import role_key
from kaccess.planning.steps import Step, Ties

_FIRST_OF_ONE_KEY = (Operation.DELETE, Operation.UPDATE, Operation.CREATE)


def ordered(changes: Iterable[Change], settled: State, actual: State) -> tuple[Change, ...]:
    """The changes in a safe order, each with its needs."""
    found = list(changes)
    ties = Ties.of(found, settled, actual)
    parts = [
        *moves((change for change in found if isinstance(change.item, Entry)), settled, actual, ties.widened),
        *(Move(part) for change in found if not isinstance(change.item, Entry) for part in _parts(change, found)),
    ]
    steps = sorted(((ties.step(move), move) for move in parts), key=_place)
    walk = _Walk(ties.groups_of_role)
    return tuple(walk.with_needs(step, move) for step, move in steps)


def _place(pair: tuple[Step, Move]) -> tuple[Step, Key, int]:
    step, move = pair
    return step, move.change.key, _FIRST_OF_ONE_KEY.index(move.change.operation)


def _parts(change: Change, changes: list[Change]) -> Iterator[Change]:
    """An IAM group that leaves a role which is made or changed in the same plan leaves it first."""
    before, after = change.before, change.after
    opened = {each.after.group for each in changes if isinstance(each.after, IamRole)}
    if isinstance(before, IamGroupPolicy) and after is not None and before.group in opened:
        yield replace(change, after=None)
        yield replace(change, before=None)
    else:
        yield change


def _positions() -> defaultdict[object, set[int]]:
    return defaultdict(set)


@dataclass
class _Walk:
    """One walk over the ordered changes, remembering which positions a later change must wait for.

    By Kubernetes group: what takes something from the group (`closing`), and what takes people out of it (`leaving`).
    By role: its own changes, and what unbinds it.
    """

    groups_of_role: dict[Key, frozenset[str]]
    position: int = 0
    places: defaultdict[object, set[int]] = field(default_factory=_positions)
    closing: defaultdict[object, set[int]] = field(default_factory=_positions)
    leaving: defaultdict[object, set[int]] = field(default_factory=_positions)
    roles: defaultdict[object, set[int]] = field(default_factory=_positions)
    unbound: defaultdict[object, set[int]] = field(default_factory=_positions)

    def with_needs(self, step: Step, move: Move) -> Change:
        """The next change, with its needs."""
        change = move.change
        needs = set(self.places[change.key])
        match change.item:
            case Entry():
                needs |= self._entry(move)
            case Binding() as binding:
                needs |= self._binding(change, binding, opens=step is Step.BINDINGS_OPEN)
            case KubeRole() as role if change.after is not None:
                needs |= self._role(role, is_new=change.before is None)
            case Card() as card if change.after is not None:
                needs |= self.places[Key("namespace", "", card.namespace)]
            case IamRole() | IamGroupPolicy() as item:
                needs |= self._assuming(change, item)
        self.places[change.key].add(self.position)
        self.position += 1
        return replace(change, needs=frozenset(needs))

    def _entry(self, move: Move) -> set[int]:
        for group in move.lost:
            self.leaving[group].add(self.position)
        return set[int]().union(*(self.closing[g] for g in move.gained), *(self.places[key] for key in move.after))

    def _binding(self, change: Change, binding: Binding, *, opens: bool) -> set[int]:
        needs: set[int] = set()
        if opens:
            needs |= self.roles[role_key(binding)] | self.places[Key("namespace", "", binding.namespace)]
            needs.update(*(self.leaving[group] for group in binding.kube_groups))
        else:
            self.unbound[role_key(binding)].add(self.position)
        for group in change.before.kube_groups if isinstance(change.before, Binding) else ():
            self.closing[group].add(self.position)
        return needs

    def _role(self, role: KubeRole, *, is_new: bool) -> set[int]:
        groups = self.groups_of_role.get(role.key, frozenset())
        self.roles[role.key].add(self.position)
        for group in groups if not is_new else ():
            self.closing[group].add(self.position)
        return (self.unbound[role.key] | self.places[Key("namespace", "", role.namespace)]).union(
            *(self.leaving[group] for group in groups)
        )

    def _assuming(self, change: Change, item: IamRole | IamGroupPolicy) -> set[int]:
        """A role waits until those who shall lose it have; those who get it wait until it is as it shall be."""
        groups = {each.group for each in (change.before, change.after) if isinstance(each, IamRole | IamGroupPolicy)}
        waiting_for, told = (self.leaving, self.closing) if isinstance(item, IamRole) else (self.closing, self.leaving)
        for group in groups:
            told[("assume", group)].add(self.position)
        return set[int]().union(*(waiting_for[("assume", group)] for group in groups))


def concerned(change: Change) -> frozenset[str]:
    """The Kubernetes groups of kaccess a change is about; none for namespaces and roles, which groups share."""
    match change.item:
        case Entry():
            return lost(change) | gained(change)
        case Binding(kube_groups=groups):
            return groups
        case Card(group=group) | IamRole(group=group) | IamGroupPolicy(group=group):
            return frozenset({kube_group(group)})
        case _:
            return frozenset()
