"""Two answers to one step: where they differ in what our tools or kubectl read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .client import Answer

WORDED = {"Forbidden", "NotFound", "AlreadyExists", "Conflict", "Invalid", "Unauthorized", "MethodNotAllowed"}
"""Reasons whose message we or people read. The others tell how the server is made: what its parser stumbled on."""
OF_AN_OBJECT = (
    *("kind", "apiVersion", "data", "type", "immutable", "rules", "aggregationRule", "roleRef", "subjects"),
    *("versions", "preferredVersion", "major", "minor", "gitVersion"),
)
OF_A_RESOURCE = ("singularName", "namespaced", "kind", "group", "version", "verbs", "shortNames", "categories")
OF_METADATA = ("name", "namespace", "labels", "annotations", "ownerReferences", "generation")
OF_A_LIST = ("remainingItemCount",)
OF_DETAILS = ("name", "group", "kind", "causes")
OF_A_COLUMN = ("name", "type", "format", "priority")
AGES = {"Age", "Created At", "Last Schedule", "Last Seen"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VERSION = re.compile(r"(ResourceVersion[^0-9]*)\d+")


class Difference(NamedTuple):
    """`place` is a path into the answer; the values are the real server's and the sandbox's."""

    place: str
    real: Any
    sandbox: Any


def differences(real: Answer, sandbox: Answer) -> Iterator[Difference]:
    if real.status != sandbox.status:
        yield Difference("status", f"{real.status} {_message(real)}", f"{sandbox.status} {_message(sandbox)}")
        return
    yield from _between("content type", real.content_type, sandbox.content_type)
    yield from _between("warnings", list(real.warnings), list(sandbox.warnings))
    if real.content_type == sandbox.content_type:
        yield from _between("", _read(_masked(real.body)), _read(_masked(sandbox.body)))


def _message(answer: Answer) -> str:
    return str(answer.body.get("message", "")) if isinstance(answer.body, dict) else ""


def _between(place: str, real: Any, sandbox: Any) -> Iterator[Difference]:
    if isinstance(real, dict) and isinstance(sandbox, dict):
        if real.get("kind") != sandbox.get("kind"):
            yield Difference(f"{place}.kind".lstrip("."), real.get("kind"), sandbox.get("kind"))
            return
        for key in sorted(real.keys() | sandbox.keys()):
            where = f"{place}.{key}" if place else key
            if key not in sandbox:
                yield Difference(f"{where} (not in the sandbox)", real[key], None)
            elif key not in real:
                yield Difference(f"{where} (in the sandbox alone)", None, sandbox[key])
            else:
                yield from _between(where, real[key], sandbox[key])
    elif isinstance(real, list) and isinstance(sandbox, list) and len(real) == len(sandbox):
        for index, (one, other) in enumerate(zip(real, sandbox, strict=True)):
            yield from _between(f"{place}.{index}", one, other)
    elif real != sandbox:
        yield Difference(place or "body", real, sandbox)


def _read(body: Any) -> Any:
    """What is read of a body: of an object, a list of them, a table, a status, or the events of a watch."""
    if isinstance(body, list):
        return [_read(each) for each in body]
    if not isinstance(body, dict):
        return body
    if "object" in body:
        return {"type": body.get("type"), "object": _read(body["object"])}
    if "items" in body:
        return {"kind": body["kind"], **_only(OF_A_LIST, body["metadata"]), "items": _read(body["items"])}
    return {"Status": _read_status, "Table": _read_table}.get(str(body.get("kind")), _read_object)(body)


def _read_object(body: dict[str, Any]) -> dict[str, Any]:
    metadata = body.get("metadata") or {}
    read = _only(OF_AN_OBJECT, body) | {"metadata": _only(OF_METADATA, metadata)}
    if str(body.get("kind")).endswith("Review"):
        return {"kind": body["kind"], "status": _read_answer(body.get("status") or {})}
    managers = [(entry["manager"], entry["operation"]) for entry in metadata.get("managedFields") or ()]
    if body.get("kind") == "Namespace":
        read["status"] = body.get("status")
    return read | _read_discovery(body) | {"managers": sorted(managers)}


def _read_answer(status: dict[str, Any]) -> dict[str, Any]:
    """Of several bindings that allow, the real server names any."""
    allowed_by = {"reason": "RBAC: allowed"} if str(status.get("reason")).startswith("RBAC: allowed") else {}
    return {key: _sorted(value) for key, value in (status | allowed_by).items()}


def _read_discovery(body: dict[str, Any]) -> dict[str, Any]:
    """By name, since one side may serve more than the other."""
    read: dict[str, Any] = {}
    if body.get("kind") == "APIResourceList":
        read["resources"] = {each["name"]: _only(OF_A_RESOURCE, each) for each in body["resources"]}
    if body.get("kind") == "APIGroupList":
        read["groups"] = {each["name"]: _only(("versions", "preferredVersion"), each) for each in body["groups"]}
    return read


def _read_status(body: dict[str, Any]) -> dict[str, Any]:
    reason = body.get("reason")
    read = {"kind": "Status", "status": body.get("status"), "reason": reason, "code": body.get("code")}
    if reason in WORDED or body.get("status") == "Success":
        details = _only(OF_DETAILS, body.get("details") or {})
        # A patch is validated again for each attempt to write it, and the real server collects what it found.
        causes = dict.fromkeys(tuple(cause.items()) for cause in details.get("causes") or ())
        details["causes"] = [dict(cause) for cause in causes]
        read |= {"message": body.get("message"), "details": details}
    return read


def _read_table(body: dict[str, Any]) -> dict[str, Any]:
    """By column, so that one that only one side has is one difference."""
    rows = body.get("rows") or ()
    columns = {}
    for index, column in enumerate(body.get("columnDefinitions") or ()):
        cells = [row["cells"][index] for row in rows]
        columns[column["name"]] = _only(OF_A_COLUMN, column) | ({} if column["name"] in AGES else {"cells": cells})
    return {"kind": "Table", "columns": columns, "objects": [_read(row.get("object")) for row in rows]}


def _only(keys: tuple[str, ...], body: dict[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in keys if key in body}


def _sorted(value: Any) -> Any:
    """Lists whose order says nothing, in one order; the random ids of an answer are none of our business."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items() if key != "uid"}
    return sorted(map(_sorted, value), key=json.dumps) if isinstance(value, list) else value


def _masked(body: Any) -> Any:
    """Without what is made up anew by each server: ids, versions, and the end of a name that was only begun."""
    metadata = body.get("metadata") if isinstance(body, dict) else None
    made_up = metadata.get("name", "") if isinstance(metadata, dict) and metadata.get("generateName") else ""
    text = json.dumps(body).replace(made_up or "\0", "<name>")
    return json.loads(VERSION.sub(r"\1<version>", UUID.sub("<uid>", text)))
