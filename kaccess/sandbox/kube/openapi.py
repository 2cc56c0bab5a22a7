"""The OpenAPI documents, made from the types and the table of resources.

Clients read them to learn the merge keys of lists, whether the server validates fields, and which fields there are.
They describe what is served and leave out prose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from kaccess.sandbox.kube.resources import RESOURCES, REVIEWS, Resource, group_versions
from kaccess.sandbox.kube.types import Type, message

OPENAPI_V2_PROTOBUF: Final = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

_INFO: Final = {"title": "Kubernetes", "version": "v1.37.0+kaccess-sandbox"}
_SCALARS: Final[dict[str, dict[str, Any]]] = {
    "s": {"type": "string"},
    "i": {"type": "integer", "format": "int64"},
    "d": {"type": "number", "format": "double"},
    "b": {"type": "boolean"},
    "y": {"type": "string", "format": "byte"},
    "q": {"type": "string"},
    "x": {"type": "string", "format": "int-or-string"},
    "t": {"type": "string", "format": "date-time"},
    "u": {"type": "string", "format": "date-time"},
    "r": {"type": "object"},
}
_PACKAGES: Final = {"meta": "io.k8s.apimachinery.pkg.apis.meta.v1"}
_PARAMETERS: Final = ("dryRun", "fieldManager", "fieldValidation", "force")
_V3_REF: Final = "#/components/schemas/"
_V2_REF: Final = "#/definitions/"


@cache
def openapi_v3_index() -> dict[str, Any]:
    """Where the document of each group version is; the hash in the address changes with its content."""
    return {"paths": dict(map(_index_entry, group_versions()))}


def _index_entry(group_version: tuple[str, str]) -> tuple[str, dict[str, str]]:
    group, version = group_version
    path = f"apis/{group}/{version}" if group else f"api/{version}"
    content = hashlib.sha256(json.dumps(openapi_v3(group, version)).encode()).hexdigest()[:32]
    return path, {"serverRelativeURL": f"/openapi/v3/{path}?hash={content}"}


@cache
def openapi_v3(group: str, version: str) -> dict[str, Any]:
    """The OpenAPI 3 document of one group version."""
    paths = dict(_paths(group, version, "v3"))
    schemas = dict(_schemas(group, version, _V3_REF))
    return {"openapi": "3.0.0", "info": _INFO, "paths": paths, "components": {"schemas": schemas}}


@cache
def openapi_v2() -> dict[str, Any]:
    """The OpenAPI 2 document of everything."""
    paths: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for group, version in group_versions():
        paths |= dict(_paths(group, version, "v2"))
        definitions |= dict(_schemas(group, version, _V2_REF))
    return {"swagger": "2.0", "info": _INFO, "paths": paths, "definitions": definitions}


def openapi_v2_protobuf() -> bytes:
    """The OpenAPI 2 document in protobuf without its definitions: clients that ask for it look for other kinds here.

    They learn of the kinds that are served from the OpenAPI 3 documents, and here, that there are no others.
    """
    version = _text_field(1, _INFO["title"]) + _text_field(2, _INFO["version"])
    return _text_field(1, "2.0") + _bytes_field(2, version) + _bytes_field(8, b"")


def _text_field(number: int, text: str) -> bytes:
    return _bytes_field(number, text.encode())


def _bytes_field(number: int, value: bytes) -> bytes:
    """A protobuf field whose tag and length fit a byte each."""
    return bytes((number << 3 | 2, len(value))) + value


def _paths(group: str, version: str, form: str) -> Iterator[tuple[str, Any]]:
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    for resource in RESOURCES:
        if (resource.group, resource.version) == (group, version):
            where = "/namespaces/{namespace}" if resource.namespaced else ""
            collection = f"{root}{where}/{resource.plural}"
            yield collection, {"get": _operation(resource, "list", form), "post": _operation(resource, "post", form)}
            methods = ("get", "put", "patch", "delete")
            yield f"{collection}/{{name}}", {method: _operation(resource, method, form) for method in methods}


def _operation(resource: Resource, action: str, form: str) -> dict[str, Any]:
    parameters = _PARAMETERS if action in {"post", "put", "patch"} else ()
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    return {
        "operationId": f"{action}{resource.kind}",
        "parameters": [_parameter(name, form) for name in parameters],
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": kind,
    }


def _parameter(name: str, form: str) -> dict[str, Any]:
    kind = {"type": "boolean" if name == "force" else "string"}
    return {"name": name, "in": "query"} | ({"schema": kind} if form == "v3" else kind)


def _schemas(group: str, version: str, ref: str) -> Iterator[tuple[str, Any]]:
    """The schemas of the kinds of a group version and of all that they refer to."""
    kinds = {row.message: row.kind for row in (*RESOURCES, *REVIEWS) if (row.group, row.version) == (group, version)}
    waiting, done = list(kinds), set()
    while waiting:
        name = waiting.pop()
        if name not in done:
            done.add(name)
            schema, below = _schema(name, ref)
            waiting += below
            if name in kinds:
                api = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
                kind = {"group": group, "version": version, "kind": kinds[name]}
                schema["properties"] = api | schema["properties"]
                schema["x-kubernetes-group-version-kind"] = [kind]
            yield _full_name(name), schema


def _schema(name: str, ref: str) -> tuple[dict[str, Any], list[str]]:
    below: list[str] = []
    properties = {field.name: _property(field.type, ref, below) for field in message(name).by_name.values()}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return schema | ({"x-kubernetes-map-type": "atomic"} if message(name).atomic else {}), below


def _property(kind: Type, ref: str, below: list[str]) -> dict[str, Any]:
    if kind.code == "message":
        below.append(kind.message)
        target = {"$ref": f"{ref}{_full_name(kind.message)}"}
        extension = {"x-kubernetes-patch-strategy": "retainKeys"} if kind.retain_keys else {}
        # OpenAPI 3.0 ignores what stands beside a $ref
        return {"allOf": [target], "default": {}} | extension if ref == _V3_REF else target | extension
    if kind.code == "map":
        atomic = {"x-kubernetes-map-type": "atomic"} if kind.atomic else {}
        return {"type": "object", "additionalProperties": _property(kind.of_item(), ref, below)} | atomic
    if kind.code == "list":
        return {"type": "array", "items": _property(kind.of_item(), ref, below)} | dict(_list_extensions(kind))
    return dict(_SCALARS[kind.code])


def _list_extensions(kind: Type) -> Iterator[tuple[str, Any]]:
    if kind.keys is None:
        yield "x-kubernetes-list-type", "atomic"
    else:
        yield "x-kubernetes-list-type", "map" if kind.keys else "set"
        if kind.keys:
            yield "x-kubernetes-list-map-keys", list(kind.keys)
    if kind.merge_key is not None:
        yield "x-kubernetes-patch-strategy", "merge,retainKeys" if kind.retain_keys else "merge"
        if kind.merge_key:
            yield "x-kubernetes-patch-merge-key", kind.merge_key


def _full_name(name: str) -> str:
    package, _, kind = name.partition(".")
    return f"{_PACKAGES.get(package, f'io.k8s.api.{package}.v1')}.{kind}"
