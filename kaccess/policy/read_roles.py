"""The `roles` section: rules of one's own, or a ClusterRole to bind."""

from __future__ import annotations

import re
from typing import Final

from kaccess.model.policy import Role
from kaccess.model.rule import Rule
from kaccess.policy.document import Mapping, Node, Scalar
from kaccess.policy.fields import fields, items, named, placed_texts, text, texts
from kaccess.policy.problems import Report, did_you_mean, show
from kaccess.policy.resources import CORE, HOME, VERBS, is_known_verb
from kaccess.policy.shapes import wrong_cluster_role, wrong_role

ROLE_KEYS: Final = ("rules", "cluster_role", "allow")
RULE_KEYS: Final = ("apiGroups", "resources", "verbs", "resourceNames")

_VERB: Final = re.compile(r"\*|[a-z][a-z0-9:*-]{0,62}")
_API_GROUP: Final = re.compile(r"\*|([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?")
_RESOURCE: Final = re.compile(r"\*(/[a-z0-9-]+)?|[a-z0-9]([-a-z0-9]*[a-z0-9])?(/(\*|[a-z0-9/-]+))?")


def read_roles(node: Node | None, report: Report) -> dict[str, Role]:
    """The roles by name. What their rules amount to is `kaccess.policy.lint`'s question."""
    return named(node, "roles", report, lambda key, value: _read_role(key, value, report))


def _read_role(key: Scalar, node: Node, report: Report) -> Role:
    report.refuse(key.place, wrong_role(key.text))
    found = fields(node, "a role", report, known=ROLE_KEYS)
    allow = frozenset(texts(found.get("allow"), "allow", report))
    if isinstance(node, Mapping) and ("rules" in found) == ("cluster_role" in found):
        report.refuse(key.place, f"the role {show(key.text)} needs either rules or cluster_role")
    cluster_role = text(found.get("cluster_role"), "cluster_role", report) or None
    if cluster_role:
        report.refuse(found["cluster_role"].place, wrong_cluster_role(cluster_role))
    return Role(key.text, _read_rules(found.get("rules"), report), cluster_role, allow, key.place)


def _read_rules(node: Node | None, report: Report) -> tuple[Rule, ...]:
    found = items(node, "rules", report)
    if node is not None and not found:
        report.refuse(node.place, "rules must not be empty")
    return tuple(_read_rule(rule, report) for rule in found)


def _read_rule(node: Node, report: Report) -> Rule:
    known = (*RULE_KEYS, "nonResourceURLs")
    found = fields(node, "a rule", report, known=known, required=RULE_KEYS[:3])
    urls = found.get("nonResourceURLs")
    if urls is not None:
        report.refuse(
            urls.place, "nonResourceURLs have no effect in a namespace, and kaccess grants nothing beyond one"
        )
    api_groups = _read_api_groups(found.get("apiGroups"), report)
    return Rule(
        _read_verbs(found.get("verbs"), report),
        api_groups,
        _read_resources(found.get("resources"), api_groups, report),
        texts(found.get("resourceNames"), "resourceNames", report),
    )


def _read_verbs(node: Node | None, report: Report) -> tuple[str, ...]:
    verbs = placed_texts(node, "verbs", report)
    for verb, place in verbs:
        hint = did_you_mean(verb, VERBS)
        if not _VERB.fullmatch(verb):
            report.refuse(place, f"{show(verb)} is not a verb{hint}")
        elif not is_known_verb(verb):
            report.warn(place, f"Kubernetes has no verb {show(verb)}{hint}")
    return tuple(verb for verb, _ in verbs)


def _read_api_groups(node: Node | None, report: Report) -> tuple[str, ...]:
    groups = placed_texts(node, "apiGroups", report, may_be_empty=True)
    for group, place in groups:
        if group in ("core", "v1"):
            report.refuse(place, f'the core API group is written ""; {show(group)} is none')
        elif not _API_GROUP.fullmatch(group):
            report.refuse(place, f"{show(group)} is not an API group; expected a name like apps, without a version")
    return tuple(group for group, _ in groups)


def _read_resources(node: Node | None, api_groups: tuple[str, ...], report: Report) -> tuple[str, ...]:
    resources = placed_texts(node, "resources", report)
    for resource, place in resources:
        if not _RESOURCE.fullmatch(resource):
            name = resource.partition(".")[0].lower()
            hint = did_you_mean(name, CORE | HOME.keys()) or "; expected a plural in lower case, like pods or pods/log"
            report.refuse(place, f"{show(resource)} is not a resource{hint}")
        elif _is_elsewhere(resource, api_groups):
            report.warn(place, _elsewhere(resource))
    return tuple(resource for resource, _ in resources)


def _is_elsewhere(resource: str, api_groups: tuple[str, ...]) -> bool:
    name = resource.partition("/")[0]
    return name != "*" and api_groups == ("",) and name not in CORE


def _elsewhere(resource: str) -> str:
    name = resource.partition("/")[0]
    home = f"; it is in {HOME[name]}" if name in HOME else did_you_mean(name, CORE)
    return f"the core API group has no resource {show(name)}{home}"
