"""Findings about the rules of roles that somebody is bound to, and about roles that widen others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from kaccess.audit.case import Case, binding_words
from kaccess.audit.catalogue import in_words
from kaccess.audit.find_bindings import gives_everything
from kaccess.audit.stock import is_stock_role
from kaccess.model.finding import Finding
from kaccess.model.names import DIRECTORY_ROLE, PREFIX, SYSTEM_NAMESPACE
from kaccess.model.policy import NOWHERE, Place
from kaccess.model.rule import Rule
from kaccess.model.state import Binding
from kaccess.rbac.builtin import builtin_cluster_roles
from kaccess.rbac.risk import Risk, risks

CLUSTER_SCOPED: Final = frozenset({"nodes-proxy", "persistent-volumes", "csr-approval", "admission-control"})
"""Hazards of what belongs to no namespace: a RoleBinding does not give it."""

AGGREGATES: Final = "rbac.authorization.k8s.io/aggregate-to-"
_WIDENED: Final = ("view", "edit", "admin")
_BROAD: Final = {
    name: frozenset(risk.id for risk in risks(builtin_cluster_roles()[name])) - CLUSTER_SCOPED
    for name in ("edit", "admin")
}
"""Kubernetes' own roles that reach far, and the hazards that everybody knows them to be."""


@dataclass
class _Bound:
    """A role that is bound: by whom, whether anywhere for the whole cluster, and what of it the policy accepts."""

    rules: tuple[Rule, ...]
    place: Place = NOWHERE
    accepted: frozenset[str] = frozenset()
    bindings: list[Binding] = field(default_factory=list)
    is_cluster_wide: bool = False


def hazards(case: Case) -> Iterator[Finding]:
    """What each bound role holds that reaches further than it looks; each hazard once for a role."""
    for name, bound in sorted(_bound(case).items()):
        found = {risk.id: risk for risk in risks(bound.rules) if _counts(risk, bound)}
        if "wildcard-all" in found:
            found = {"wildcard-all": found["wildcard-all"]}
        where = tuple(map(binding_words, bound.bindings))
        of_old = _BROAD.get(bound.bindings[0].role_ref.name, frozenset()) & found.keys()
        if of_old and bound.bindings[0].role_ref.kind == "ClusterRole":
            what = f"it has the hazards {', '.join(sorted(of_old))}; {_count(where)} it"
            yield case.finding("broad-role", name, what, place=bound.place, detail=where)
            found = {kind: risk for kind, risk in found.items() if kind not in of_old}
        for risk in found.values():
            what = f"it {in_words(risk.title)}; {_count(where)} it"
            yield case.finding(risk.id, name, what, place=bound.place, detail=where)


def _count(where: tuple[str, ...]) -> str:
    return "1 binding gives" if len(where) == 1 else f"{len(where)} bindings give"


def _bound(case: Case) -> dict[str, _Bound]:
    found: dict[str, _Bound] = {}
    for binding in case.bindings:
        rules = case.rules_of(binding)
        is_listed_apart = not binding.namespace and gives_everything(rules)
        if not rules or not binding.subjects or is_listed_apart or _is_directory(binding):
            continue
        name, place, accepted = _role_of(binding, case)
        bound = found.setdefault(name, _Bound(rules, place, accepted))
        bound.bindings.append(binding)
        bound.is_cluster_wide |= not binding.namespace
    return found


def _role_of(binding: Binding, case: Case) -> tuple[str, Place, frozenset[str]]:
    """What a binding gives: a role of the policy, if the binding is ours, with what that one accepts."""
    ref = binding.role_ref
    if binding.key in case.cluster.rbac.owned:
        parts = binding.name.removeprefix(PREFIX).split(":")
        role = case.policy.roles.get(parts[1]) if len(parts) > 1 else None
        if role is not None:
            return f"role {role.name}", role.place, role.allow
    where = f"{binding.namespace}/" if ref.kind == "Role" else ""
    return f"{ref.kind} {where}{ref.name}", NOWHERE, frozenset()


def _is_directory(binding: Binding) -> bool:
    return binding.namespace == SYSTEM_NAMESPACE and binding.role_ref.name.startswith(f"{DIRECTORY_ROLE}-")


def _counts(risk: Risk, bound: _Bound) -> bool:
    return risk.id not in bound.accepted and (bound.is_cluster_wide or risk.id not in CLUSTER_SCOPED)


def aggregated(case: Case) -> Iterator[Finding]:
    """ClusterRoles of others whose rules become part of Kubernetes' own."""
    widened: defaultdict[str, list[str]] = defaultdict(list)
    for role in case.cluster.rbac.cluster_roles:
        into = [name for name in _WIDENED if role.labels.get(f"{AGGREGATES}{name}") == "true"]
        if into and role.rules and not is_stock_role(role.name):
            widened[role.name] += into
    for name, into in sorted(widened.items()):
        yield case.finding("aggregated-role", f"ClusterRole {name}", f"its rules are part of {', '.join(into)}")


FINDERS: Final = (hazards, aggregated)
