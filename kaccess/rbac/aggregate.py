"""ClusterRoles that gather their rules from others by label: what kube-controller-manager makes of them.

`view`, `edit` and `admin` are such roles; without this step they have no rules at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kaccess.model.rule import Rule, rules_from_json


@dataclass(frozen=True)
class Requirement:
    """One matchExpressions row of a label selector: operator `In`, `NotIn`, `Exists` or `DoesNotExist`."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it; as in Kubernetes, `NotIn` holds where the label is absent."""
        if self.operator in {"Exists", "DoesNotExist"}:
            return (self.key in labels) == (self.operator == "Exists")
        return (labels.get(self.key) in self.values) == (self.operator == "In")


@dataclass(frozen=True)
class Selector:
    """A label selector: all its requirements must hold. One without requirements selects everything."""

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def from_json(cls, selector: Mapping[str, Any]) -> Selector:
        """Read the JSON shape of a LabelSelector."""
        labels = (selector.get("matchLabels") or {}).items()
        rows = selector.get("matchExpressions") or ()
        return cls(
            (
                *(Requirement(key, "In", (value,)) for key, value in labels),
                *(Requirement(row["key"], row["operator"], tuple(row.get("values") or ())) for row in rows),
            )
        )

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(requirement.matches(labels) for requirement in self.requirements)


@dataclass(frozen=True)
class ClusterRole:
    """A ClusterRole with what aggregation needs. `selectors` is None unless it has an aggregationRule."""

    name: str
    rules: tuple[Rule, ...] = ()
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    selectors: tuple[Selector, ...] | None = None

    @classmethod
    def from_json(cls, role: Mapping[str, Any]) -> ClusterRole:
        """Read the JSON shape of a ClusterRole."""
        metadata, aggregation = role["metadata"], role.get("aggregationRule")
        selectors = None
        if aggregation is not None:
            selectors = tuple(map(Selector.from_json, aggregation.get("clusterRoleSelectors") or ()))
        return cls(metadata["name"], rules_from_json(role.get("rules")), metadata.get("labels") or {}, selectors)


def aggregate(roles: Iterable[ClusterRole]) -> dict[str, tuple[Rule, ...]]:
    """The rules of each role by name, once the controller has come to rest.

    A gathered rule appears once: selector by selector, in the order of the role names. An aggregated role's own rules
    are replaced once it gathers any, except those that reach it again through roles that gather from each other.
    """
    ordered = sorted(roles, key=lambda role: role.name)
    rules = {role.name: role.rules for role in ordered}
    gathering = [role for role in ordered if role.selectors is not None]
    for _ in range(len(gathering) + 1):  # the longest chain of roles that gather from one another, and one to settle
        for role in gathering:
            rules[role.name] = _gathered(role, ordered, rules) or role.rules
    return rules


def _gathered(role: ClusterRole, ordered: list[ClusterRole], rules: Mapping[str, tuple[Rule, ...]]) -> tuple[Rule, ...]:
    sources = (
        source.name
        for selector in role.selectors or ()
        for source in ordered
        if source.name != role.name and selector.matches(source.labels)
    )
    return tuple(dict.fromkeys(rule for name in sources for rule in rules[name]))
