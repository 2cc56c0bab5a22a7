"""What makes RBAC objects valid. Whether their author may write them is the escalation check's question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kaccess.model.rule import RBAC_GROUP
from kaccess.sandbox.kube.causes import invalid_value, required, unsupported
from kaccess.sandbox.kube.names import name_problems
from kaccess.sandbox.kube.resources import NameRule
from kaccess.sandbox.kube.statuses import Cause
from kaccess.sandbox.kube.store import Object


def role(obj: Object) -> Iterator[Cause]:
    """The problems of a Role."""
    for index, rule in enumerate(obj.get("rules") or ()):
        yield from _rule(rule, f"rules[{index}]", namespaced=True)


def cluster_role(obj: Object) -> Iterator[Cause]:
    """The problems of a ClusterRole."""
    aggregation = obj.get("aggregationRule")
    if aggregation is not None and not aggregation.get("clusterRoleSelectors"):
        yield required(
            "aggregationRule.clusterRoleSelectors",
            "at least one clusterRoleSelector required if aggregationRule is non-nil",
        )
    for index, rule in enumerate(obj.get("rules") or ()):
        yield from _rule(rule, f"rules[{index}]", namespaced=False)


def role_binding(obj: Object) -> Iterator[Cause]:
    """The problems of a RoleBinding."""
    yield from _binding(obj, ("Role", "ClusterRole"), namespaced=True)


def cluster_role_binding(obj: Object) -> Iterator[Cause]:
    """The problems of a ClusterRoleBinding."""
    yield from _binding(obj, ("ClusterRole",), namespaced=False)


def role_ref_kept(obj: Object, before: Object) -> Iterator[Cause]:
    """A binding names another role than it was made with."""
    if obj["roleRef"] != before["roleRef"]:
        names = {"APIGroup": "apiGroup", "Kind": "kind", "Name": "name"}
        told = {name: obj["roleRef"].get(field, "") for name, field in names.items()}
        yield invalid_value("roleRef", told, "cannot change roleRef")


def _rule(rule: Mapping[str, Any], path: str, *, namespaced: bool) -> Iterator[Cause]:
    if not rule.get("verbs"):
        yield required(f"{path}.verbs", "verbs must contain at least one value")
    if rule.get("nonResourceURLs"):
        if namespaced:
            why = "namespaced rules cannot apply to non-resource URLs"
            yield invalid_value(f"{path}.nonResourceURLs", rule["nonResourceURLs"], why)
        if any(rule.get(key) for key in ("apiGroups", "resources", "resourceNames")):
            why = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid_value(f"{path}.nonResourceURLs", rule["nonResourceURLs"], why)
        return
    if not rule.get("apiGroups"):
        yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        yield required(f"{path}.resources", "resource rules must supply at least one resource")


def _binding(obj: Object, kinds: tuple[str, ...], *, namespaced: bool) -> Iterator[Cause]:
    role_ref = obj.get("roleRef") or {}
    if role_ref.get("apiGroup", RBAC_GROUP) != RBAC_GROUP:
        yield unsupported("roleRef.apiGroup", role_ref["apiGroup"], (RBAC_GROUP,))
    if role_ref.get("kind") not in kinds:
        yield unsupported("roleRef.kind", role_ref.get("kind", ""), kinds)
    name = role_ref.get("name", "")
    if not name:
        yield required("roleRef.name", "")
    yield from name_problems(name, NameRule.SEGMENT, "roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or ()):
        yield from _subject(subject, f"subjects[{index}]", namespaced=namespaced)


def _subject(subject: Mapping[str, Any], path: str, *, namespaced: bool) -> Iterator[Cause]:
    kind, group = subject.get("kind", ""), subject.get("apiGroup", "")
    if not subject.get("name"):
        yield required(f"{path}.name", "")
    if kind == "ServiceAccount":
        if group:
            yield unsupported(f"{path}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            yield required(f"{path}.namespace", "")
    elif kind in {"User", "Group"}:
        if group != RBAC_GROUP:
            yield unsupported(f"{path}.apiGroup", group, (RBAC_GROUP,))
    else:
        yield unsupported(f"{path}.kind", kind, ("ServiceAccount", "User", "Group"))
