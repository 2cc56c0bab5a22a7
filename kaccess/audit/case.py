"""All that is known of one cluster, in the form that findings are looked for in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from kaccess.audit.catalogue import KINDS
from kaccess.audit.given import Sources
from kaccess.audit.snapshot import AccountSnapshot, ClusterSnapshot
from kaccess.audit.stock import is_stock
from kaccess.model.access import Access
from kaccess.model.finding import Finding, Severity
from kaccess.model.names import AWS_AUTH, KUBE_SYSTEM, SYSTEM_NAMESPACE
from kaccess.model.plan import Change
from kaccess.model.policy import NOWHERE, Place, Policy
from kaccess.model.rule import Rule
from kaccess.model.state import Binding
from kaccess.model.ways_in import WayIn, ways_in
from kaccess.rbac.allow import rule_allows
from kaccess.rbac.authorizer import SERVICE_ACCOUNT_PREFIX, Authorizer
from kaccess.rbac.request import Request

CONFIG_MAP_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP")
_WRITES: Final = tuple(
    Request(verb, "configmaps", namespace=KUBE_SYSTEM, name=AWS_AUTH) for verb in ("update", "patch")
)


@dataclass(frozen=True)
class Case:
    """One cluster, its account and the policy at `now` (aware). `drift` is what a plan would change.

    `reached` are the namespaces that the policy grants in.
    """

    cluster: ClusterSnapshot
    account: AccountSnapshot
    policy: Policy
    access: tuple[Access, ...]
    now: datetime
    drift: tuple[Change, ...] = ()
    sources: Sources = field(default_factory=Sources)
    reached: frozenset[str] = frozenset()

    def finding(
        self,
        id: str,  # noqa: A002 - a finding's own word
        where: str,
        what: str,
        *,
        principal: str = "",
        place: Place = NOWHERE,
        detail: Iterable[str] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this cluster, of the kind with this id; of the kind's severity, if it has no other."""
        kind = KINDS[id] if severity is None else replace(KINDS[id], severity=severity)
        return Finding(kind, self.cluster.cluster, where, what, principal, place, tuple(detail))

    @cached_property
    def ways_in(self) -> tuple[WayIn, ...]:
        """Everybody's entry that counts."""
        return ways_in(self.cluster.all_entries)

    @cached_property
    def bindings(self) -> tuple[Binding, ...]:
        """The bindings of either kind that are not stock."""
        return tuple(each for each in self.cluster.rbac.bindings if not is_stock(each, self.rules_of(each)))

    @cached_property
    def foreign_bindings(self) -> tuple[Binding, ...]:
        """Those of them that are not kaccess's."""
        return tuple(each for each in self.bindings if each.key not in self.cluster.rbac.owned)

    @cached_property
    def policy_namespaces(self) -> frozenset[str]:
        """The namespaces that the policy is about, the directory's among them."""
        return self.reached | self.policy.namespaces.keys() | {SYSTEM_NAMESPACE}

    @cached_property
    def principals(self) -> frozenset[str]:
        """Everybody that `access` speaks of."""
        return frozenset(each.principal for each in self.access)

    @cached_property
    def service_accounts(self) -> frozenset[str] | None:
        """The user names of the service accounts that exist; None if that is not known."""
        known = self.cluster.service_accounts
        if known is None:
            return None
        return frozenset(f"{SERVICE_ACCOUNT_PREFIX}{each.replace('/', ':')}" for each in known)

    @property
    def reads_aws_auth(self) -> bool:
        """Whether the cluster looks at aws-auth."""
        return self.cluster.mode in CONFIG_MAP_MODES

    def rules_of(self, binding: Binding) -> tuple[Rule, ...] | None:
        """The rules of the role that a binding gives; None if there is no such role."""
        return self._authorizer.role_rules(binding.role_ref, binding.namespace)

    def place_of(self, binding: Binding) -> Place:
        """Where the policy grants what a binding gives."""
        return place_from(self.sources.bindings.get(binding.key, ""))

    @cached_property
    def _authorizer(self) -> Authorizer:
        return Authorizer(self.cluster.rbac.objects)


def place_from(text: str) -> Place:
    """The first place of an item's origin (`FILE:LINE:COLUMN, ...`); NOWHERE if it names none."""
    file, _, rest = text.partition(", ")[0].rpartition(":")
    file, _, line = file.rpartition(":")
    return Place(file, int(line), int(rest)) if file and line.isdecimal() and rest.isdecimal() else NOWHERE


def binding_words(binding: Binding) -> str:
    """A binding as it is called in a finding's `where`."""
    return (
        f"RoleBinding {binding.namespace}/{binding.name}" if binding.namespace else f"ClusterRoleBinding {binding.name}"
    )


def writes_aws_auth(rules: Iterable[Rule]) -> bool:
    """Whether one of the rules, where they hold in kube-system, allows to make rows of aws-auth."""
    return any(rule_allows(rule, request) for rule in rules for request in _WRITES)
