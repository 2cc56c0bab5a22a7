"""Tables: the columns that `kubectl get` prints, which the API server computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kaccess.sandbox.kube.resources import Resource
from kaccess.sandbox.kube.store import Json, Object

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_YEAR = 365 * _DAY
_STEPS: Final = (
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)
"""Up to how many seconds an age is written in which unit and, if any, which lower one: apimachinery's HumanDuration."""


@dataclass(frozen=True)
class Column:
    """One column: `cell` computes its value; `wide` ones show with `-o wide` only."""

    name: str
    cell: Callable[[Object, datetime], Any]
    wide: bool = False
    type: str = "string"

    def to_json(self) -> dict[str, Any]:
        """The JSON shape of a TableColumnDefinition."""
        kind = "name" if self.name == "Name" else ""
        return {
            "name": self.name,
            "type": self.type,
            "format": kind,
            "description": "",
            "priority": 1 if self.wide else 0,
        }


def table(
    resource: Resource, objects: Iterable[Object], list_metadata: dict[str, Any], include: str, at: datetime
) -> dict[str, Any]:
    """A Table of the objects; `include` is the parameter includeObject: None, Metadata (default) or Object."""
    columns = COLUMNS.get(resource.kind, _PLAIN)
    rows = [_row(columns, obj, include, at) for obj in objects]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": list_metadata,
        "columnDefinitions": [column.to_json() for column in columns],
        "rows": rows,
    }


def _row(columns: tuple[Column, ...], obj: Object, include: str, at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"cells": [column.cell(obj, at) for column in columns]}
    if include != "None":
        row["object"] = obj if include == "Object" else partial(obj)
    return row


def partial(obj: Object) -> Object:
    """The object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _at(obj: Object, *path: str) -> Json:
    value: Json = obj
    for key in path:
        value = (value or {}).get(key)
    return value


def _text(*path: str) -> Callable[[Object, datetime], str]:
    return lambda obj, _: str(_at(obj, *path) or "<none>")


def _number(*path: str) -> Callable[[Object, datetime], int]:
    return lambda obj, _: int(_at(obj, *path) or 0)


def _count(field: str) -> Callable[[Object, datetime], int]:
    return lambda obj, _: len(obj.get(field) or ())


def _ready(obj: Object, _at_time: datetime) -> str:
    return f"{_at(obj, 'status', 'readyReplicas') or 0}/{_at(obj, 'spec', 'replicas') or 0}"


def _age(obj: Object, at: datetime) -> str:
    created = datetime.fromisoformat(obj["metadata"]["creationTimestamp"].replace("Z", "+00:00"))
    return human_duration(int((at - created).total_seconds()))


def human_duration(seconds: int) -> str:
    """A duration as kubectl writes ages: in one unit, or in two while the larger one is small."""
    for limit, unit, mark, lower, lower_mark in _STEPS:
        if seconds < limit:
            rest = seconds % unit // lower if lower else 0
            return f"{max(seconds, 0) // unit}{mark}" + (f"{rest}{lower_mark}" if rest else "")
    return f"{seconds // _YEAR}y"


def _pod_ready(obj: Object, _at_time: datetime) -> str:
    states = _at(obj, "status", "containerStatuses") or ()
    return f"{sum(bool(state.get('ready')) for state in states)}/{len(_at(obj, 'spec', 'containers') or ())}"


def _pod_status(obj: Object, _at_time: datetime) -> str:
    return "Terminating" if "deletionTimestamp" in obj["metadata"] else str(_at(obj, "status", "phase") or "")


def _restarts(obj: Object, _at_time: datetime) -> str:
    return str(sum(state.get("restartCount", 0) for state in _at(obj, "status", "containerStatuses") or ()))


def _ports(obj: Object, _at_time: datetime) -> str:
    ports = _at(obj, "spec", "ports") or ()
    texts = (f"{port.get('port')}{_node_port(port)}/{port.get('protocol', 'TCP')}" for port in ports)
    return ",".join(texts) or "<none>"


def _node_port(port: dict[str, Any]) -> str:
    return f":{port['nodePort']}" if port.get("nodePort") else ""


def _external_ip(obj: Object, _at_time: datetime) -> str:
    pending = _at(obj, "spec", "type") == "LoadBalancer"
    return ",".join(_at(obj, "spec", "externalIPs") or ()) or ("<pending>" if pending else "<none>")


def _role(obj: Object, _at_time: datetime) -> str:
    role_ref = obj["roleRef"]
    return f"{role_ref['kind']}/{role_ref['name']}"


def _subjects(kind: str) -> Callable[[Object, datetime], str]:
    def cell(obj: Object, _at_time: datetime) -> str:
        subjects = [subject for subject in obj.get("subjects") or () if subject["kind"] == kind]
        where = ((f"{subject.get('namespace', '')}/" if kind == "ServiceAccount" else "") for subject in subjects)
        return ", ".join(prefix + subject["name"] for prefix, subject in zip(where, subjects, strict=True))

    return cell


def _created(obj: Object, _at_time: datetime) -> str:
    return str(obj["metadata"]["creationTimestamp"])


def _images(obj: Object, _at_time: datetime) -> str:
    containers = _at(obj, "spec", "template", "spec", "containers") or ()
    return ",".join(container.get("image", "") for container in containers)


_NAME: Final = Column("Name", lambda obj, _: obj["metadata"]["name"])
_AGE: Final = Column("Age", _age)
_CREATED: Final = Column("Created At", _created, type="date")
_IMAGES: Final = Column("Images", _images, wide=True)
_PLAIN: Final = (_NAME, _AGE)
_REPLICAS: Final = (
    Column("Desired", _number("spec", "replicas"), type="integer"),
    Column("Current", _number("status", "replicas"), type="integer"),
    Column("Ready", _number("status", "readyReplicas"), type="integer"),
)
_BINDING: Final = (
    _NAME,
    Column("Role", _role),
    _AGE,
    Column("Users", _subjects("User"), wide=True),
    Column("Groups", _subjects("Group"), wide=True),
    Column("ServiceAccounts", _subjects("ServiceAccount"), wide=True),
)

COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
    "Namespace": (_NAME, Column("Status", _text("status", "phase")), _AGE),
    "ConfigMap": (_NAME, Column("Data", _count("data")), _AGE),
    "Secret": (_NAME, Column("Type", _text("type")), Column("Data", _count("data")), _AGE),
    "Pod": (
        _NAME,
        Column("Ready", _pod_ready),
        Column("Status", _pod_status),
        Column("Restarts", _restarts),
        _AGE,
        Column("Node", _text("spec", "nodeName"), wide=True),
    ),
    "Service": (
        _NAME,
        Column("Type", _text("spec", "type")),
        Column("Cluster-IP", _text("spec", "clusterIP")),
        Column("External-IP", _external_ip),
        Column("Port(s)", _ports),
        _AGE,
    ),
    "Deployment": (
        _NAME,
        Column("Ready", _ready),
        Column("Up-to-date", _number("status", "updatedReplicas")),
        Column("Available", _number("status", "availableReplicas")),
        _AGE,
        _IMAGES,
    ),
    "ReplicaSet": (_NAME, *_REPLICAS, _AGE, _IMAGES),
    "StatefulSet": (_NAME, Column("Ready", _ready), _AGE, _IMAGES),
    "Lease": (_NAME, Column("Holder", _text("spec", "holderIdentity")), _AGE),
    "Role": (_NAME, _CREATED),
    "ClusterRole": (_NAME, _CREATED),
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
}
"""The columns of each kind; a kind that is not here shows its name and age."""
