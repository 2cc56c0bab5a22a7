"""What a plan must not do without being told to: lock its own caller out, or delete a large part at once."""

from __future__ import annotations

from typing import Final

from kaccess.model.errors import Refused
from kaccess.model.plan import Change, Plan
from kaccess.model.state import Entry, Item, Namespace, State
from kaccess.planning.order import lost

MASS_REMOVAL_SHARE: Final = 0.3
MASS_REMOVAL_LEAST: Final = 10
"""design.md, section 4: more than 30 % of the owned things, and at least 10 of them."""


class UnsafePlan(Refused):
    """The plan is well formed and would do harm; the message names the flag that lets it through."""


def guard(
    plan: Plan,
    actual: State,
    *,
    caller: str | None,
    allow_mass_removal: bool = False,
    allow_self_removal: bool = False,
) -> None:
    """Refuse an unsafe plan. `caller` is the full ARN of the IAM user or role that would apply it, if it is known.

    Raises:
        UnsafePlan: with the reason and the flag that overrides it.
    """
    if not allow_self_removal:
        _guard_caller(plan, caller)
    if not allow_mass_removal:
        _guard_mass(plan, actual)


def _guard_caller(plan: Plan, caller: str | None) -> None:
    for change in plan.changes:
        before, after = change.before, change.after
        if isinstance(before, Entry) and before.principal == caller and not _lets_in(after):
            raise UnsafePlan(
                f"{plan.cluster}: refused: the plan removes your own way into the cluster ({before.principal}); "
                "let someone else apply it, or pass --allow-self-removal"
            )


def _lets_in(entry: Item | None) -> bool:
    return isinstance(entry, Entry) and bool(entry.kube_groups or entry.access_policies)


def _guard_mass(plan: Plan, actual: State) -> None:
    removed = {change.key for change in plan.changes if _removes(change)}
    owned = sum(1 for item in actual.items if _is_owned(item))
    if len(removed) >= MASS_REMOVAL_LEAST and len(removed) > MASS_REMOVAL_SHARE * owned:
        raise UnsafePlan(
            f"{plan.cluster}: refused: the plan takes away {len(removed)} of {owned} things kaccess owns at once; "
            "check the policy and IAM, then pass --allow-mass-removal"
        )


def _removes(change: Change) -> bool:
    if isinstance(change.item, Namespace):
        return False
    return change.after is None or bool(isinstance(change.item, Entry) and lost(change))


def _is_owned(item: Item) -> bool:
    if isinstance(item, Entry):
        return item.owned or bool(item.owned_groups)
    return not isinstance(item, Namespace)
