"""Is this a valid object of its kind? Every problem at once, as field paths with the API server's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kaccess.sandbox.kube import validate_rbac
from kaccess.sandbox.kube.causes import immutable, invalid_value, required
from kaccess.sandbox.kube.names import data_key_problems, label_key_problems, label_problems, name_problems
from kaccess.sandbox.kube.resources import NameRule, Resource
from kaccess.sandbox.kube.statuses import Cause, invalid
from kaccess.sandbox.kube.store import Object

_ANNOTATIONS_SIZE: Final = 256 * 1024
_DATA_SIZE: Final = 1024 * 1024


def check(resource: Resource, obj: Object, before: Object | None = None) -> None:
    """Refuse an object that is not valid, or not a valid successor of `before`.

    Raises:
        StatusError: 422 with every problem.
    """
    causes = [*_metadata(resource, obj["metadata"]), *_KINDS.get(resource.kind, _anything)(obj)]
    if before is not None:
        causes += _CHANGES.get(resource.kind, _any_change)(obj, before)
    if causes:
        raise invalid(resource.group, resource.kind, obj["metadata"].get("name", ""), causes)


def _metadata(resource: Resource, metadata: Mapping[str, Any]) -> Iterator[Cause]:
    name, annotations = metadata.get("name", ""), metadata.get("annotations") or {}
    if name:
        yield from name_problems(name, resource.names)
    else:
        yield required("metadata.name", "name or generateName is required")
    yield from label_problems(metadata.get("labels") or {})
    yield from label_key_problems(annotations, "metadata.annotations")
    if sum(len(key) + len(value) for key, value in annotations.items()) > _ANNOTATIONS_SIZE:
        message = f"Too long: may not be more than {_ANNOTATIONS_SIZE} bytes"
        yield Cause("FieldValueTooLong", message, "metadata.annotations")


def _data(obj: Object) -> Iterator[Cause]:
    entries = {**(obj.get("data") or {}), **(obj.get("binaryData") or {})}
    yield from data_key_problems(entries)
    if sum(map(len, entries.values())) > _DATA_SIZE:
        yield Cause("FieldValueTooLong", f"Too long: may not be more than {_DATA_SIZE} bytes", "data")


def _pod(obj: Object) -> Iterator[Cause]:
    yield from _pod_spec(obj.get("spec") or {}, "spec")


def _workload(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    selector = (spec.get("selector") or {}).get("matchLabels") or {}
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not spec.get("selector"):
        yield required("spec.selector", "")
    elif any(labels.get(key) != value for key, value in selector.items()):
        why = "`selector` does not match template `labels`"
        yield invalid_value("spec.template.metadata.labels", labels, why)
    if (spec.get("replicas") or 0) < 0:
        yield invalid_value("spec.replicas", spec["replicas"], "must be greater than or equal to 0")
    yield from _pod_spec(template.get("spec") or {}, "spec.template.spec")


def _pod_spec(spec: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield required(f"{path}.containers", "")
    seen: set[str] = set()
    for index, container in enumerate(spec.get("containers") or ()):
        where, name = f"{path}.containers[{index}]", container.get("name", "")
        if name in seen:
            yield Cause("FieldValueDuplicate", f"Duplicate value: {json.dumps(name)}", f"{where}.name")
        elif name:
            yield from name_problems(name, NameRule.LABEL, f"{where}.name")
        else:
            yield required(f"{where}.name", "")
        seen.add(name)
        if not container.get("image"):
            yield required(f"{where}.image", "")


def _service(obj: Object) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if not spec.get("ports") and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports", "")


def _anything(_obj: Object) -> Iterator[Cause]:
    yield from ()


def _any_change(_obj: Object, _before: Object) -> Iterator[Cause]:
    yield from ()


def _selector_kept(obj: Object, before: Object) -> Iterator[Cause]:
    yield from immutable(obj, before, "spec", "selector")


def _immutable_data(obj: Object, before: Object) -> Iterator[Cause]:
    if obj["kind"] == "Secret":
        yield from immutable(obj, before, "type")
    if before.get("immutable"):
        for field in ("data", "binaryData", "immutable"):
            if obj.get(field) != before.get(field):
                yield Cause("FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set", field)


_KINDS: Final[dict[str, Callable[[Object], Iterator[Cause]]]] = {
    "ConfigMap": _data,
    "Secret": _data,
    "Pod": _pod,
    "Service": _service,
    "Deployment": _workload,
    "ReplicaSet": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _workload,
    "Role": validate_rbac.role,
    "ClusterRole": validate_rbac.cluster_role,
    "RoleBinding": validate_rbac.role_binding,
    "ClusterRoleBinding": validate_rbac.cluster_role_binding,
}
_CHANGES: Final[dict[str, Callable[[Object, Object], Iterator[Cause]]]] = {
    "ConfigMap": _immutable_data,
    "Secret": _immutable_data,
    "Deployment": _selector_kept,
    "ReplicaSet": _selector_kept,
    "StatefulSet": _selector_kept,
    "DaemonSet": _selector_kept,
    "RoleBinding": validate_rbac.role_ref_kept,
    "ClusterRoleBinding": validate_rbac.role_ref_kept,
}
