"""Discovery: which groups, versions and resources are served, in the legacy lists and in the aggregated form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from starlette.responses import Response

from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.openapi import (
    OPENAPI_V2_PROTOBUF,
    openapi_v2,
    openapi_v2_protobuf,
    openapi_v3,
    openapi_v3_index,
)
from kaccess.sandbox.kube.resources import RESOURCES, REVIEWS, Resource, Review, group_versions
from kaccess.sandbox.kube.responses import accepted, json_response
from kaccess.sandbox.kube.statuses import method_not_allowed, no_such_path

VERSION: Final = {
    "major": "1",
    "minor": "37",
    "gitVersion": "v1.37.0+kaccess-sandbox",
    "gitCommit": "",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "",
}
"""The API version whose types are served; the build is honest about being none of Kubernetes' own."""

_HEALTH: Final = frozenset({"/healthz", "/livez", "/readyz"})
_AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_UPGRADE_VERBS: Final = {"attach", "exec", "portforward", "proxy"}


def answer_path(call: Call) -> Response:
    """Answer a request that names no resource.

    Raises:
        StatusError: 404 or 405.
    """
    path = call.request.path.rstrip("/")
    if call.request.verb not in {"get", "head"}:
        raise method_not_allowed()
    if path in _HEALTH or path.startswith(("/livez/", "/readyz/")):
        return Response("ok", media_type="text/plain")
    segments = path.strip("/").split("/")
    if path == "/version":
        return json_response(VERSION)
    if segments[0] == "openapi":
        return _openapi(call, segments[1:])
    return _discovery(call, segments)


def _openapi(call: Call, segments: list[str]) -> Response:
    if segments == ["v3"]:
        return json_response(openapi_v3_index())
    if segments == ["v2"]:
        first = next(accepted(call.headers.get("accept", "")), None)
        if first is not None and first.media_type.replace("@", ".") == OPENAPI_V2_PROTOBUF:
            return Response(openapi_v2_protobuf(), media_type=OPENAPI_V2_PROTOBUF)
        return json_response(openapi_v2())
    group = segments[2] if len(segments) == 4 and segments[1] == "apis" else ""  # noqa: PLR2004 - v3/apis/GROUP/VERSION
    if segments[0] != "v3" or (group, segments[-1]) not in set(group_versions()):
        raise no_such_path()
    return json_response(openapi_v3(group, segments[-1]))


def _discovery(call: Call, segments: list[str]) -> Response:
    match segments:
        case ["api" | "apis"] if _wants_aggregated(call):
            groups = [group for group in _groups() if (group == "") == (segments[0] == "api")]
            response = json_response(_aggregated(groups))
            response.headers["content-type"] = _AGGREGATED
            return response
        case ["api"]:
            address = {"clientCIDR": "0.0.0.0/0", "serverAddress": call.headers.get("host", "")}
            versions = {"kind": "APIVersions", "versions": ["v1"]}
            return json_response(versions | {"serverAddressByClientCIDRs": [address]})
        case ["apis"]:
            groups_json = [_group(group) for group in _groups() if group]
            return json_response({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups_json})
        case ["apis", group] if group in _groups() and group:
            return json_response({"kind": "APIGroup", "apiVersion": "v1"} | _group(group))
        case ["api", version] if ("", version) in set(group_versions()):
            return json_response(_resource_list("", version))
        case ["apis", group, version] if (group, version) in set(group_versions()):
            return json_response(_resource_list(group, version))
    raise no_such_path()


def _wants_aggregated(call: Call) -> bool:
    first = next(accepted(call.headers.get("accept", "")), None)
    return first is not None and first.parameter("as") == "APIGroupDiscoveryList" and first.parameter("v") == "v2"


def _groups() -> list[str]:
    return list(dict.fromkeys(group for group, _ in group_versions()))


def _versions(group: str) -> list[str]:
    return [version for known, version in group_versions() if known == group]


def _group(group: str) -> dict[str, Any]:
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in _versions(group)]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _served(group: str, version: str) -> Iterator[Resource | Review]:
    rows: tuple[Resource | Review, ...] = (*RESOURCES, *REVIEWS)
    return (row for row in rows if (row.group, row.version) == (group, version))


def _resource_list(group: str, version: str) -> dict[str, Any]:
    rows = [entry for row in _served(group, version) for entry in _legacy_entries(row)]
    group_version = f"{group}/{version}" if group else version
    kind = {"kind": "APIResourceList"} | ({"apiVersion": "v1"} if group else {})  # as the real server has it
    return kind | {"groupVersion": group_version, "resources": rows}


def _legacy_entries(row: Resource | Review) -> Iterator[dict[str, Any]]:
    base = {"name": row.plural, "singularName": row.kind.lower(), "namespaced": row.namespaced, "kind": row.kind}
    if isinstance(row, Review):
        yield base | {"verbs": ["create"]}
        return
    yield base | _names(row) | {"verbs": list(row.verbs)}
    for name in row.subresources:
        kind = _subresource_kind(row, name)
        yield {
            "name": f"{row.plural}/{name}",
            "singularName": "",
            "namespaced": row.namespaced,
            "kind": kind["kind"],
            "verbs": _subresource_verbs(name),
        } | ({"group": kind["group"], "version": kind["version"]} if kind["group"] != row.group else {})


def _aggregated(groups: list[str]) -> dict[str, Any]:
    items = [
        {"metadata": {"name": group} if group else {}, "versions": _aggregated_versions(group)} for group in groups
    ]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _aggregated_versions(group: str) -> list[dict[str, Any]]:
    return [
        {"version": version, "freshness": "Current", "resources": list(map(_aggregated_entry, _served(group, version)))}
        for version in _versions(group)
    ]


def _aggregated_entry(row: Resource | Review) -> dict[str, Any]:
    entry = {
        "resource": row.plural,
        "responseKind": {"group": row.group, "version": row.version, "kind": row.kind},
        "scope": "Namespaced" if row.namespaced else "Cluster",
        "singularResource": row.kind.lower(),
    }
    if isinstance(row, Review):
        return entry | {"verbs": ["create"]}
    below = [
        {"subresource": name, "responseKind": _subresource_kind(row, name), "verbs": _subresource_verbs(name)}
        for name in row.subresources
    ]
    return entry | _names(row) | {"verbs": list(row.verbs)} | ({"subresources": below} if below else {})


def _names(row: Resource) -> dict[str, list[str]]:
    names = {"shortNames": list(row.short_names), "categories": list(row.categories)}
    return {key: value for key, value in names.items() if value}


def _subresource_kind(row: Resource, name: str) -> dict[str, str]:
    if name == "scale":
        return {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    if name == "token":
        return {"group": "authentication.k8s.io", "version": "v1", "kind": "TokenRequest"}
    options = {"attach": "Attach", "exec": "Exec", "portforward": "PortForward", "proxy": "Proxy"}
    kind = f"{row.kind}{options[name]}Options" if name in options else row.kind
    return {"group": row.group, "version": row.version, "kind": kind}


def _subresource_verbs(name: str) -> list[str]:
    if name == "log":
        return ["get"]
    if name == "token":
        return ["create"]
    return ["create", "get"] if name in _UPGRADE_VERBS else ["get", "patch", "update"]
