"""Does a rule allow a request: Kubernetes' RBAC matching, to the letter.

Matching is case-sensitive. Who holds the rules, and in which namespace, is `kaccess.rbac.authorizer`'s question.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kaccess.model.rule import Rule
from kaccess.rbac.request import Request

ALL: Final = "*"
"""What stands for every verb, API group, resource (subresources included) or URL."""


def rule_allows(rule: Rule, request: Request) -> bool:
    """Whether this one rule allows the request; what a rule lists for resources says nothing about URLs."""
    if not _lists(rule.verbs, request.verb):
        return False
    if request.path:
        return any(url_matches(url, request.path) for url in rule.non_resource_urls)
    return (
        _lists(rule.api_groups, request.api_group)
        and _resource_matches(rule.resources, request)
        and (not rule.resource_names or request.name in rule.resource_names)
    )


def rules_allow(rules: Iterable[Rule], request: Request) -> bool:
    """Whether any of the rules allows the request."""
    return any(rule_allows(rule, request) for rule in rules)


def url_matches(pattern: str, path: str) -> bool:
    """Whether a nonResourceURL of a rule speaks of this path: exactly, or by what stands before its trailing `*`."""
    return pattern == path or (pattern.endswith(ALL) and path.startswith(pattern.rstrip(ALL)))


def _lists(values: tuple[str, ...], value: str) -> bool:
    return ALL in values or value in values


def _resource_matches(resources: tuple[str, ...], request: Request) -> bool:
    if _lists(resources, request.full_resource):
        return True
    return bool(request.subresource) and f"{ALL}/{request.subresource}" in resources
