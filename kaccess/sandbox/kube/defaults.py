"""What the API server fills in where a new or changed object says nothing, as far as clients look at it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final

from kaccess.model.rule import RBAC_GROUP
from kaccess.sandbox.kube.resources import Resource
from kaccess.sandbox.kube.store import Object


def fill_in(resource: Resource, obj: Object) -> None:
    """Complete the object in place. The same object is completed the same way, however often."""
    complete = _DEFAULTS.get(resource.kind)
    if complete is not None:
        complete(obj)


def start(resource: Resource, obj: Object) -> None:
    """Give a new object the status it is born with; one that its author wrote is not taken."""
    if "status" in resource.subresources:
        obj["status"] = {}
    if resource.kind in {"Pod", "PersistentVolumeClaim"}:
        obj["status"] = {"phase": "Pending"} | ({"qosClass": "BestEffort"} if resource.kind == "Pod" else {})
    elif resource.kind == "Namespace":
        obj["status"] = {"phase": "Active"}


def _namespace(obj: Object) -> None:
    metadata = obj["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata.get("name", "")}
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])


def _secret(obj: Object) -> None:
    obj.setdefault("type", "Opaque")
    plain = obj.pop("stringData", None) or {}
    if plain:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def _service(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))


def _pod(obj: Object) -> None:
    _pod_spec(obj.setdefault("spec", {}))


def _workload(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    if obj["kind"] != "DaemonSet":
        spec.setdefault("replicas", 1)
    if obj["kind"] == "Deployment":
        spec.setdefault(
            "strategy", {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
        )
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
    _pod_spec(spec.setdefault("template", {}).setdefault("spec", {}))


def _pod_spec(spec: dict[str, Any]) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("securityContext", {})
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        container.setdefault("imagePullPolicy", _pull_policy(container.get("image", "")))
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        for port in container.get("ports") or ():
            port.setdefault("protocol", "TCP")


def _pull_policy(image: str) -> str:
    tag = image.rpartition("/")[2].partition(":")[2]
    return "Always" if tag in {"", "latest"} and "@" not in image else "IfNotPresent"


def _role(obj: Object) -> None:
    obj.setdefault("rules", None)  # the API server writes null where there are none


def _role_binding(obj: Object) -> None:
    if obj.get("roleRef"):
        obj["roleRef"].setdefault("apiGroup", RBAC_GROUP)
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in {"User", "Group"}:
            subject.setdefault("apiGroup", RBAC_GROUP)


_DEFAULTS: Final[dict[str, Callable[[Object], None]]] = {
    "Namespace": _namespace,
    "Secret": _secret,
    "Service": _service,
    "Pod": _pod,
    "Deployment": _workload,
    "ReplicaSet": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _workload,
    "Role": _role,
    "ClusterRole": _role,
    "RoleBinding": _role_binding,
    "ClusterRoleBinding": _role_binding,
}
