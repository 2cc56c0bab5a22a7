"""RBAC objects on the real server: written, listed, removed, and waited for until its authorizer knows them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kaccess.model.rule import RBAC_GROUP
from kaccess.rbac.authorizer import RbacObjects
from kaccess.rbac.request import Request

from .client import Client, at_once
from .support import wait_until
from .worlds import Asker

RBAC = f"/apis/{RBAC_GROUP}/v1"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
PLURALS = {
    "Role": "roles",
    "ClusterRole": "clusterroles",
    "RoleBinding": "rolebindings",
    "ClusterRoleBinding": "clusterrolebindings",
}
SETTLE_SECONDS = 30.0


def path_of(manifest: Mapping[str, Any]) -> str:
    """The collection that an object of this kind and namespace belongs to."""
    namespace = manifest["metadata"].get("namespace")
    return f"{RBAC}/{f'namespaces/{namespace}/' if namespace else ''}{PLURALS[manifest['kind']]}"


def create(client: Client, namespaces: Iterable[str], manifests: Sequence[Mapping[str, Any]]) -> None:
    """Create all of them; roles before the bindings that name them is not needed."""
    at_once(lambda name: client.expect(201, "POST", "/api/v1/namespaces", {"metadata": {"name": name}}), namespaces)
    at_once(lambda manifest: client.expect(201, "POST", path_of(manifest), manifest), manifests)


def listed(client: Client) -> list[dict[str, Any]]:
    """All RBAC objects of the server, each with its kind, which the items of a list lack."""
    return [
        item | {"kind": kind}
        for kind, plural in PLURALS.items()
        for item in client.expect(200, "GET", f"{RBAC}/{plural}")["items"]
    ]


def settle(client: Client, wanted: RbacObjects, tag: str) -> None:
    """Return when ClusterRoles are aggregated as wanted, and the server's authorizer has seen all there is.

    Each kind has a watch of its own that brings its objects in order, so the last one of each kind speaks for all.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while found := unlike(client, wanted):
        assert time.monotonic() < deadline, f"ClusterRoles, as we aggregate them and as the server does: {found}"
        time.sleep(0.1)
    canary, namespace = f"canary-{tag}", f"canary-{tag}"
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": [canary]}]
    subjects = [{"kind": "User", "apiGroup": RBAC_GROUP, "name": canary}]
    manifests = []
    for scope, where in (("", {"namespace": namespace}), ("Cluster", {})):
        role = {"kind": f"{scope}Role", "metadata": {"name": canary, **where}}
        role_ref = {"apiGroup": RBAC_GROUP, "kind": role["kind"], "name": canary}
        manifests.append(role | {"rules": rules})
        manifests.append(role | {"kind": f"{scope}RoleBinding", "roleRef": role_ref, "subjects": subjects})
    create(client, [namespace], manifests[:2])
    in_namespace, everywhere = (Request("get", canary, namespace=where) for where in (namespace, ""))
    wait_until(lambda: review(client, Asker(canary, ()), in_namespace)["allowed"], SETTLE_SECONDS)
    create(client, [], manifests[2:])
    wait_until(lambda: review(client, Asker(canary, ()), everywhere)["allowed"], SETTLE_SECONDS)


def unlike(client: Client, wanted: RbacObjects) -> dict[str, tuple[Any, Any]]:
    """The ClusterRoles whose rules on the server are not the wanted ones: (wanted, the server's) by name."""
    items = client.expect(200, "GET", f"{RBAC}/clusterroles")["items"]
    served = {item["metadata"]["name"]: item.get("rules") or [] for item in items}
    expected = {name: [rule.to_json() for rule in rules] for name, rules in wanted.cluster_roles.items()}
    return {name: (rules, served[name]) for name, rules in expected.items() if rules != served.get(name)}


def review(client: Client, asker: Asker, request: Request) -> dict[str, Any]:
    """The status of a SubjectAccessReview for these groups and no others."""
    spec: dict[str, Any] = {"user": asker.username, "groups": list(asker.groups)}
    if request.path:
        spec["nonResourceAttributes"] = {"path": request.path, "verb": request.verb}
    else:
        spec["resourceAttributes"] = {
            "namespace": request.namespace,
            "verb": request.verb,
            "group": request.api_group,
            "resource": request.resource,
            "subresource": request.subresource,
            "name": request.name,
        }
    status: dict[str, Any] = client.expect(201, "POST", REVIEWS, {"spec": spec})["status"]
    return status


def remove_cluster_wide(client: Client, label: str) -> None:
    """Delete the ClusterRoles and ClusterRoleBindings with this label, in one request each."""
    for plural in ("clusterrolebindings", "clusterroles"):
        client.expect(200, "DELETE", f"{RBAC}/{plural}?labelSelector={label}")
