"""The EKS access policies: what they allow beside RBAC, as far as EKS documents their rules."""

from __future__ import annotations

from collections.abc import Iterable

from kaccess.audit.access_policies import access_policy_rules, in_scope
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.request import Request
from kaccess.sandbox.aws.access_entry import AssociatedPolicy


def access_allows(policies: Iterable[AssociatedPolicy], request: Request) -> bool:
    """Whether one of the access policies, within its scope, allows the request."""
    rules = access_policy_rules()
    return any(_covers(policy, request) and rules_allow(rules[policy.name], request) for policy in policies)


def _covers(policy: AssociatedPolicy, request: Request) -> bool:
    return not policy.namespaces or any(in_scope(scope, request.namespace) for scope in policy.namespaces)
