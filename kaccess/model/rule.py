"""RBAC rules, subjects and role references, as Kubernetes' rbac.authorization.k8s.io/v1 defines them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

RBAC_GROUP: Final = "rbac.authorization.k8s.io"

_JSON_NAMES: Final = {
    "verbs": "verbs",
    "api_groups": "apiGroups",
    "resources": "resources",
    "resource_names": "resourceNames",
    "non_resource_urls": "nonResourceURLs",
}


@dataclass(frozen=True, order=True)
class Rule:
    """One PolicyRule. Order within each tuple is kept: it is what people wrote and what a diff shows."""

    verbs: tuple[str, ...]
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, rule: Mapping[str, Any]) -> Rule:
        """Read the JSON shape of a PolicyRule; absent and null lists are empty."""
        return cls(**{field: tuple(rule.get(key) or ()) for field, key in _JSON_NAMES.items()})

    def to_json(self) -> dict[str, list[str]]:
        """The JSON shape of this rule, empty lists left out as Kubernetes leaves them out."""
        values = {_JSON_NAMES[field.name]: list(getattr(self, field.name)) for field in fields(self)}
        return {key: value for key, value in values.items() if value or key == "verbs"}


@dataclass(frozen=True, order=True)
class Subject:
    """Who a binding speaks of: kind `User`, `Group` or `ServiceAccount` (which alone has a namespace)."""

    kind: str
    name: str
    namespace: str = ""

    @classmethod
    def group(cls, name: str) -> Subject:
        """The subject that is the Kubernetes group `name`."""
        return cls("Group", name)

    @classmethod
    def from_json(cls, subject: Mapping[str, Any]) -> Subject:
        """Read the JSON shape of an RBAC subject."""
        return cls(subject["kind"], subject["name"], subject.get("namespace") or "")

    def to_json(self) -> dict[str, str]:
        """The JSON shape, with the apiGroup that the API server would fill in."""
        if self.kind == "ServiceAccount":
            return {"kind": self.kind, "name": self.name, "namespace": self.namespace}
        return {"apiGroup": RBAC_GROUP, "kind": self.kind, "name": self.name}


@dataclass(frozen=True, order=True)
class RoleRef:
    """What a binding binds to: kind `Role` or `ClusterRole`. Immutable once a binding exists."""

    kind: str
    name: str

    @classmethod
    def from_json(cls, ref: Mapping[str, Any]) -> RoleRef:
        """Read the JSON shape of a roleRef."""
        return cls(ref["kind"], ref["name"])

    def to_json(self) -> dict[str, str]:
        """The JSON shape of this roleRef."""
        return {"apiGroup": RBAC_GROUP, "kind": self.kind, "name": self.name}


def rules_from_json(rules: Iterable[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
    """Read a `rules` list, which Kubernetes serves as null when it is empty."""
    return tuple(Rule.from_json(rule) for rule in rules or ())
