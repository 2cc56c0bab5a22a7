"""What every cluster is born with: its namespaces and the built-in RBAC objects."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from kaccess.model.rule import RBAC_GROUP
from kaccess.model.state import Binding
from kaccess.rbac.aggregate import ClusterRole
from kaccess.rbac.builtin import builtin_bindings, builtin_manifests
from kaccess.sandbox.kube.controllers import add_default_service_account, aggregate_cluster_roles
from kaccess.sandbox.kube.defaults import fill_in, start
from kaccess.sandbox.kube.resources import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, NAMESPACES
from kaccess.sandbox.kube.store import Object, Store

DEFAULT_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")
_BOOTSTRAP: Final = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def seed(store: Store, at: datetime) -> None:
    """Fill an empty store with the default namespaces, ClusterRoles and ClusterRoleBindings."""
    for name in DEFAULT_NAMESPACES:
        namespace: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        start(NAMESPACES, namespace)
        fill_in(NAMESPACES, namespace)
        store.create(NAMESPACES, namespace, at)
        add_default_service_account(store, name, at)
    for role in builtin_manifests():
        store.create(CLUSTER_ROLES, _cluster_role(role), at)
    aggregate_cluster_roles(store, at)
    for binding in builtin_bindings():
        store.create(CLUSTER_ROLE_BINDINGS, _cluster_role_binding(binding), at)


def _cluster_role(role: ClusterRole) -> Object:
    obj: Object = {
        "apiVersion": f"{RBAC_GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": role.name, "labels": dict(role.labels)},
        "rules": [rule.to_json() for rule in role.rules],
    }
    if role.selectors is not None:
        gathered = [{"matchLabels": {one.key: one.values[0] for one in row.requirements}} for row in role.selectors]
        obj["aggregationRule"] = {"clusterRoleSelectors": gathered}
    return obj


def _cluster_role_binding(binding: Binding) -> dict[str, Any]:
    return {
        "apiVersion": f"{RBAC_GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": binding.name, "labels": dict(_BOOTSTRAP)},
        "roleRef": binding.role_ref.to_json(),
        "subjects": [subject.to_json() for subject in binding.subjects],
    }
