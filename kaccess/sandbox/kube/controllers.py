"""What kube-controller-manager would do at once, for the little that callers depend on.

ClusterRoles with an aggregationRule get their rules, and a namespace gets its `default` service account. Nothing here
schedules or scales.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kaccess.rbac.aggregate import ClusterRole, aggregate
from kaccess.sandbox.kube.apply import server_side_apply
from kaccess.sandbox.kube.managers import APPLY, Manager, managers_of
from kaccess.sandbox.kube.resources import CLUSTER_ROLES, NAMESPACES, SERVICE_ACCOUNTS, Resource
from kaccess.sandbox.kube.store import Json, Object, Store

_AGGREGATION: Final = Manager("clusterrole-aggregation-controller", APPLY, CLUSTER_ROLES.api_version)
_RULES: Final = ("f:rules",)


def follow_up(store: Store, resource: Resource, written: Object, at: datetime) -> None:
    """React to a write (or the deletion) of an object."""
    if resource is CLUSTER_ROLES:
        aggregate_cluster_roles(store, at)
    elif resource is NAMESPACES and "deletionTimestamp" not in written["metadata"]:
        add_default_service_account(store, written["metadata"]["name"], at)


def aggregate_cluster_roles(store: Store, at: datetime) -> None:
    """Give every ClusterRole with an aggregationRule the rules that it gathers, by a forced apply.

    Rules that the controller applied before are not the role's own: they go with the last role that they came from.
    """
    roles = store.list(CLUSTER_ROLES)
    found = aggregate(ClusterRole.from_json(role | {"rules": _own_rules(role)}) for role in roles)
    for role in roles:
        rules = [rule.to_json() for rule in found[role["metadata"]["name"]]]
        if role.get("aggregationRule") and rules != (role.get("rules") or []):
            store.update(CLUSTER_ROLES, _with_rules(role, rules, at))


def _own_rules(role: Object) -> Json:
    owners = {manager for manager, owned in managers_of(role).items() if _RULES in owned.fields}
    return None if owners == {_AGGREGATION} else role.get("rules")


def _with_rules(role: Object, rules: list[Json], at: datetime) -> Object:
    wanted = {"rules": rules} if rules else {}
    applied = server_side_apply(role, wanted, CLUSTER_ROLES.message, _AGGREGATION, force=True, at=at)
    return {"rules": None} | applied


def add_default_service_account(store: Store, namespace: str, at: datetime) -> None:
    """Give a namespace its service account, unless it has it or is gone."""
    if store.find(NAMESPACES, "", namespace) and not store.find(SERVICE_ACCOUNTS, namespace, "default"):
        metadata = {"name": "default", "namespace": namespace}
        store.create(SERVICE_ACCOUNTS, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}, at)
