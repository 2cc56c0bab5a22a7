"""Request bodies: what media types are read, how large they may be, and what a typed object must say of itself."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

from starlette.requests import Request as HttpRequest

from kaccess.sandbox.kube import protobuf
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.conform import conform
from kaccess.sandbox.kube.statuses import StatusError, bad_request, too_large, unsupported_media_type
from kaccess.sandbox.kube.store import Json, Object

LIMIT: Final = 3 * 1024 * 1024
"""Bytes that a body may have: kube-apiserver's own limit (MaxRequestBodyBytes)."""

JSON: Final = "application/json"


async def read_body(request: HttpRequest) -> bytes:
    """The whole body.

    Raises:
        StatusError: 413, it is larger than LIMIT.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LIMIT:
            raise too_large(LIMIT)
        chunks.append(chunk)
    return b"".join(chunks)


def media_type(call: Call, offered: Collection[str]) -> str:
    """The media type of the body; JSON where none is given.

    Raises:
        StatusError: 415, none of `offered`.
    """
    found = call.headers.get("content-type", JSON).split(";")[0].strip().lower()
    if found not in offered:
        raise unsupported_media_type(list(offered))
    return found


def parse_json(body: bytes) -> Json:
    """The body as JSON.

    Raises:
        StatusError: 400.
    """
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the object provided is unrecognized: it is not JSON: {error}") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def read_typed(call: Call, type_name: str, api_version: str, kind: str) -> tuple[Object, list[str]]:
    """The object in the body, of this type, and the warnings about fields it does not have.

    Raises:
        StatusError: 400, it is malformed, of another type, or has unknown fields where none are tolerated; 415.
    """
    if media_type(call, (JSON, protobuf.MEDIA_TYPE)) == protobuf.MEDIA_TYPE:
        given_version, given_kind, data = protobuf.read_envelope(call.body)
        _check_type(given_version, given_kind, api_version, kind)
        obj = protobuf.decode(data, type_name)
    else:
        obj = parse_json(call.body)
    return typed(call, obj, type_name, api_version, kind)


def typed(call: Call, obj: Json, type_name: str, api_version: str, kind: str) -> tuple[Object, list[str]]:
    """A parsed object as one of this type, and the warnings about fields it does not have.

    Raises:
        StatusError: 400.
    """
    if not isinstance(obj, dict):
        raise bad_request("the object provided is unrecognized: it is not a JSON object")
    _check_type(obj.get("apiVersion"), obj.get("kind"), api_version, kind)
    conformed, unknown = conform(obj | {"apiVersion": api_version, "kind": kind}, type_name)
    problems = [f'unknown field "{path}"' for path in unknown]
    validation = call.field_validation
    if problems and validation == "Strict":
        told = ", ".join(problems)
        raise bad_request(
            f'{kind} in version "{api_version.rpartition("/")[2]}" cannot be handled as a {kind}: '
            f"strict decoding error: {told}"
        )
    conformed.setdefault("metadata", {})
    return conformed, problems if validation == "Warn" else []


def applied(obj: Json, type_name: str, api_version: str, kind: str) -> Object:
    """A parsed body of a server-side apply as an object of this type; it must say what it is.

    Raises:
        StatusError: 400, it is malformed or of another type; 500 (as the real server has it), an unknown field.
    """
    if not isinstance(obj, dict):
        raise bad_request("the object provided is unrecognized: it is not a JSON object")
    given_version, given_kind = obj.get("apiVersion"), obj.get("kind")
    if not given_version or not given_kind:
        raise bad_request(f"invalid object type: {given_version or '/'}, Kind={given_kind or ''}")
    _check_type(given_version, given_kind, api_version, kind)
    conformed, unknown = conform(obj, type_name, keeps_empty=True)
    conformed.setdefault("metadata", {})
    if unknown:
        raise StatusError(500, "", f"failed to create typed patch object ({_named(conformed)}): {_undeclared(unknown)}")
    return conformed


def _named(obj: Object) -> str:
    group_version = obj["apiVersion"] if "/" in obj["apiVersion"] else f"/{obj['apiVersion']}"
    name, namespace = (obj["metadata"].get(key, "") for key in ("name", "namespace"))
    return f"{namespace}/{name}; {group_version}, Kind={obj['kind']}"


def _undeclared(paths: list[str]) -> str:
    problems = [f".{path}: field not declared in schema" for path in paths]
    return problems[0] if len(problems) == 1 else "\n".join(["errors:", *(f"  {problem}" for problem in problems)])


def _check_type(given_version: Json, given_kind: Json, api_version: str, kind: str) -> None:
    named, version = given_kind or kind, given_version or api_version
    if (named, version) == (kind, api_version):
        return
    why = f'no kind "{named}" is registered for version "{version}"' if named == kind else "unknown conversion"
    told = str(version).rpartition("/")[2]
    raise bad_request(f'{named} in version "{told}" cannot be handled as a {kind}: {why}')
