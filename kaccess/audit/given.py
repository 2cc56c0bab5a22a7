"""What each Kubernetes subject and each access policy is given, once for all who come to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from kaccess.audit.access_policies import access_policy_rules
from kaccess.audit.inventory import Inventory
from kaccess.audit.levels import level_of
from kaccess.audit.stock import is_stock
from kaccess.model.access import EVERYWHERE, Level, Reach, Step, StepKind
from kaccess.model.rule import Rule, Subject
from kaccess.model.state import AccessPolicy, Binding, Key
from kaccess.model.ways_in import MASTERS
from kaccess.rbac.authorizer import SERVICE_ACCOUNT_PREFIX, Authorizer

EVERYTHING: Final = (Rule(("*",), ("*",), ("*",)), Rule(("*",), non_resource_urls=("*",)))
"""The rules that allow every request."""

PAST_RBAC: Final = Reach(
    (Step(StepKind.ROLE, "everything, past RBAC"),), EVERYWHERE, MASTERS, EVERYTHING, Level.ADMIN, is_foreign=True
)
"""What the API server gives to system:masters without asking anybody."""


@dataclass(frozen=True)
class Sources:
    """What the policy has to do with the cluster: where each of its bindings and groups comes from.

    `bindings` has the files and lines of grants by the key of the binding they make, `groups` the first step of those
    who come into a Kubernetes group of the policy.
    """

    bindings: Mapping[Key, str] = field(default_factory=lambda: MappingProxyType({}))
    groups: Mapping[str, Step] = field(default_factory=lambda: MappingProxyType({}))


class Given:
    """Everything that is given in one cluster, by who it is given to."""

    def __init__(self, inventory: Inventory, sources: Sources) -> None:
        self._inventory = inventory
        self._sources = sources
        self._authorizer = Authorizer(inventory.objects)
        self.by_subject: Mapping[tuple[str, str], tuple[Reach, ...]] = self._indexed()

    def to_user(self, username: str) -> tuple[Reach, ...]:
        """What the Kubernetes user of this name is given."""
        return self.by_subject.get(("User", username), ())

    def to_group(self, name: str) -> tuple[Reach, ...]:
        """What the Kubernetes group of this name is given."""
        return self.by_subject.get(("Group", name), ())

    def by_access_policies(self, policies: tuple[AccessPolicy, ...]) -> tuple[Reach, ...]:
        """What access policies give, within their scopes."""
        return tuple(
            _by_access_policy(policy, namespace)
            for policy in policies
            for namespace in policy.namespaces or (EVERYWHERE,)
        )

    def _indexed(self) -> dict[tuple[str, str], tuple[Reach, ...]]:
        found: defaultdict[tuple[str, str], dict[Reach, None]] = defaultdict(dict)
        found["Group", MASTERS][PAST_RBAC] = None
        for binding in self._inventory.bindings:
            reach = self._by_binding(binding)
            for subject in binding.subjects:
                found[as_user_or_group(subject, binding.namespace)][reach] = None
        return {key: tuple(reaches) for key, reaches in found.items()}

    def _by_binding(self, binding: Binding) -> Reach:
        rules = self._authorizer.role_rules(binding.role_ref, binding.namespace)
        ref, where = binding.role_ref, f"{binding.namespace}/" if binding.namespace else ""
        kind = "RoleBinding" if binding.namespace else "ClusterRoleBinding"
        origin = self._sources.bindings.get(binding.key, "")
        role = f"ClusterRole {ref.name}" if ref.kind == "ClusterRole" else f"Role {where}{ref.name}"
        steps = (
            Step(StepKind.BINDING, f"{kind} {where}{binding.name}", origin),
            Step(StepKind.ROLE, role if rules is not None else f"{role}, which does not exist"),
        )
        return Reach(
            steps,
            binding.namespace,
            ref.name if ref.kind == "Role" else role,
            rules or (),
            level_of(rules or (), cluster_wide=not binding.namespace),
            origin,
            binding.key not in self._inventory.owned,
            is_stock(binding, rules),
        )


def as_user_or_group(subject: Subject, namespace: str) -> tuple[str, str]:
    """Whom the authorizer takes a subject for: a service account is the user of that name."""
    if subject.kind != "ServiceAccount":
        return subject.kind, subject.name
    return "User", f"{SERVICE_ACCOUNT_PREFIX}{subject.namespace or namespace}:{subject.name}"


def _by_access_policy(policy: AccessPolicy, namespace: str) -> Reach:
    rules = access_policy_rules().get(policy.name)
    steps = (Step(StepKind.ACCESS_POLICY, policy.name),)
    level = level_of(rules, cluster_wide=not namespace)
    return Reach(steps, namespace, policy.name, rules, level)
