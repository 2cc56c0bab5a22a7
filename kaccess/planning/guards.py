"""What a plan must not do, and what it must not do without being told to.

Without a flag: write what lets nodes in, or give the groups of others. With one: lock out its own caller or the last
administrator, hide a row that gives more, take away a large part at once.

All of it is asked of what the plan leaves, not of how it is written down: entries of both backends, one hiding the
other, ARNs compared as the server does. Since each plan is measured against what is there, a removal that is spread
over two of them is refused when it takes the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kaccess.model.errors import Refused
from kaccess.model.names import group_of
from kaccess.model.plan import Change, Plan
from kaccess.model.policy import Backend
from kaccess.model.state import Binding, Entry, IamRole, Item, Key, Namespace, State
from kaccess.model.ways_in import default_username, identity_of, is_administrator, is_node, way_in, ways_in

MASS_REMOVAL_SHARE: Final = 0.3
MASS_REMOVAL_LEAST: Final = 10
"""design.md, section 4: more than 30 % of the owned things, and at least 10 of them."""


class UnsafePlan(Refused):
    """The plan is well formed and would do harm; the message names the flag that lets it through, if one does."""


@dataclass(frozen=True)
class Overrides:
    """What a person allows a plan to do for once."""

    allow_self_removal: bool = False
    allow_mass_removal: bool = False
    allow_last_admin_removal: bool = False
    allow_shadowing: bool = False


NONE: Final = Overrides()


def guard(plan: Plan, actual: State, *, caller: str | None, overrides: Overrides = NONE) -> None:
    """Refuse an unsafe plan. `caller` is the ARN of the IAM user or role that would apply it, if it is known.

    Raises:
        UnsafePlan: with the thing, the reason, and the flag that overrides it, if there is one.
    """
    after = _after(plan, actual)
    _guard_nodes(plan, actual, after)
    _guard_foreign(plan)
    if caller is not None and not overrides.allow_self_removal:
        _guard_caller(plan, actual, caller)
    if not overrides.allow_last_admin_removal:
        _guard_last_administrator(plan, actual, after)
    if not overrides.allow_shadowing:
        _guard_shadowing(plan, actual, after)
    if not overrides.allow_mass_removal:
        _guard_mass(plan, actual, after)


def _after(plan: Plan, actual: State) -> State:
    """The state that the whole plan leaves."""
    items = dict(actual.by_key)
    for change in plan.changes:
        _make(change, items)
    return State.of(items.values())


def _make(change: Change, items: dict[Key, Item]) -> None:
    items.pop(change.key, None)
    if change.after is not None:
        items[change.key] = change.after


def _entry_changes(plan: Plan) -> Iterator[tuple[Entry | None, Entry | None]]:
    for change in plan.changes:
        if isinstance(change.item, Entry):
            before, after = change.before, change.after
            yield before if isinstance(before, Entry) else None, after if isinstance(after, Entry) else None


def _guard_nodes(plan: Plan, actual: State, after: State) -> None:
    for pair in _entry_changes(plan):
        for entry in pair:
            if entry is not None and is_node(entry):
                raise UnsafePlan(f"{plan.cluster}: refused: {entry.key} lets nodes in; kaccess never changes it")
    shown = {way.entry for way in ways_in(actual.all(Entry)) if is_node(way.entry)}
    for way in ways_in(after.all(Entry)):
        if way.hidden in shown:
            raise UnsafePlan(
                f"{plan.cluster}: refused: an access entry for {way.entry.principal} would hide its aws-auth row, "
                "which lets nodes in; take that principal out of the policy"
            )


def _guard_foreign(plan: Plan) -> None:
    """Planning never makes such changes; nor does anything that hands a plan to this guard get them past it."""
    for change in plan.changes:
        others = [*_given(change), *_taken(change)]
        if others:
            line = f"{change.key}: kaccess neither gives nor takes what is not its own: {', '.join(others)}"
            raise UnsafePlan(f"{plan.cluster}: refused: {line}")


def _given(change: Change) -> list[str]:
    """What a change gives of others: groups, or subjects of a binding."""
    before, after = change.before, change.after
    if isinstance(after, Entry):
        held = before.foreign_groups if isinstance(before, Entry) else frozenset()
        return sorted(after.foreign_groups - held)
    if isinstance(after, Binding):
        had = before.subjects if isinstance(before, Binding) else ()
        new = set(after.subjects) - set(had)
        return sorted(f"{each.kind} {each.name}" for each in new if each.kind != "Group" or group_of(each.name) is None)
    return []


def _taken(change: Change) -> list[str]:
    """What a change takes from others: groups, access policies, or a thing that is theirs."""
    before, after = change.before, change.after
    if isinstance(before, Entry):
        held = after.foreign_groups if isinstance(after, Entry) else frozenset()
        gone = before.access_policies if after is None else ()
        whole = [] if before.owned or after is not None else ["the entry itself"]
        return [*sorted(before.foreign_groups - held), *(policy.name for policy in gone), *whole]
    return ["the role itself"] if isinstance(before, IamRole) and not before.owned else []


def _guard_caller(plan: Plan, actual: State, caller: str) -> None:
    """At no moment, or the caller could not finish what was begun."""
    identity = identity_of(caller)
    mine: dict[Key, Item] = {entry.key: entry for entry in actual.all(Entry) if entry.identity == identity}
    if not _lets_in(mine, caller):
        return
    for change in plan.changes:
        if isinstance(change.item, Entry) and change.item.identity == identity:
            _make(change, mine)
            if not _lets_in(mine, caller):
                raise UnsafePlan(
                    f"{plan.cluster}: refused: the plan removes your own way into the cluster ({caller}); "
                    "let someone else apply it, or pass --allow-self-removal"
                )


def _lets_in(items: dict[Key, Item], caller: str) -> bool:
    entry = way_in((item for item in items.values() if isinstance(item, Entry)), caller)
    return entry is not None and bool(entry.kube_groups or entry.access_policies)


def _guard_last_administrator(plan: Plan, actual: State, after: State) -> None:
    before, left = (
        [way.entry.principal for way in ways_in(state.all(Entry)) if is_administrator(way.entry)]
        for state in (actual, after)
    )
    if before and not left:
        raise UnsafePlan(
            f"{plan.cluster}: refused: the plan leaves nobody with the whole cluster ({', '.join(before)} has it now); "
            "make someone else administrator first, or pass --allow-last-admin-removal"
        )


def _guard_shadowing(plan: Plan, actual: State, after: State) -> None:
    shown = {way.entry.identity: way.entry for way in ways_in(actual.all(Entry))}
    for way in ways_in(after.all(Entry)):
        row = shown.get(way.entry.identity)
        if row is None or row.backend is not Backend.AWS_AUTH or way.entry.backend is Backend.AWS_AUTH:
            continue
        loses = sorted(row.foreign_groups - {*way.entry.kube_groups})
        if row.username not in {"", default_username(way.entry.principal)}:
            loses.append(f"user name {row.username}")
        if loses:
            raise UnsafePlan(
                f"{plan.cluster}: refused: an access entry for {way.entry.principal} would hide its aws-auth row, "
                f"which gives more: {', '.join(loses)}; move these by hand, or pass --allow-shadowing"
            )


def _guard_mass(plan: Plan, actual: State, after: State) -> None:
    had, has = _principals(actual), _principals(after)
    people = sum(1 for identity, groups in had.items() if groups - has.get(identity, frozenset()))
    things = {change.key for change in plan.changes if _removes(change)}
    owned = len(had) + sum(1 for item in actual.items if _is_owned(item))
    removed = people + len(things)
    if removed >= MASS_REMOVAL_LEAST and removed > MASS_REMOVAL_SHARE * owned:
        raise UnsafePlan(
            f"{plan.cluster}: refused: the plan takes away {removed} of {owned} things kaccess owns at once; "
            "check the policy and IAM, then pass --allow-mass-removal"
        )


def _principals(state: State) -> dict[str, frozenset[str]]:
    """Our groups of each principal, in whichever backend: moving from one to the other takes nothing away."""
    found: dict[str, frozenset[str]] = {}
    for entry in state.all(Entry):
        if entry.owned_groups:
            found[entry.identity] = found.get(entry.identity, frozenset()) | entry.owned_groups
    return found


def _removes(change: Change) -> bool:
    return change.after is None and not isinstance(change.item, Namespace | Entry)


def _is_owned(item: Item) -> bool:
    return item.owned if isinstance(item, IamRole) else not isinstance(item, Namespace | Entry)
