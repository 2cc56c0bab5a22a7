"""Label and field selectors, as the query parameters `labelSelector` and `fieldSelector` write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kaccess.rbac.aggregate import Requirement, Selector
from kaccess.sandbox.kube.statuses import bad_request

_KEY: Final = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
_SET: Final = re.compile(rf"(?P<key>{_KEY})\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUALITY: Final = re.compile(rf"(?P<key>{_KEY})\s*(?P<operator>==|=|!=)\s*(?P<value>[-A-Za-z0-9_.]*)")
_EXISTENCE: Final = re.compile(rf"(?P<absent>!\s*)?(?P<key>{_KEY})")
_COMMA_OUTSIDE_PARENTHESES: Final = re.compile(r",(?![^()]*\))")
_FIELD: Final = re.compile(r"(?P<path>[\w.]+)(?P<operator>==|=|!=)(?P<value>.*)")

FIELDS: Final = {
    "pods": ("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase",
             "status.podIP", "status.nominatedNodeName", "spec.hostNetwork"),
    "secrets": ("type",),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "services": ("spec.clusterIP", "spec.type"),
    "jobs": ("status.successful",),
    "replicasets": ("status.replicas",),
    "events": ("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
               "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
               "reportingComponent", "source", "type"),
}  # fmt: skip
"""The fields that may be selected by, beside metadata.name and metadata.namespace, for each resource."""


def parse_labels(text: str) -> Selector:
    """Read a label selector.

    Raises:
        StatusError: 400, it is malformed.
    """
    parts = [part.strip() for part in _COMMA_OUTSIDE_PARENTHESES.split(text)] if text.strip() else []
    return Selector(tuple(_label_requirement(part, text) for part in parts))


def _label_requirement(part: str, text: str) -> Requirement:
    if found := _SET.fullmatch(part):
        values = tuple(value.strip() for value in found["values"].split(","))
        return Requirement(found["key"], "In" if found["operator"] == "in" else "NotIn", values)
    if found := _EQUALITY.fullmatch(part):
        return Requirement(found["key"], "NotIn" if found["operator"] == "!=" else "In", (found["value"],))
    if found := _EXISTENCE.fullmatch(part):
        return Requirement(found["key"], "DoesNotExist" if found["absent"] else "Exists")
    raise bad_request(f"unable to parse requirement: {part!r} in the label selector {text!r}")


def field_requirement(text: str, path: str) -> str | None:
    """The value that a field selector demands of the field, if it demands one."""
    found = (_FIELD.fullmatch(part.strip()) for part in text.split(","))
    values = [part["value"] for part in found if part and part["path"] == path and part["operator"] != "!="]
    return values[0] if values else None


def parse_fields(text: str, plural: str) -> tuple[tuple[str, bool, str], ...]:
    """Read a field selector into (path, whether it must be equal, value).

    Raises:
        StatusError: 400, it is malformed or names a field that the resource cannot be selected by.
    """
    return tuple(_field_requirements(text, ("metadata.name", "metadata.namespace", *FIELDS.get(plural, ()))))


def _field_requirements(text: str, known: tuple[str, ...]) -> Iterator[tuple[str, bool, str]]:
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _FIELD.fullmatch(part)
        if found is None:
            raise bad_request(f"invalid selector: {part!r}; can't understand {text!r}")
        if found["path"] not in known:
            told = ", ".join(f'"{path}"' for path in known)
            raise bad_request(f'"{found["path"]}" is not a known field selector: only {told}')
        yield found["path"], found["operator"] != "!=", found["value"]


def fields_match(requirements: tuple[tuple[str, bool, str], ...], obj: dict[str, Any]) -> bool:
    """Whether the object's fields are as demanded; an absent field is the empty text."""
    return all((_field(obj, path) == value) == equal for path, equal, value in requirements)


def _field(obj: dict[str, Any], path: str) -> str:
    value: Any = obj
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
