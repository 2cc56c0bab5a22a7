"""Where a policy's roles may be bound, as far as that can be told without asking the cluster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kaccess.model.names import PROTECTED_NAMESPACES
from kaccess.model.policy import Cluster, Policy, Role
from kaccess.policy.placement import chooses
from kaccess.policy.resolve import grants_in_force


def roles_by_namespace(
    policy: Policy, cluster: Cluster, also: Iterable[str], now: datetime
) -> dict[str, tuple[Role, ...]]:
    """Each namespace the policy declares, and each of `also`, with the roles that grants in force at `now` give there.

    Which labels a namespace has that the policy does not create, only the cluster knows: a grant by labels counts for
    those of `also`, which is how people say that it reaches them.
    """
    named = frozenset(also)
    labels = {name: dict(declared.labels) for name, declared in policy.namespaces.items()}
    labels |= {name: {} for name in named - labels.keys()}
    found: dict[str, tuple[Role, ...]] = {}
    for namespace in sorted(labels.keys() - PROTECTED_NAMESPACES):
        roles = {
            grant.role
            for grant in grants_in_force(policy, cluster, now)
            if chooses(grant.namespaces, namespace, labels[namespace])
            or (namespace in named and grant.namespaces.selector is not None)
        }
        found[namespace] = tuple(policy.roles[role] for role in sorted(roles))
    return found
