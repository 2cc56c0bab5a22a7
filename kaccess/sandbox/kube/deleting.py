"""Deletions of one object or of all that a selector chooses."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kaccess.sandbox.kube import bodies, protobuf, statuses
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.controllers import follow_up
from kaccess.sandbox.kube.reading import select
from kaccess.sandbox.kube.resources import NAMESPACES, Resource
from kaccess.sandbox.kube.responses import json_response, list_response, object_response
from kaccess.sandbox.kube.store import Object

_PROTECTED_NAMESPACES = frozenset({"default", "kube-system", "kube-public"})


def delete_object(call: Call, resource: Resource) -> Response:
    """Answer a delete: the object if it lives on under deletion, else a Status."""
    name = call.request.name
    obj = call.store.get(resource, call.namespace, name)
    _check_preconditions(call, resource, obj)
    if resource is NAMESPACES and name in _PROTECTED_NAMESPACES:
        raise statuses.forbidden("", "namespaces", name, "this namespace may not be deleted")
    if call.dry_run:
        return object_response(call, resource, obj)
    last = call.store.delete(resource, call.namespace, name, call.at)
    follow_up(call.store, resource, last, call.at)
    if "deletionTimestamp" in last["metadata"]:
        return object_response(call, resource, last)
    details = {"name": name, "group": resource.group, "kind": resource.plural, "uid": last["metadata"]["uid"]}
    return json_response(statuses.success({key: value for key, value in details.items() if value}))


def delete_objects(call: Call, resource: Resource) -> Response:
    """Answer a deletion of a collection with what was in it."""
    chosen = select(call, resource)
    for obj in chosen:
        if not call.dry_run:
            last = call.store.delete(resource, call.namespace, obj["metadata"]["name"], call.at)
            follow_up(call.store, resource, last, call.at)
    return list_response(call, resource, chosen, {"resourceVersion": str(call.store.version)})


def _check_preconditions(call: Call, resource: Resource, obj: Object) -> None:
    wanted = _options(call).get("preconditions") or {}
    for field, told, how in (
        ("uid", "UID", "deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "modified"),
    ):
        actual = obj["metadata"][field]
        if wanted.get(field, actual) != actual:
            why = (
                f"the {told} in the precondition ({wanted[field]}) does not match the {told} in record ({actual}). "
                f"The object might have been {how}"
            )
            raise statuses.conflict(resource.group, resource.kind, obj["metadata"]["name"], why)


def _options(call: Call) -> dict[str, Any]:
    if not call.body:
        return {}
    if bodies.media_type(call, (bodies.JSON, protobuf.MEDIA_TYPE)) == protobuf.MEDIA_TYPE:
        return protobuf.decode(protobuf.read_envelope(call.body)[2], "meta.DeleteOptions")
    options = bodies.parse_json(call.body)
    if not isinstance(options, dict):
        raise statuses.bad_request("DeleteOptions are a JSON object")
    return options
