"""Words so few that rules and requests often meet, and so odd that near misses are met as well."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kaccess.model.rule import Rule
from kaccess.rbac.request import Request

VERBS = ("get", "list", "create", "impersonate", "Get", "*")
API_GROUPS = ("", "apps", "Apps", "example.com", "*")
RESOURCES = ("pods", "deployments", "Pods", "things", "*")
SUBRESOURCES = ("log", "scale", "Scale", "*")
NAMES = ("one", "two", "One", "*", "one*", "")
RULE_RESOURCES = (
    *RESOURCES,
    *(
        "*/scale",
        "*/log",
        "pods/log",
        "pods/scale",
        "deployments/scale",
        "pods/*",
        "*/*",
        "pods/",
        "/log",
        "pods/log/x",
    ),
)
PATHS = (
    "/healthz",
    "/healthz/etcd",
    "/version",
    "/api",
    "/apis/apps",
    "/odd",
    "/odd/",
    "/odd/a",
    "/odd/a/b",
    "/Odd",
    "/",
)
URLS = (*PATHS, "/odd/*", "/odd*", "/odd/**", "/*/a", "/odd/*/b", "/o*d*", "*", "/*", "odd", "")

Dice = random.Random


def some(dice: Dice, values: Sequence[str], least: int = 1, most: int = 2) -> list[str]:
    """A few of the values, the same one twice at times."""
    return dice.choices(values, k=dice.randint(least, most))


def rule(dice: Dice, *, urls: bool) -> dict[str, Any]:
    """One PolicyRule in JSON that the API server admits; with `urls` it may be one about URLs."""
    verbs = some(dice, VERBS)
    if urls and dice.random() < 0.3:
        return {"verbs": verbs, "nonResourceURLs": some(dice, URLS)}
    names = some(dice, NAMES) if dice.random() < 0.3 else []
    return {
        "verbs": verbs,
        "apiGroups": some(dice, API_GROUPS),
        "resources": some(dice, RULE_RESOURCES),
        "resourceNames": names,
    }


def rules(dice: Dice, *, urls: bool) -> list[dict[str, Any]]:
    """The rules of a role, none at all at times."""
    return [rule(dice, urls=urls) for _ in range(dice.choice((0, 1, 1, 2, 3)))]


def request(dice: Dice, namespaces: Sequence[str]) -> Request:
    """A request to a namespace, to the whole cluster or for a URL."""
    if dice.random() < 0.15:
        return Request(dice.choice(VERBS), path=dice.choice(PATHS))
    return Request(
        verb=dice.choice((*VERBS, "")),
        resource=dice.choice((*RESOURCES, "")),
        api_group=dice.choice(API_GROUPS),
        subresource=dice.choice(("", "", *SUBRESOURCES)),
        namespace=dice.choice(("", *namespaces)),
        name=dice.choice(NAMES),
    )


def request_near(dice: Dice, wanted: Rule, namespace: str) -> Request:
    """A request that this rule is about; a name it asks for may be missing, or any one word may be another."""
    request = _allowed_by(dice, wanted, namespace)
    if dice.random() < 0.7:
        return request
    if request.path:
        return replace(request, path=dice.choice(PATHS))
    other = {"verb": VERBS, "resource": RESOURCES, "api_group": API_GROUPS, "subresource": SUBRESOURCES, "name": NAMES}
    field = dice.choice(sorted(other))
    return replace(request, **{field: dice.choice(other[field])})


def _allowed_by(dice: Dice, wanted: Rule, namespace: str) -> Request:
    verb = _one(dice, wanted.verbs, VERBS)
    if wanted.non_resource_urls:
        url = dice.choice(wanted.non_resource_urls).replace("*", dice.choice(("", "a", "a/b", "*")))
        return Request(verb, path=url or "/")
    resource, _, subresource = dice.choice(wanted.resources).partition("/")
    return Request(
        verb=verb,
        resource=_one(dice, (resource,), RESOURCES),
        api_group=_one(dice, wanted.api_groups, API_GROUPS),
        subresource=subresource,
        namespace=namespace,
        name=dice.choice(("", *wanted.resource_names) if wanted.resource_names else NAMES),
    )


def _one(dice: Dice, wanted: Sequence[str], values: Sequence[str]) -> str:
    """One of the wanted words; a `*` is mostly taken for what it stands for."""
    word = dice.choice(wanted)
    return dice.choice(values) if word == "*" else word
