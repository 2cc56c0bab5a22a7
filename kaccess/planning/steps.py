"""The steps of a plan, first to last, and in which of them each change is made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from kaccess.model.plan import Change
from kaccess.model.state import Binding, Card, Entry, IamGroupPolicy, IamRole, Key, KubeRole, Namespace, State
from kaccess.planning.moves import Move, When
from kaccess.planning.settle import role_key


class Step(IntEnum):
    """The steps of a plan, first to last; those of IAM and of assuming its roles are the steps of an account's plan."""

    ASSUMING_CLOSE = 0
    IAM_ROLES = 1
    ASSUMING_OPEN = 2
    ROWS_HIDDEN = 3
    ENTRIES_CLOSE = 4
    BINDINGS_CLOSE = 5
    NAMESPACES = 6
    ROLES = 7
    BINDINGS_OPEN = 8
    BINDINGS_REPLACED = 9
    CARDS = 10
    ROLES_GONE = 11
    ENTRIES_OPEN = 12
    ROWS_REPLACED = 13
    NAMESPACES_RELEASED = 14
    IAM_ROLES_GONE = 15


_OF_ROWS = {When.HIDDEN: Step.ROWS_HIDDEN, When.REPLACED: Step.ROWS_REPLACED}


@dataclass(frozen=True)
class Ties:
    """What ties the changes of one plan together.

    `created` and `changed_roles` are keys; `opened` are the (namespace, Kubernetes group) that a binding lets in;
    `groups_of_role` are the Kubernetes groups bound to each Role before or after; `widened` those given more.
    """

    created: frozenset[Key]
    changed_roles: frozenset[Key]
    opened: frozenset[tuple[str, str]]
    groups_of_role: dict[Key, frozenset[str]]

    @classmethod
    def of(cls, changes: Iterable[Change], settled: State, actual: State) -> Ties:
        """The ties between these changes from `actual` to `settled`."""
        found = list(changes)
        opened = (change.item for change in found if isinstance(change.item, Binding) and _opens(change))
        groups: defaultdict[Key, frozenset[str]] = defaultdict(frozenset)
        for binding in (*settled.all(Binding), *actual.all(Binding)):
            key = role_key(binding)
            if key is not None:
                groups[key] |= binding.kube_groups
        return cls(
            created=frozenset(change.key for change in found if change.before is None),
            changed_roles=frozenset(c.key for c in found if isinstance(c.item, KubeRole) and c.after),
            opened=frozenset((item.namespace, group) for item in opened for group in item.kube_groups),
            groups_of_role=dict(groups),
        )

    @property
    def widened(self) -> frozenset[str]:
        """The Kubernetes groups that may be given more."""
        by_roles = (self.groups_of_role.get(key, frozenset()) for key in self.changed_roles)
        return frozenset(group for _, group in self.opened).union(*by_roles)

    def step(self, move: Move) -> Step:
        """The step of the plan at which the change is made."""
        change = move.change
        goes = change.after is None
        match change.item:
            case Entry():
                step = _OF_ROWS.get(move.when) or (Step.ENTRIES_OPEN if move.gained else Step.ENTRIES_CLOSE)
            case IamRole():
                step = Step.IAM_ROLES_GONE if goes else Step.IAM_ROLES
            case IamGroupPolicy():
                step = Step.ASSUMING_CLOSE if goes else Step.ASSUMING_OPEN
            case Binding():
                step = self._binding_step(change, change.item)
            case Card():
                step = Step.CARDS
            case KubeRole():
                step = Step.ROLES_GONE if goes else Step.ROLES
            case Namespace(owned=owned):
                step = Step.NAMESPACES if owned else Step.NAMESPACES_RELEASED
        return step

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
