"""What is served below an object: its status, its scale, and refusals of what would need a running container."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from kaccess.sandbox.kube import bodies, statuses
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.managers import UPDATE, Manager, track_update
from kaccess.sandbox.kube.patch import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, json_patch, merge_patch
from kaccess.sandbox.kube.reading import get_object
from kaccess.sandbox.kube.resources import PODS, Resource
from kaccess.sandbox.kube.responses import json_response
from kaccess.sandbox.kube.store import Object, copied
from kaccess.sandbox.kube.writing import patch_object, update_object

_UPGRADED: Final = frozenset({"attach", "exec", "portforward"})
_NEEDS_NODE: Final = _UPGRADED | {"log", "proxy"}
_SCALE: Final = ("autoscaling.Scale", "autoscaling/v1", "Scale")


def answer_subresource(call: Call, resource: Resource) -> Response:
    """Answer a request below an object.

    Raises:
        StatusError: 404, 405, or an honest 400 or 501 where a node or a token signer would have to answer.
    """
    subresource, verb = call.request.subresource, call.request.verb
    if subresource not in resource.subresources:
        raise statuses.no_such_path()
    if subresource in _NEEDS_NODE:
        raise _no_node(call, resource)
    if subresource == "token":
        if verb != "create":
            raise statuses.method_not_allowed()
        call.store.get(resource, call.namespace, call.request.name)
        raise statuses.not_implemented("this API server signs no service account tokens")
    if verb not in {"get", "update", "patch"}:
        raise statuses.method_not_allowed()
    if subresource == "scale":
        return _scale(call, resource)
    return {"get": get_object, "update": update_object, "patch": patch_object}[verb](call, resource)


def _no_node(call: Call, resource: Resource) -> statuses.StatusError:
    """The refusal of a request that a kubelet would have to answer."""
    if call.request.subresource in _UPGRADED and call.request.verb == "get":
        call.authority.require(call.user, call.asking("create"))  # as since 1.35: a WebSocket starts with a GET
    call.store.get(resource, call.namespace, call.request.name)
    why = "does not have a host assigned" if resource is PODS else "has no endpoint to connect to"
    return statuses.bad_request(f"{resource.singular} {call.request.name} {why}: no containers run here")


def _scale(call: Call, resource: Resource) -> Response:
    """Read or change spec.replicas of an object as a Scale."""
    before = call.store.get(resource, call.namespace, call.request.name)
    if call.request.verb == "get":
        return json_response(_scale_of(before))
    wanted, warnings = _read_scale(call, _scale_of(before))
    after = copied(before)
    after["spec"]["replicas"] = (wanted.get("spec") or {}).get("replicas", 0)
    after["metadata"]["resourceVersion"] = wanted["metadata"].get("resourceVersion")
    manager = Manager(call.field_manager, UPDATE, resource.api_version, "scale")
    track_update(before, after, resource.message, manager, call.at)
    write = call.store.rehearse_update if call.dry_run else call.store.update
    return json_response(_scale_of(write(resource, after)), 200, warnings)


def _read_scale(call: Call, current: Object) -> tuple[Object, list[str]]:
    if call.request.verb == "update":
        return bodies.read_typed(call, *_SCALE)
    media_type = bodies.media_type(call, (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH))
    patch = bodies.parse_json(call.body)
    patched: Any = json_patch(current, patch) if media_type == JSON_PATCH else merge_patch(current, patch)
    return bodies.typed(call, patched, *_SCALE)


def _scale_of(obj: Object) -> Object:
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    selector = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    labels = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: obj["metadata"][key] for key in kept if key in obj["metadata"]},
        "spec": {"replicas": obj["spec"].get("replicas", 0)},
        "status": {"replicas": (obj.get("status") or {}).get("replicas", 0), "selector": labels},
    }
