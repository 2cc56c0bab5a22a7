"""Creates, updates and patches: everything that an object goes through between the body and the store."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from kaccess.sandbox.kube import bodies, defaults, statuses, validate
from kaccess.sandbox.kube.apply import server_side_apply
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.causes import immutable, required
from kaccess.sandbox.kube.conform import conform
from kaccess.sandbox.kube.controllers import follow_up
from kaccess.sandbox.kube.escalation import check_escalation
from kaccess.sandbox.kube.managers import APPLY, UPDATE, Manager, track_update
from kaccess.sandbox.kube.patch import (
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    json_patch,
    merge_patch,
    strategic_patch,
)
from kaccess.sandbox.kube.resources import NAMESPACES, Resource
from kaccess.sandbox.kube.responses import object_response
from kaccess.sandbox.kube.store import Json, Object, copied

_SUFFIX: Final = "bcdfghjklmnpqrstvwxz2456789"  # no vowels: generated names spell no words
_SUFFIX_LENGTH: Final = 5
_STATUS: Final = "status"


def create_object(call: Call, resource: Resource) -> Response:
    """Answer a create."""
    obj, warnings = bodies.read_typed(call, resource.message, resource.api_version, resource.kind)
    metadata = obj["metadata"]
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + "".join(secrets.choice(_SUFFIX) for _ in range(_SUFFIX_LENGTH))
    if metadata.get("resourceVersion"):
        raise statuses.StatusError(500, "", "resourceVersion should not be set on objects to be created")
    return _create(call, resource, obj, warnings)


def update_object(call: Call, resource: Resource) -> Response:
    """Answer an update; it creates what is not there if the resource allows that and the caller may create."""
    obj, warnings = bodies.read_typed(call, resource.message, resource.api_version, resource.kind)
    _place(call, resource, obj)
    before = call.store.find(resource, call.namespace, call.request.name)
    if before is None:
        _require_upsert(call, resource)
        return _create(call, resource, obj, warnings)
    return _update(call, resource, before, obj, warnings)


def patch_object(call: Call, resource: Resource) -> Response:
    """Answer a patch of any kind."""
    media_type = bodies.media_type(call, (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH))
    patch = bodies.parse_json(call.body)
    if media_type == APPLY_PATCH:
        return _apply(call, resource, patch)
    before = call.store.get(resource, call.namespace, call.request.name)
    if media_type != JSON_PATCH and not isinstance(patch, dict):
        raise statuses.bad_request("error decoding patch: it is not a JSON object")
    patched = _patched(before, patch, media_type, resource)
    obj, warnings = bodies.typed(call, patched, resource.message, resource.api_version, resource.kind)
    changed = list(immutable(obj, before, "metadata", "uid")) if obj["metadata"].get("uid") else []
    if changed:
        raise statuses.invalid(resource.group, resource.kind, call.request.name, changed)
    return _update(call, resource, before, obj, warnings)


def _patched(before: Object, patch: Json, media_type: str, resource: Resource) -> Json:
    if media_type == JSON_PATCH:
        return json_patch(before, patch)
    if media_type == MERGE_PATCH:
        return merge_patch(before, patch)
    return strategic_patch(before, patch, resource.message)


def _apply(call: Call, resource: Resource, wanted: Json) -> Response:
    """Server-side apply; it creates what is not there if the caller may create."""
    manager_name = call.query.get("fieldManager", "")
    if not manager_name:
        cause = required("fieldManager", "is required for apply patch")
        raise statuses.invalid("meta.k8s.io", "PatchOptions", "", [cause])
    obj = bodies.applied(wanted, resource.message, resource.api_version, resource.kind)
    if obj["metadata"].get("managedFields"):
        raise statuses.bad_request("metadata.managedFields must be nil")
    obj["metadata"].setdefault("name", call.request.name)
    _place(call, resource, obj)
    obj = _applicable(call, obj)
    before = call.store.find(resource, call.namespace, call.request.name)
    if before is None:
        _require_upsert(call, resource, applied=True)
    manager = Manager(manager_name, APPLY, resource.api_version, call.request.subresource)
    force = call.query.get("force") in {"true", "1"}
    live = before or {"metadata": {}}
    merged = server_side_apply(live, obj, resource.message, manager, force=force, at=call.at)
    merged, _ = conform(merged, resource.message)
    if before is None:
        return _create(call, resource, merged, (), tracked=True)
    return _update(call, resource, before, merged, (), tracked=True)


def _create(call: Call, resource: Resource, obj: Object, warnings: Iterable[str], *, tracked: bool = False) -> Response:
    _place(call, resource, obj)
    _require_namespace(call, resource, obj)
    defaults.start(resource, obj)
    defaults.fill_in(resource, obj)
    validate.check(resource, obj)
    check_escalation(call, resource, obj, None)
    for key in ("uid", "creationTimestamp", "deletionTimestamp", "resourceVersion", "selfLink", "generation"):
        obj["metadata"].pop(key, None)
    if not tracked:
        track_update(None, obj, resource.message, _updater(call, resource), call.at)
    if call.dry_run:
        return object_response(call, resource, call.store.rehearse_create(resource, obj, call.at), 201, warnings)
    stored = call.store.create(resource, obj, call.at)
    follow_up(call.store, resource, stored, call.at)
    return object_response(call, resource, stored, 201, warnings)


def _update(
    call: Call, resource: Resource, before: Object, obj: Object, warnings: Iterable[str], *, tracked: bool = False
) -> Response:
    _place(call, resource, obj)
    _keep_status(call, obj, before)
    defaults.fill_in(resource, obj)
    validate.check(resource, obj, before)
    check_escalation(call, resource, obj, before)
    if not tracked:
        track_update(before, obj, resource.message, _updater(call, resource), call.at)
    if call.dry_run:
        return object_response(call, resource, call.store.rehearse_update(resource, obj), 200, warnings)
    stored = call.store.update(resource, obj)
    follow_up(call.store, resource, stored, call.at)
    return object_response(call, resource, stored, 200, warnings)


def _applicable(call: Call, obj: Object) -> Object:
    """What of an applied object its endpoint lets anyone own."""
    if call.request.subresource != _STATUS:
        return {key: value for key, value in obj.items() if key != _STATUS}
    return {key: value for key, value in obj.items() if key in {"apiVersion", "kind", "metadata", _STATUS}}


def _keep_status(call: Call, obj: Object, before: Object | None) -> None:
    """Through its own subresource only the status of an object changes, through the object all but its status."""
    if call.request.subresource == _STATUS and before is not None:
        status = obj.get(_STATUS)
        version = obj["metadata"].get("resourceVersion")
        managed = obj["metadata"].get("managedFields")
        obj.clear()
        obj.update(copied(before))
        obj["metadata"] |= {"resourceVersion": version, "managedFields": managed}
        obj |= {_STATUS: status} if status is not None else {}
    elif call.request.subresource != _STATUS:
        obj.pop(_STATUS, None)
        obj |= {_STATUS: before[_STATUS]} if before and _STATUS in before else {}


def _updater(call: Call, resource: Resource) -> Manager:
    return Manager(call.field_manager, UPDATE, resource.api_version, call.request.subresource)


def _place(call: Call, resource: Resource, obj: Object) -> None:
    """Let the object be where the URL says.

    Raises:
        StatusError: 400, it says otherwise itself.
    """
    metadata, name = obj["metadata"], call.request.name
    if name and metadata.get("name", "") != name:
        told = metadata.get("name", "")
        raise statuses.bad_request(f"the name of the object ({told}) does not match the name on the URL ({name})")
    if resource.namespaced and metadata.get("namespace") and metadata["namespace"] != call.namespace:
        raise statuses.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if resource.namespaced:
        metadata["namespace"] = call.namespace
    else:
        metadata.pop("namespace", None)


def _require_namespace(call: Call, resource: Resource, obj: Object) -> None:
    if not resource.namespaced:
        return
    namespace = call.store.get(NAMESPACES, "", call.namespace)
    if "deletionTimestamp" in namespace["metadata"]:
        why = f"unable to create new content in namespace {call.namespace} because it is being terminated"
        raise statuses.forbidden(resource.group, resource.plural, obj["metadata"].get("name", ""), why)


def _require_upsert(call: Call, resource: Resource, *, applied: bool = False) -> None:
    """Refuse to create what an update or apply did not find, unless the resource and the caller's rights allow it."""
    if not (resource.upserts or applied) or call.request.subresource:
        raise statuses.not_found(resource.group, resource.plural, call.request.name)
    call.authority.require(call.user, call.asking("create"))
