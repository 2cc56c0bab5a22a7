"""The planted cluster of tests/audit for a real API server, where each plant has a name that is found nowhere else.

To one instance of each finding come: every single permission of each hazard, in a role of its own; all of a hazard in
one role; and permissions that others report. Each is bound to a service account of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from kaccess.audit.inventory import Inventory
from kaccess.kube.manifests import to_manifest
from kaccess.model.rule import Rule, Subject
from kaccess.model.state import Binding, KubeRole
from kaccess.rbac.builtin import builtin_bindings, builtin_manifests
from kaccess.rbac.catalogue import HAZARDS, Hazard
from tests.audit.plants import BOT, PLANTS
from tests.audit.worlds import Cluster

UNREADABLE = "aws-auth-unreadable"
"""Not planted: it leaves nothing to say of the other rows of aws-auth."""

EVERYWHERE = "foreign-binding/cluster-wide"
"""A ClusterRoleBinding of others, with a role that is no hazard."""

IN_KUBERNETES = (
    *("cluster-admin-binding", "aws-auth-writable", "everybody-bound", "anonymous-bound", "foreign-binding"),
    *(EVERYWHERE, "own-group-bound", "nobody-bound", "nobody-bound/service-account"),
    *("role-missing", "broad-role", "aggregated-role"),
)
"""The plants that are objects of the cluster; who knows neither the policy nor AWS can see no other."""

_ALL = ("*",)
_WRITE = ("create", "update", "patch", "delete")
OTHERS = {
    "services": Rule(_WRITE, ("",), ("services", "endpoints")),
    "endpointslices": Rule(_WRITE, ("discovery.k8s.io",), ("endpointslices",)),
    "network-policies": Rule(_WRITE, ("networking.k8s.io",), ("networkpolicies", "ingresses", "ingressclasses")),
    "gateways": Rule(_WRITE, ("gateway.networking.k8s.io",), ("gatewayclasses", "gateways", "httproutes")),
    "volume-claims": Rule(_WRITE, ("",), ("persistentvolumeclaims",)),
    "storage-classes": Rule(_WRITE, ("storage.k8s.io",), ("storageclasses",)),
    "crds": Rule(_WRITE, ("apiextensions.k8s.io",), ("customresourcedefinitions",)),
    "gatekeeper": Rule(_WRITE, ("templates.gatekeeper.sh",), ("constrainttemplates",)),
    "kyverno": Rule(_WRITE, ("kyverno.io",), ("clusterpolicies", "policies")),
    **{f"any-{verb}": Rule((verb,), _ALL, _ALL) for verb in ("get", "list", "create", "delete", "deletecollection")},
}
"""What is no hazard of ours as it stands here, though other tools have rules for it, or should have."""

UNBOUND = "plant-others-unbound"
"""A role that reads secrets and is bound to nobody."""


def planted() -> Cluster:
    """All of it in one cluster. Of what is named after its plant, `plant-` is the prefix."""
    cluster = Cluster()
    for plant in PLANTS:
        if plant != UNREADABLE:
            _plant(cluster, plant)
    for hazard in HAZARDS:
        for name, rules in permissions(hazard):
            _bound(cluster, name, *rules)
    for other, rule in OTHERS.items():
        _bound(cluster, f"plant-others-{other}", rule)
    cluster.cluster_role(UNBOUND, Rule(("get",), ("",), ("secrets",)))
    return cluster


def permissions(hazard: Hazard) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Each single permission that is this hazard, by name; the last is all of it, and reading pods, in one role."""
    if hazard.everything:
        rules = whole = [Rule(_ALL, ("apps",), _ALL), Rule(_ALL, _ALL, _ALL)]
    else:
        rules = [Rule((verb,), (group,), (what,)) for group, what in hazard.targets for verb in hazard.verbs]
        groups = dict.fromkeys(group for group, _ in hazard.targets)
        whole = [Rule(hazard.verbs, (one,), tuple(w for group, w in hazard.targets if group == one)) for one in groups]
    for number, rule in enumerate(rules):
        yield f"plant-{hazard.id}-{number:02}", (rule,)
    yield f"plant-{hazard.id}-whole", (*whole, Rule(("get",), ("",), ("pods",)))


def manifests(inventory: Inventory) -> Iterator[dict[str, Any]]:
    """The RBAC objects that a new API server does not have of itself; those that are owned carry our label."""
    born = {role.name for role in builtin_manifests()}
    born_bindings = {binding.key for binding in builtin_bindings()}
    for role in inventory.cluster_roles:
        if role.name not in born:
            yield _manifest("ClusterRole", role.name, "", role.rules, labels=dict(role.labels))
    for item in (*inventory.roles, *inventory.bindings):
        if item.key in inventory.owned:
            yield to_manifest(item)
        elif isinstance(item, KubeRole):
            yield _manifest("Role", item.name, item.namespace, item.rules)
        elif item.key not in born_bindings:
            yield _binding(item)


def name_of(plant: str) -> str:
    """What a plant's objects are called."""
    return f"plant-{plant.replace('/', '-')}"


def _plant(cluster: Cluster, plant: str) -> None:
    """Plant it, and name after it what it added and does not own."""
    roles, bindings = set(map(id, cluster.cluster_roles)), set(cluster.bindings)
    PLANTS[plant](cluster)
    name = name_of(plant)
    cluster.service_accounts.append(f"{BOT.namespace}/{name}")
    made = [role for role in cluster.cluster_roles if id(role) not in roles]
    cluster.cluster_roles = [replace(role, name=name) if role in made else role for role in cluster.cluster_roles]
    for index, binding in enumerate(cluster.bindings):
        if binding not in bindings and binding.key not in cluster.owned:
            ref = replace(binding.role_ref, name=name) if made else binding.role_ref
            subjects = tuple(replace(each, name=name) if each == BOT else each for each in binding.subjects)
            cluster.bindings[index] = replace(binding, name=name, role_ref=ref, subjects=subjects)


def _bound(cluster: Cluster, name: str, *rules: Rule) -> None:
    cluster.cluster_role(name, *rules)
    cluster.bind("", name, name, Subject("ServiceAccount", name, "legacy"))
    cluster.service_accounts.append(f"legacy/{name}")


def _binding(binding: Binding) -> dict[str, Any]:
    about = {"roleRef": binding.role_ref.to_json(), "subjects": [each.to_json() for each in binding.subjects]}
    kind = "RoleBinding" if binding.namespace else "ClusterRoleBinding"
    return {"kind": kind, "metadata": _metadata(binding.name, binding.namespace), **about}


def _manifest(kind: str, name: str, namespace: str, rules: Iterable[Rule], **more: object) -> dict[str, Any]:
    written = [rule.to_json() for rule in rules]
    return {"kind": kind, "metadata": {**_metadata(name, namespace), **more}, "rules": written}


def _metadata(name: str, namespace: str) -> dict[str, Any]:
    return {"name": name, "namespace": namespace} if namespace else {"name": name}
