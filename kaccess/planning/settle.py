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


@dataclass(frozen=True)
class Scope:
    """Which Kubernetes groups a plan may change: all, or `only` some; never the `frozen`, whose people are unknown."""

    only: frozenset[str] | None = None
    frozen: frozenset[str] = frozenset()

    def covers(self, group: str) -> bool:
        """Whether what belongs to this Kubernetes group may change."""
        return group not in self.frozen and (self.only is None or group in self.only)

    def covers_binding(self, binding: Binding) -> bool:
        """Whether this binding may change; one that speaks of no group at all only in a plan of everything."""
        if not binding.kube_groups:
            return self.only is None
        return any(self.covers(group) for group in binding.kube_groups)


@dataclass(frozen=True)
class Settled:
    """The state to reach, and the desired things that cannot be had, with the reason."""

    state: State
    skipped: tuple[Skipped, ...]


def settle(desired: State, actual: State, scope: Scope) -> Settled:
    """The state to reach from `actual` for `desired`, within `scope`."""
    skipped: list[Skipped] = []
    bindings = list(_bindings(desired, actual, scope))
    items: list[Item] = [
        *_entries(desired, actual, scope, skipped),
        *bindings,
        *_roles(desired, actual, scope, bindings),
        *_cards(desired, actual, scope),
        *_namespaces(desired, actual, scope, bindings),
    ]
    return Settled(State.of(items), tuple(skipped))


def _entries(desired: State, actual: State, scope: Scope, skipped: list[Skipped]) -> Iterator[Entry]:
    wanted = {entry.key: entry for entry in desired.all(Entry)}
    there = {entry.key: entry for entry in actual.all(Entry)}
    for key in wanted.keys() | there.keys():
        want, have = wanted.get(key), there.get(key)
        entry = _entry(want, have, scope)
        if entry is not None and entry.type != "STANDARD":
            if want is not None and any(scope.covers(group) for group in want.kube_groups):
                skipped.append(Skipped(str(key), f"its entry is of type {entry.type}, which kaccess never changes"))
            entry = have
        if entry is not None:
            yield entry


def _entry(want: Entry | None, have: Entry | None, scope: Scope) -> Entry | None:
    """One principal's entry: our groups as desired within the scope, all else as it is."""
    ours = {group for group in (want.kube_groups if want else ()) if scope.covers(group)}
    if have is None:
        return replace(want, kube_groups=tuple(sorted(ours))) if want and ours else None
    ours |= {group for group in have.owned_groups if not scope.covers(group)}
    nothing_left = not ours and not have.foreign_groups and not have.access_policies
    if have.owned and nothing_left and have.type == "STANDARD":
        return None
    return replace(have, kube_groups=tuple(sorted(ours | have.foreign_groups)), origin=want.origin if want else "")


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
