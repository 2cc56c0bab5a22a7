"""From rules to the level that people understand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from kaccess.model.access import Level
from kaccess.model.rule import RBAC_GROUP, Rule
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.request import Request

_READ: Final = frozenset({"get", "list", "watch"})
_ASKING: Final = frozenset({"authorization.k8s.io", "authentication.k8s.io"})
"""The API groups in which to create something is to ask a question."""

_WRITE: Final = ("create", "update", "patch", "delete", "deletecollection")
_PUT: Final = ("create", "update", "patch")


def _requests(group: str, resources: Iterable[str], verbs: Iterable[str]) -> tuple[Request, ...]:
    named = [(name.partition("/")[0], name.partition("/")[2]) for name in resources]
    return tuple(Request(verb, name, group, sub) for verb in verbs for name, sub in named)


_ADMIN: Final = _requests(RBAC_GROUP, ("roles", "rolebindings"), _WRITE) + _requests(
    RBAC_GROUP, ("roles", "clusterroles"), ("escalate", "bind")
)
_CLUSTER_ADMIN: Final = (
    *_requests(RBAC_GROUP, ("clusterroles", "clusterrolebindings"), _WRITE),
    *_requests("", ("users", "groups"), ("impersonate",)),
    *_requests("certificates.k8s.io", ("certificatesigningrequests/approval",), ("update", "patch")),
    *_requests(
        "admissionregistration.k8s.io", ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"), _PUT
    ),
)
"""What belongs to no namespace, and so is worth nothing in a RoleBinding."""

_EXEC: Final = (
    *_requests("", ("pods/exec", "pods/attach"), ("get", "create")),
    *_requests("", ("pods/ephemeralcontainers",), ("update", "patch")),
    *_requests("", ("serviceaccounts/token",), ("create",)),
    *_requests("", ("serviceaccounts",), ("impersonate",)),
    *_requests("authentication.k8s.io", ("serviceaccounts",), ("impersonate:serviceaccount",)),
    *_requests("", ("pods/proxy", "services/proxy"), (*_READ, *_WRITE)),
    *_requests("", ("pods/portforward",), ("get", "create")),
)
_CLUSTER_EXEC: Final = _requests("", ("nodes/proxy",), (*_READ, *_WRITE))
_SECRETS: Final = _requests("", ("secrets",), (*_READ, "patch", "delete", "deletecollection"))


@lru_cache(maxsize=65536)
def level_of(rules: tuple[Rule, ...] | None, *, cluster_wide: bool) -> Level:
    """The highest level that these rules come to, in one namespace or in the whole cluster.

    Names of single objects do not lessen it: who reads one secret reads secrets.
    """
    if rules is None:
        return Level.UNKNOWN
    nameless = tuple(replace(rule, resource_names=()) for rule in rules if rule.resources)
    for level, requests in (
        (Level.ADMIN, (*_ADMIN, *(_CLUSTER_ADMIN if cluster_wide else ()))),
        (Level.EXEC, (*_EXEC, *(_CLUSTER_EXEC if cluster_wide else ()))),
        (Level.SECRETS, _SECRETS),
    ):
        if any(rules_allow(nameless, request) for request in requests):
            return level
    if cluster_wide and any(_impersonates(rule) for rule in nameless):
        return Level.ADMIN
    if any(_writes(rule) for rule in nameless):
        return Level.EDIT
    return Level.VIEW if any(rule.verbs for rule in rules) else Level.NONE


def _impersonates(rule: Rule) -> bool:
    """The finer verbs of Kubernetes 1.36 (`impersonate:user-info`, `impersonate-on:...`) are among them."""
    return any(verb.startswith("impersonate") for verb in rule.verbs)


def _writes(rule: Rule) -> bool:
    verbs = frozenset(rule.verbs) - _READ
    asks_only = verbs == {"create"} and bool(rule.api_groups) and _ASKING.issuperset(rule.api_groups)
    return bool(verbs) and not asks_only
