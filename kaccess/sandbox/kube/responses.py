"""Responses: JSON objects, lists, Tables or bare metadata, whichever the client asks for first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.resources import Resource
from kaccess.sandbox.kube.statuses import StatusError, not_acceptable
from kaccess.sandbox.kube.store import Json, Object
from kaccess.sandbox.kube.tables import partial, table

_JSON: Final = "application/json"
_TABLE: Final = "Table"
_PARTIAL: Final = "PartialObjectMetadata"
_PARTIAL_LIST: Final = "PartialObjectMetadataList"


class CutOff(Response):
    """No answer: the connection ends where it should begin, as when a server dies."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (the base class's)
        """Promise a body and send none, whereupon the server closes the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


@dataclass(frozen=True)
class Accepted:
    """One media type of an Accept header with its parameters."""

    media_type: str
    parameters: tuple[tuple[str, str], ...]

    def parameter(self, name: str) -> str:
        """The value of a parameter, or empty."""
        return dict(self.parameters).get(name, "")


def accepted(header: str) -> Iterator[Accepted]:
    """The media types of an Accept header in the client's order; anything if it is absent."""
    for part in filter(None, (part.strip() for part in (header or "*/*").split(","))):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        yield Accepted(media_type.lower(), tuple((name, value) for name, _, value in pairs))


def choose_form(call: Call, forms: Sequence[str]) -> str:
    """Which of `forms` (names of the parameter `as`) the client wants; empty for the plain object.

    Raises:
        StatusError: 406, it accepts no JSON.
    """
    for one in accepted(call.headers.get("accept", "")):
        if one.media_type not in {_JSON, "application/*", "*/*"}:
            continue
        form = one.parameter("as")
        if not form:
            return ""
        if form in forms and one.parameter("g") == "meta.k8s.io" and one.parameter("v") == "v1":
            return form
    raise not_acceptable([_JSON])


def json_response(content: Json, code: int = 200, warnings: Iterable[str] = ()) -> Response:
    """A JSON response with the warnings that kubectl prints."""
    # half a surrogate pair may be written in JSON, but not in UTF-8
    text = json.dumps(content, ensure_ascii=False).encode(errors="replace")
    response = Response(text, code, media_type=_JSON)
    for warning in warnings:
        response.headers.append("warning", f"299 - {json.dumps(warning)}")
    return response


def object_response(
    call: Call, resource: Resource, obj: Object, code: int = 200, warnings: Iterable[str] = ()
) -> Response:
    """One object in the form the client asks for."""
    return json_response(object_in_form(call, resource, obj, choose_form(call, (_TABLE, _PARTIAL))), code, warnings)


def object_in_form(call: Call, resource: Resource, obj: Object, form: str) -> Object:
    """The object as a Table of one row, as bare metadata, or as it is."""
    if form == _TABLE:
        version = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        return table(resource, [obj], version, call.query.get("includeObject", "Metadata"), call.at)
    return partial(obj) if form == _PARTIAL else obj


def list_response(call: Call, resource: Resource, objects: list[Object], metadata: dict[str, Any]) -> Response:
    """A list of objects in the form the client asks for."""
    form = choose_form(call, (_TABLE, _PARTIAL_LIST))
    if form == _TABLE:
        return json_response(table(resource, objects, metadata, call.query.get("includeObject", "Metadata"), call.at))
    if form == _PARTIAL_LIST:
        items = [partial(obj) for obj in objects]
        return json_response(
            {"kind": _PARTIAL_LIST, "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items}
        )
    items = [{key: value for key, value in obj.items() if key not in {"kind", "apiVersion"}} for obj in objects]
    kind = f"{resource.kind}List"
    return json_response({"kind": kind, "apiVersion": resource.api_version, "metadata": metadata, "items": items})


def status_response(error: StatusError) -> Response:
    """The Status of a refusal."""
    response = json_response(error.to_json(), error.code, error.warnings)
    if error.code == 401:  # noqa: PLR2004 - RFC 9110 wants the challenge
        response.headers["www-authenticate"] = "Bearer"
    return response
