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
from dataclasses import dataclass, replace
from enum import IntEnum

from kaccess.model.names import kube_group
from kaccess.model.plan import Change
from kaccess.model.state import Binding, Card, Entry, Key, KubeRole, Namespace, State
from kaccess.planning.diff import split
from kaccess.planning.settle import role_key


class Step(IntEnum):
    """The steps of a plan, first to last."""

    ENTRIES_CLOSE = 0
    BINDINGS_CLOSE = 1
    NAMESPACES = 2
    ROLES = 3
    BINDINGS_OPEN = 4
    BINDINGS_REPLACED = 5
    CARDS = 6
    ROLES_GONE = 7
    ENTRIES_OPEN = 8
    NAMESPACES_RELEASED = 9


def lost(change: Change) -> frozenset[str]:
    """The Kubernetes groups that an entry's change takes away."""
    return _groups(change.before) - _groups(change.after)


def gained(change: Change) -> frozenset[str]:
    """The Kubernetes groups that an entry's change gives."""
    return _groups(change.after) - _groups(change.before)


def _groups(item: object) -> frozenset[str]:
    return frozenset(item.kube_groups) if isinstance(item, Entry | Binding) else frozenset()


def ordered(changes: Iterable[Change], settled: State, actual: State) -> tuple[Change, ...]:
    """The changes in a safe order, each with its needs."""
    ties = _Ties.of(changes, settled, actual)
    steps = sorted(
        ((ties.step(change), change) for change in ties.changes),
        key=lambda pair: (pair[0], pair[1].key, pair[1].operation.value),
    )
    return tuple(_with_needs(steps, ties))


@dataclass(frozen=True)
class _Ties:
    """What ties the changes of one plan together."""

    changes: list[Change]
    created: frozenset[Key]
    changed_roles: frozenset[Key]
    opened: frozenset[tuple[str, str]]
    groups_of_role: dict[Key, frozenset[str]]

    @classmethod
    def of(cls, changes: Iterable[Change], settled: State, actual: State) -> _Ties:
        found = list(changes)
        created = frozenset(change.key for change in found if change.before is None)
        changed = frozenset(change.key for change in found if isinstance(change.item, KubeRole) and change.after)
        opened = frozenset(
            (c.item.namespace, group)
            for c in found
            if isinstance(c.item, Binding) and _opens(c)
            for group in c.item.kube_groups
        )
        groups: defaultdict[Key, set[str]] = defaultdict(set)
        for binding in (*settled.all(Binding), *actual.all(Binding)):
            key = role_key(binding)
            if key is not None:
                groups[key] |= binding.kube_groups
        by_role = {key: frozenset(names) for key, names in groups.items()}
        widened = {group for _, group in opened}.union(*(by_role.get(key, frozenset()) for key in changed))
        parts = [part for change in found for part in _parts(change, widened)]
        return cls(parts, created, changed, opened, by_role)

    def step(self, change: Change) -> Step:
        """The step of the plan at which the change is made."""
        match change.item:
            case Entry():
                return Step.ENTRIES_OPEN if gained(change) else Step.ENTRIES_CLOSE
            case Binding():
                return self._binding_step(change, change.item)
            case Card():
                return Step.CARDS
            case KubeRole():
                return Step.ROLES_GONE if change.after is None else Step.ROLES
            case Namespace(owned=owned):
                return Step.NAMESPACES if owned else Step.NAMESPACES_RELEASED

    def _binding_step(self, change: Change, binding: Binding) -> Step:
        if _opens(change):
            return Step.BINDINGS_OPEN
        replaced = change.after is None and any((binding.namespace, g) in self.opened for g in binding.kube_groups)
        return Step.BINDINGS_REPLACED if replaced and self._may_linger(binding) else Step.BINDINGS_CLOSE

    def _may_linger(self, binding: Binding) -> bool:
        """Whether a binding may outlive its replacement's creation: not if its name or its role's rules change."""
        return binding.key not in self.created and role_key(binding) not in self.changed_roles


def _opens(change: Change) -> bool:
    """Whether a binding's change lets a subject in."""
    before = change.before.subjects if isinstance(change.before, Binding) else ()
    after = change.after.subjects if isinstance(change.after, Binding) else ()
    return bool(set(after) - set(before))


def _parts(change: Change, widened: set[str]) -> Iterator[Change]:
    if isinstance(change.item, Entry) and change.before and gained(change) and lost(change) & widened:
        yield from split(change)
    else:
        yield change


def _with_needs(steps: list[tuple[Step, Change]], ties: _Ties) -> Iterator[Change]:
    """Walk the ordered changes once, remembering for each thing which positions a later change must wait for."""
    closing: defaultdict[str, set[int]] = defaultdict(set)
    leaving: defaultdict[str, set[int]] = defaultdict(set)
    roles: defaultdict[Key | None, set[int]] = defaultdict(set)
    unbound: defaultdict[Key | None, set[int]] = defaultdict(set)
    places: defaultdict[Key, set[int]] = defaultdict(set)
    for position, (step, change) in enumerate(steps):
        item = change.item
        needs: set[int] = set(places[item.key])
        places[item.key].add(position)
        match item:
            case Entry():
                needs.update(*(closing[group] for group in gained(change)))
                for group in lost(change):
                    leaving[group].add(position)
            case Binding():
                if step is Step.BINDINGS_OPEN:
                    needs |= roles[role_key(item)] | places[Key("namespace", "", item.namespace)]
                    needs.update(*(leaving[group] for group in item.kube_groups))
                else:
                    unbound[role_key(item)].add(position)
                for group in _groups(change.before):
                    closing[group].add(position)
            case KubeRole() if change.after is not None:
                groups = ties.groups_of_role.get(item.key, frozenset())
                needs |= unbound[item.key] | places[Key("namespace", "", item.namespace)]
                needs.update(*(leaving[group] for group in groups))
                roles[item.key].add(position)
                for group in groups if change.before else ():
                    closing[group].add(position)
            case Card() if change.after is not None:
                needs |= places[Key("namespace", "", item.namespace)]
        yield replace(change, needs=frozenset(needs))


def concerned(change: Change) -> frozenset[str]:
    """The Kubernetes groups of kaccess a change is about; none for namespaces and roles, which groups share."""
    match change.item:
        case Entry():
            return lost(change) | gained(change)
        case Binding(kube_groups=groups):
            return groups
        case Card(group=group):
            return frozenset({kube_group(group)})
        case _:
            return frozenset()
