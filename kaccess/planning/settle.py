"""The desired state as it can be: foreign things kept, groups out of scope left as they are.

What comes out differs from the actual state only in what kaccess owns and this plan may change, so that the
comparison that follows is plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kaccess.model.names import kube_group
from kaccess.model.plan import Skipped
from kaccess.model.state import Binding, Card, Entry, Item, Key, KubeRole, Namespace, State
from kaccess.planning.entries import settle_entries
from kaccess.planning.roles_to_assume import settle_iam
from kaccess.planning.scope import Scope


@dataclass(frozen=True)
class Settled:
    """The state to reach, and the desired things that cannot be had, with the reason."""

    state: State
    skipped: tuple[Skipped, ...]


def settle(desired: State, actual: State, scope: Scope) -> Settled:
    """The state to reach from `actual` for `desired`, within `scope`."""
    skipped: list[Skipped] = []
    entries = list(settle_entries(desired, actual, scope, skipped))
    if scope.entries_only:
        rest = (item for item in actual.items if not isinstance(item, Entry))
        return Settled(State.of([*entries, *rest]), tuple(skipped))
    bindings = list(_bindings(desired, actual, scope))
    items: list[Item] = [
        *entries,
        *settle_iam(desired, actual, scope, skipped),
        *bindings,
        *_roles(desired, actual, scope, bindings),
        *_cards(desired, actual, scope),
        *_namespaces(desired, actual, scope, bindings),
    ]
    return Settled(State.of(items), tuple(skipped))


def _bindings(desired: State, actual: State, scope: Scope) -> Iterator[Binding]:
    covered = {binding.key for binding in desired.all(Binding) if scope.covers_binding(binding)}
    yield from (binding for binding in desired.all(Binding) if binding.key in covered)
    for binding in actual.all(Binding):
        if not scope.covers_binding(binding) and binding.key not in covered:
            yield binding


def role_key(binding: Binding) -> Key | None:
    """The key of the Role a binding refers to; None for a ClusterRole, which is never kaccess's."""
    if binding.role_ref.kind != "Role":
        return None
    return Key("role", binding.namespace, binding.role_ref.name)


def _roles(desired: State, actual: State, scope: Scope, settled: list[Binding]) -> Iterator[KubeRole]:
    asked_for = {role_key(binding) for binding in desired.all(Binding) if scope.covers_binding(binding)}
    in_use = {role_key(binding) for binding in settled}
    was_ours_to_drop = {role_key(binding) for binding in actual.all(Binding) if scope.covers_binding(binding)}
    yield from (role for role in desired.all(KubeRole) if role.key in asked_for)
    taken = {role.key for role in desired.all(KubeRole)} & asked_for
    for role in actual.all(KubeRole):
        droppable = scope.only is None or role.key in was_ours_to_drop
        if role.key not in taken and (role.key in in_use or not droppable):
            yield role


def _cards(desired: State, actual: State, scope: Scope) -> Iterator[Card]:
    yield from (card for card in desired.all(Card) if scope.covers(kube_group(card.group)))
    taken = {card.key for card in desired.all(Card) if scope.covers(kube_group(card.group))}
    for card in actual.all(Card):
        if not scope.covers(kube_group(card.group)) and card.key not in taken:
            yield card


def _namespaces(desired: State, actual: State, scope: Scope, bindings: list[Binding]) -> Iterator[Namespace]:
    wanted = {namespace.name: namespace for namespace in desired.all(Namespace)}
    there = {namespace.name: namespace for namespace in actual.all(Namespace)}
    needed = {binding.namespace for binding in bindings if scope.covers_binding(binding)}
    for name, want in wanted.items():
        have = there.get(name)
        if have is None:
            if scope.only is None or name in needed:
                yield want
        elif have.owned and (scope.only is None or name in needed):
            yield replace(want, labels=tuple(sorted({**dict(have.labels), **dict(want.labels)}.items())))
        else:
            yield have
    in_use = {binding.namespace for binding in bindings}
    for name, have in there.items():
        if name not in wanted:
            release = have.owned and scope.only is None and name not in in_use
            yield replace(have, owned=False) if release else have
