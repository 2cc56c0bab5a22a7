"""Do the rules someone holds cover the rules they want to give? Kubernetes' own check against escalation.

The API server refuses a role or binding unless nothing is missing here (or the caller may `escalate` or `bind`).
The check is deliberately coarse: each part of a wanted rule must be covered by one held rule as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import product

from kaccess.model.rule import Rule
from kaccess.rbac.allow import ALL, url_matches


def missing_rules(owner: Iterable[Rule], wanted: Iterable[Rule]) -> tuple[Rule, ...]:
    """The parts of `wanted` that `owner` does not cover, in the API server's order; empty if all is covered.

    Each part has one verb and either one API group, one resource and at most one name, or one URL.
    """
    held = tuple(owner)
    parts = (part for rule in wanted for part in _parts(rule))
    return tuple(part for part in parts if not any(_covers(rule, part) for rule in held))


def escalation_message(username: str, groups: Iterable[str], missing: Iterable[Rule]) -> str:
    """The API server's refusal of a grant that lacks these rules: one line for each API group, resource and name."""
    lines = sorted({_text(rule) for rule in _compact(missing)})
    held_by = f"user {_quoted(username)} (groups={_quoted_list(groups)})"
    return "\n".join([f"{held_by} is attempting to grant RBAC permissions not currently held:", *lines])


def _parts(rule: Rule) -> Iterator[Rule]:
    names: list[tuple[str, ...]] = [(name,) for name in rule.resource_names] or [()]
    for group, resource, verb, name in product(rule.api_groups, rule.resources, rule.verbs, names):
        yield Rule((verb,), (group,), (resource,), name)
    for url, verb in product(rule.non_resource_urls, rule.verbs):
        yield Rule((verb,), non_resource_urls=(url,))


def _covers(held: Rule, part: Rule) -> bool:
    return (
        _has_all(held.verbs, part.verbs)
        and _has_all(held.api_groups, part.api_groups)
        and all(_resource_covered(held.resources, resource) for resource in part.resources)
        and (not held.resource_names or (bool(part.resource_names) and part.resource_names[0] in held.resource_names))
        and all(any(url_matches(url, wanted) for url in held.non_resource_urls) for wanted in part.non_resource_urls)
    )


def _has_all(values: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return ALL in values or set(wanted) <= set(values)


def _resource_covered(resources: tuple[str, ...], wanted: str) -> bool:
    if ALL in resources or wanted in resources:
        return True
    _, slash, subresource = wanted.partition("/")
    return bool(slash) and f"{ALL}/{subresource}" in resources


def _compact(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Join the verbs of parts that differ in nothing else, as the API server does in its message."""
    verbs: dict[Rule, list[str]] = {}
    for rule in rules:
        if rule.non_resource_urls:
            yield rule
        else:
            verbs.setdefault(Rule((), rule.api_groups, rule.resources, rule.resource_names), []).extend(rule.verbs)
    for rule, joined in verbs.items():
        yield Rule(tuple(joined), rule.api_groups, rule.resources, rule.resource_names)


def _text(rule: Rule) -> str:
    fields = {
        "APIGroups": rule.api_groups,
        "Resources": rule.resources,
        "NonResourceURLs": rule.non_resource_urls,
        "ResourceNames": rule.resource_names,
        "Verbs": rule.verbs,
    }
    return "{" + ", ".join(f"{name}:{_quoted_list(values)}" for name, values in fields.items() if values) + "}"


def _quoted_list(values: Iterable[str]) -> str:
    return "[" + " ".join(map(_quoted, values)) + "]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
