"""A policy to the state it desires of one cluster. Pure: namespaces, members and the time are handed in.

What is desired of a grant: the role's Role in each namespace (unless the role is a ClusterRole), the group's binding to
it, one entry for each of the group's principals who is not offboarded, and the group's card in the directory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from kaccess.model.identity import Principal
from kaccess.model.names import SYSTEM_NAMESPACE, binding_name, kube_group, kube_role_name
from kaccess.model.plan import Skipped
from kaccess.model.policy import Backend, Cluster, Grant, Group, Policy
from kaccess.model.rule import RoleRef, Subject
from kaccess.model.state import Binding, Item, KubeRole, Namespace, State
from kaccess.policy.directory import directory_items
from kaccess.policy.entries import entries_of
from kaccess.policy.placement import Placed, Reach, reach_of


@dataclass(frozen=True)
class Resolved:
    """The desired state of one cluster, and the grants, or parts of them, that have no namespace there."""

    state: State
    skipped: tuple[Skipped, ...]


def groups_in_force(policy: Policy, cluster: Cluster, now: datetime) -> tuple[Group, ...]:
    """The groups with at least one grant in force on the cluster, sorted by name: those whose members must be read."""
    names = {grant.group for grant in grants_in_force(policy, cluster, now)}
    return tuple(policy.groups[name] for name in sorted(names))


def grants_in_force(policy: Policy, cluster: Cluster, now: datetime) -> tuple[Grant, ...]:
    """The grants in force on the cluster at `now` (aware), in the order of the policy."""
    return tuple(grant for grant in policy.grants if grant.holds_on(cluster.alias, now))


def desired(
    policy: Policy,
    cluster: Cluster,
    *,
    backend: Backend,
    namespaces: Mapping[str, Mapping[str, str]],
    members: Mapping[str, tuple[Principal, ...]],
    now: datetime,
) -> Resolved:
    """What the policy desires of the cluster at `now` (aware).

    `backend` is the one that entries are written in, not AUTO. `namespaces` are those in the cluster that are not being
    deleted, with their labels. `members` has each group's principals; a group that is absent could not be read and has
    no entries here, and one with `assume` has its role whatever is in it. Every namespace declared with `create: true`
    is desired on every cluster, granted or not.
    """
    grants = grants_in_force(policy, cluster, now)
    reach = reach_of(policy, grants, namespaces)
    items: list[Item] = [*_namespaces(policy, bool(grants)), *_kube_roles(policy, reach), *_bindings(policy, reach)]
    groups = groups_in_force(policy, cluster, now)
    known = {group: members[group.name] for group in groups if group.name in members}
    items += entries_of(known, policy, cluster, backend)
    by_group: dict[str, list[Placed]] = {}
    for each in reach.placed:
        by_group.setdefault(each.grant.group, []).append(each)
    for group in groups:
        items += directory_items(group, by_group.get(group.name, []), policy)
    return Resolved(State.of(items), reach.skipped)


def _namespaces(policy: Policy, has_directory: bool) -> Iterator[Namespace]:
    for declared in policy.namespaces.values():
        if declared.create:
            yield Namespace(declared.name, declared.labels, owned=True, origin=str(declared.place))
    if has_directory:
        yield Namespace(SYSTEM_NAMESPACE, owned=True, origin="the directory")


def _kube_roles(policy: Policy, reach: Reach) -> Iterator[KubeRole]:
    for namespace, name in sorted({(each.namespace, each.grant.role) for each in reach.placed}):
        role = policy.roles[name]
        if role.cluster_role is None:
            yield KubeRole(namespace, kube_role_name(name), role.rules, origin=str(role.place))


def _bindings(policy: Policy, reach: Reach) -> Iterator[Binding]:
    origins: dict[tuple[str, str, str], list[Placed]] = {}
    for each in reach.placed:
        origins.setdefault((each.namespace, each.grant.role, each.grant.group), []).append(each)
    for (namespace, role, group), placed in origins.items():
        cluster_role = policy.roles[role].cluster_role
        ref = RoleRef("ClusterRole", cluster_role) if cluster_role else RoleRef("Role", kube_role_name(role))
        name = binding_name(group, role, cluster_role)
        yield Binding(
            namespace,
            name,
            ref,
            (Subject.group(kube_group(group)),),
            ", ".join(str(each.grant.place) for each in placed),
        )
