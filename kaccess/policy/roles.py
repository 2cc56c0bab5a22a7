"""What a role of the policy amounts to in rules, as far as that can be told without a cluster."""

from __future__ import annotations

from kaccess.model.policy import Role
from kaccess.model.rule import Rule
from kaccess.rbac.builtin import builtin_cluster_roles


def rules_of(role: Role) -> tuple[Rule, ...] | None:
    """The rules a role gives, or None if it binds a ClusterRole that Kubernetes is not born with.

    A cluster may have widened `view`, `edit` and `admin` by aggregation; that cannot be seen here.
    """
    return role.rules if role.cluster_role is None else builtin_cluster_roles().get(role.cluster_role)
