"""Deletions of one object or of all that a selector chooses."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from kaccess.sandbox.kube import bodies, protobuf, statuses
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.causes import unsupported
from kaccess.sandbox.kube.controllers import follow_up
from kaccess.sandbox.kube.reading import select
from kaccess.sandbox.kube.resources import NAMESPACES, Resource
from kaccess.sandbox.kube.responses import json_response, list_response, object_response
from kaccess.sandbox.kube.store import Object

_PROTECTED_NAMESPACES: Final = frozenset({"default", "kube-system", "kube-public"})
_OPTIONS: Final = "DeleteOptions"
_POLICIES: Final = ("Foreground", "Background", "Orphan", "nil")
"""What the API server offers: the last stands for none."""


def delete_object(call: Call, resource: Resource) -> Response:
    """Answer a delete: the object if it lives on under deletion or its kind is answered with, else a Status."""
    options = _options(call)
    name = call.request.name
    _check_preconditions(resource, call.store.get(resource, call.namespace, name), options)
    if resource is NAMESPACES and name in _PROTECTED_NAMESPACES:
        raise statuses.forbidden("", "namespaces", name, "this namespace may not be deleted")
    last = _delete(call, resource, name, options)
    if resource.returns_deleted or "deletionTimestamp" in last["metadata"]:
        return object_response(call, resource, last)
    details = {"name": name, "group": resource.group, "kind": resource.plural, "uid": last["metadata"]["uid"]}
    return json_response(statuses.success({key: value for key, value in details.items() if value}))


def delete_objects(call: Call, resource: Resource) -> Response:
    """Answer a deletion of a collection with what was in it."""
    options = _options(call)
    chosen = select(call, resource)
    for obj in chosen:
        _delete(call, resource, obj["metadata"]["name"], options)
    return list_response(call, resource, chosen, {"resourceVersion": str(call.store.version)})


def _delete(call: Call, resource: Resource, name: str, options: dict[str, Any]) -> Object:
    """Delete the object, unless the query or the options want it rehearsed; returns its last state."""
    if call.dry_run or options.get("dryRun"):
        return call.store.rehearse_delete(resource, call.namespace, name, call.at)
    last = call.store.delete(resource, call.namespace, name, call.at)
    follow_up(call.store, resource, last, call.at)
    return last


def _check_preconditions(resource: Resource, obj: Object, options: dict[str, Any]) -> None:
    wanted = options.get("preconditions") or {}
    for field, told, how in (
        ("uid", "UID", "deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "modified"),
    ):
        expected, actual = wanted.get(field), obj["metadata"][field]
        if expected in {None, actual}:
            continue
        name, kind = obj["metadata"]["name"], resource.kind
        why = (
            f"the {told} in the precondition ({expected}) does not match the {told} in record ({actual}). "
            f"The object might have been {how}"
        )
        if resource is NAMESPACES:  # whose deletion is a matter of its own, with words of its own
            kind = resource.plural
            why = f"Precondition failed: {told} in precondition: {expected}, {told} in object meta: {actual}"
        raise statuses.conflict(resource.group, kind, name, why)


def _options(call: Call) -> dict[str, Any]:
    """The DeleteOptions of the body.

    Raises:
        StatusError: 400, they are none; 415; 422, one has a value that it may not have.
    """
    options = _read_options(call)
    kind, version = options.get("kind") or _OPTIONS, options.get("apiVersion") or "v1"
    if kind != _OPTIONS:
        raise statuses.bad_request(f'no kind "{kind}" is registered for version "{version}"')
    policy = options.get("propagationPolicy") or call.query.get("propagationPolicy")
    causes = [] if policy in {None, "", *_POLICIES[:-1]} else [unsupported("propagationPolicy", policy, _POLICIES)]
    dry_run = options.get("dryRun") or []
    causes += [] if dry_run in ([], ["All"]) else [unsupported("dryRun", dry_run, ("All",))]
    if causes:
        raise statuses.invalid("meta.k8s.io", _OPTIONS, "", causes)
    return options


def _read_options(call: Call) -> dict[str, Any]:
    if not call.body:
        return {}
    if bodies.media_type(call, (bodies.JSON, protobuf.MEDIA_TYPE)) == protobuf.MEDIA_TYPE:
        return protobuf.decode(protobuf.read_envelope(call.body)[2], "meta.DeleteOptions")
    options = bodies.parse_json(call.body)
    if not isinstance(options, dict):
        raise statuses.bad_request("DeleteOptions are a JSON object")
    return options
