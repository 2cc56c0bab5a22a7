"""Reads: one object, or a page of a list."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.resources import Resource
from kaccess.sandbox.kube.responses import list_response, object_response
from kaccess.sandbox.kube.selectors import fields_match, parse_fields, parse_labels
from kaccess.sandbox.kube.statuses import bad_request, expired
from kaccess.sandbox.kube.store import Object, key_of


def get_object(call: Call, resource: Resource) -> Response:
    """Answer a get."""
    return object_response(call, resource, call.store.get(resource, call.namespace, call.request.name))


def list_objects(call: Call, resource: Resource) -> Response:
    """Answer a list, or the page of it that `limit` and `continue` ask for."""
    start = _read_continue(call)
    _whole_number(call, "resourceVersion")
    selected = select(call, resource)
    if start is not None:
        selected = [obj for obj in selected if key_of(obj) > start.after]
    limit = _whole_number(call, "limit")
    page, rest = (selected[:limit], selected[limit:]) if limit else (selected, [])
    version = start.version if start else call.store.version
    metadata: dict[str, Any] = {"resourceVersion": str(version)}
    if rest:
        metadata["continue"] = _Continue(version, key_of(page[-1])).write()
        if not call.query.get("labelSelector") and not call.query.get("fieldSelector"):
            metadata["remainingItemCount"] = len(rest)
    return list_response(call, resource, page, metadata)


def select(call: Call, resource: Resource) -> list[Object]:
    """The objects that the namespace and the selectors of a call choose."""
    chosen = Selection.of(call, resource)
    return [obj for obj in call.store.list(resource, call.namespace) if chosen.includes(obj)]


@dataclass(frozen=True)
class Selection:
    """What the selectors of a call choose."""

    labels: Any
    fields: tuple[tuple[str, bool, str], ...]

    @classmethod
    def of(cls, call: Call, resource: Resource) -> Selection:
        """The selection of a call.

        Raises:
            StatusError: 400, a selector is malformed.
        """
        labels = parse_labels(call.query.get("labelSelector", ""))
        return cls(labels, parse_fields(call.query.get("fieldSelector", ""), resource.plural))

    def includes(self, obj: Object) -> bool:
        """Whether the object is chosen."""
        return self.labels.matches(obj["metadata"].get("labels") or {}) and fields_match(self.fields, obj)


@dataclass(frozen=True)
class _Continue:
    """Where the next page starts. Later pages show the objects as they are then, not as of `version`."""

    version: int
    after: tuple[str, str]

    def write(self) -> str:
        text = json.dumps({"v": "kaccess/v1", "rv": self.version, "after": self.after})
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_continue(call: Call) -> _Continue | None:
    """Where to go on.

    Raises:
        StatusError: 400, the token is none of ours; 410, the list it belongs to is no longer kept.
    """
    token = call.query.get("continue", "")
    if not token:
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = content["after"]
        found = _Continue(int(content["rv"]), (str(namespace), str(name)))
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_request("continue key is not valid: it does not come from this API server") from error
    if not call.store.remembers(found.version):
        raise expired(
            "The provided continue parameter is too old to display a consistent list result. You must start a new "
            "list without the continue parameter."
        )
    return found


def _whole_number(call: Call, name: str) -> int:
    value = call.query.get(name, "0") or "0"
    if not value.isdecimal():
        raise bad_request(f'strconv.ParseInt: parsing "{value}": invalid syntax ({name})')
    return int(value)
