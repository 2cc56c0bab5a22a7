"""The built-in roles and bindings that kaccess brings along are those of the real server."""

from __future__ import annotations

from typing import Any

import pytest

from kaccess.model.rule import RoleRef, Subject, rules_from_json
from kaccess.model.state import Binding
from kaccess.rbac.aggregate import ClusterRole
from kaccess.rbac.builtin import KUBERNETES_VERSION, builtin_bindings, builtin_cluster_roles, builtin_manifests

from .client import Client
from .rbac_objects import RBAC

pytestmark = pytest.mark.controlplane

COMPONENTS = "system:"
"""What begins with it is for the cluster's own parts, and of those we bring only what everyone is given."""


def test_the_versions_are_the_same(admin: Client) -> None:
    assert admin.expect(200, "GET", "/version")["gitVersion"] == f"v{KUBERNETES_VERSION}"


@pytest.mark.parametrize("name", sorted(builtin_cluster_roles()))
def test_a_role_has_the_servers_rules(admin: Client, name: str) -> None:
    """With `view`, `edit` and `admin` as the real controller aggregates them."""
    served = admin.expect(200, "GET", f"{RBAC}/clusterroles/{name}")

    assert builtin_cluster_roles()[name] == rules_from_json(served["rules"])


@pytest.mark.parametrize("role", builtin_manifests(), ids=lambda role: role.name)
def test_a_role_has_the_servers_labels_and_selectors(admin: Client, role: ClusterRole) -> None:
    served = ClusterRole.from_json(admin.expect(200, "GET", f"{RBAC}/clusterroles/{role.name}"))

    assert (dict(role.labels), role.selectors) == (served.labels, served.selectors)


@pytest.mark.parametrize("binding", builtin_bindings(), ids=lambda binding: binding.name)
def test_a_binding_is_the_servers_own(admin: Client, binding: Binding) -> None:
    served = admin.expect(200, "GET", f"{RBAC}/clusterrolebindings/{binding.name}")

    subjects = tuple(map(Subject.from_json, served["subjects"]))
    assert (binding.role_ref, binding.subjects) == (RoleRef.from_json(served["roleRef"]), subjects)


@pytest.mark.parametrize("plural", ["clusterroles", "clusterrolebindings"])
def test_none_for_people_is_left_out(admin: Client, plural: str) -> None:
    query = "labelSelector=kubernetes.io/bootstrapping=rbac-defaults"
    items: list[dict[str, Any]] = admin.expect(200, "GET", f"{RBAC}/{plural}?{query}")["items"]
    served = {item["metadata"]["name"] for item in items}
    ours = {*builtin_cluster_roles(), *(binding.name for binding in builtin_bindings())}

    for_people = {name for name in served if not name.startswith(COMPONENTS)}
    for_everyone = {item["metadata"]["name"] for item in items if _is_for_everyone(item)}
    assert for_people | for_everyone <= ours


def _is_for_everyone(item: dict[str, Any]) -> bool:
    groups = {subject["name"] for subject in item.get("subjects") or () if subject["kind"] == "Group"}
    return bool(groups & {"system:authenticated", "system:unauthenticated"})
