"""The escalation guard: which rules of a role are hazards, and which of those the role has not accepted.

Wildcards count as what they stand for. A rule's resourceNames do not lessen a risk: reading one secret is reading
secrets, and a role that means it says so with `allow`.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import Final

from kaccess.model.rule import Rule
from kaccess.rbac.allow import ALL, rule_allows
from kaccess.rbac.catalogue import HAZARDS, Hazard, Severity
from kaccess.rbac.request import Request

RISK_IDS: Final = frozenset(hazard.id for hazard in HAZARDS)
"""Every id that a role's `allow` may list."""


@dataclass(frozen=True)
class Risk:
    """One rule that is one hazard. `id` is stable; `title` says what the rule permits, `why` what harm that can do."""

    id: str
    severity: Severity
    title: str
    why: str
    rule: Rule


def risks(rules: Iterable[Rule]) -> tuple[Risk, ...]:
    """All risks, in the order of the rules and then of the catalogue; a rule has one risk for each hazard it is."""
    return tuple(
        Risk(hazard.id, hazard.severity, hazard.title, hazard.why, rule)
        for rule in rules
        for hazard in HAZARDS
        if _is_hazard(rule, hazard)
    )


def judge(rules: Iterable[Rule], allow: Set[str]) -> tuple[Risk, ...]:
    """The risks whose ids are not in `allow`."""
    return tuple(risk for risk in risks(rules) if risk.id not in allow)


def _is_hazard(rule: Rule, hazard: Hazard) -> bool:
    if hazard.everything:
        return ALL in rule.verbs and ALL in rule.resources
    if hazard.verb_prefix and rule.resources and any(verb.startswith(hazard.verb_prefix) for verb in rule.verbs):
        return True
    nameless = replace(rule, resource_names=())
    return any(rule_allows(nameless, request) for request in _requests(hazard))


def _requests(hazard: Hazard) -> Iterable[Request]:
    for group, full_resource in hazard.targets:
        resource, _, subresource = full_resource.partition("/")
        for verb in hazard.verbs:
            yield Request(verb, resource, group, subresource)
