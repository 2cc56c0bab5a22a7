"""What kube-controller-manager would do at once, for the little that callers depend on.

ClusterRoles with an aggregationRule get their rules, and a namespace gets its `default` service account. Nothing here
schedules or scales.
"""

from __future__ import annotations

from datetime import datetime

from kaccess.rbac.aggregate import ClusterRole, aggregate
from kaccess.sandbox.kube.resources import CLUSTER_ROLES, NAMESPACES, SERVICE_ACCOUNTS, Resource
from kaccess.sandbox.kube.store import Object, Store


def follow_up(store: Store, resource: Resource, written: Object, at: datetime) -> None:
    """React to a write (or the deletion) of an object."""
    if resource is CLUSTER_ROLES:
        aggregate_cluster_roles(store)
    elif resource is NAMESPACES and "deletionTimestamp" not in written["metadata"]:
        add_default_service_account(store, written["metadata"]["name"], at)


def aggregate_cluster_roles(store: Store) -> None:
    """Give every ClusterRole with an aggregationRule the rules that it gathers."""
    roles = store.list(CLUSTER_ROLES)
    rules = aggregate(map(ClusterRole.from_json, roles))
    for role in roles:
        if role.get("aggregationRule"):
            gathered = [rule.to_json() for rule in rules[role["metadata"]["name"]]]
            store.update(CLUSTER_ROLES, role | {"rules": gathered})


def add_default_service_account(store: Store, namespace: str, at: datetime) -> None:
    """Give a namespace its service account, unless it has it or is gone."""
    if store.find(NAMESPACES, "", namespace) and not store.find(SERVICE_ACCOUNTS, namespace, "default"):
        metadata = {"name": "default", "namespace": namespace}
        store.create(SERVICE_ACCOUNTS, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}, at)
