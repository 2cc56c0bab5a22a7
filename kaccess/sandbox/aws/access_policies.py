"""The EKS access policies: what they allow beside RBAC, as far as the sandbox knows them.

EKS publishes the policies in its user guide ("Review access policy permissions") and says they resemble the built-in
ClusterRoles; here they are those ClusterRoles, by which the sandbox differs from EKS in details.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from kaccess.model.rule import Rule
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.builtin import builtin_cluster_roles
from kaccess.rbac.request import Request
from kaccess.sandbox.aws.access_entry import AssociatedPolicy

_READ: Final = ("get", "list", "watch")
_EVERYTHING_READABLE: Final = (Rule(_READ, ("*",), ("*",)),)

ACCESS_POLICIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AmazonEKSClusterAdminPolicy": "cluster-admin",
        "AmazonEKSAdminPolicy": "admin",
        "AmazonEKSAdminViewPolicy": "",
        "AmazonEKSEditPolicy": "edit",
        "AmazonEKSViewPolicy": "view",
    }
)
"""The access policies and the ClusterRole each resembles; AdminView reads everything, secrets too."""


def access_allows(policies: Iterable[AssociatedPolicy], request: Request) -> bool:
    """Whether one of the access policies, within its scope, allows the request."""
    return any(_in_scope(policy, request) and rules_allow(_rules(policy.name), request) for policy in policies)


def _in_scope(policy: AssociatedPolicy, request: Request) -> bool:
    return not policy.namespaces or any(_covers(pattern, request.namespace) for pattern in policy.namespaces)


def _covers(pattern: str, namespace: str) -> bool:
    """Whether a namespace of a scope covers `namespace`; it may end in `*` (EKS user guide)."""
    if not namespace:
        return False
    return namespace.startswith(pattern[:-1]) if pattern.endswith("*") else namespace == pattern


def _rules(policy: str) -> tuple[Rule, ...]:
    cluster_role = ACCESS_POLICIES[policy]
    return builtin_cluster_roles()[cluster_role] if cluster_role else _EVERYTHING_READABLE
