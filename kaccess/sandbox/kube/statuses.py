"""The Status bodies with which an API server refuses, word for word, because clients and people parse them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kaccess.model.errors import KaccessError
from kaccess.rbac.request import Request


@dataclass(frozen=True)
class Cause:
    """One problem of an object: `reason` is the machine's word, `field` its path in the object."""

    reason: str
    message: str
    field: str

    def to_json(self) -> dict[str, str]:
        """The JSON shape of a StatusCause."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


class StatusError(KaccessError):
    """A refusal: `code` is the HTTP status, `reason` the API's word for it, `warnings` what is told beside it."""

    warnings: tuple[str, ...] = ()

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = details

    def to_json(self) -> dict[str, Any]:
        """The JSON shape of the Status."""
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        kept = {"metadata"} if self.details is None else {"metadata", "details"}
        return {key: value for key, value in status.items() if value or key in kept}


def success(details: dict[str, Any]) -> dict[str, Any]:
    """The Status that answers a deletion."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def bad_request(message: str) -> StatusError:
    """The request itself is malformed."""
    return StatusError(400, "BadRequest", message)


def unauthorized() -> StatusError:
    """The bearer token is nobody's."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def forbidden_request(username: str, request: Request, reason: str) -> StatusError:
    """The authorizer refused `request`; `reason` is what it has to say, often nothing."""
    tail = f": {reason}" if reason else ""
    if request.path:
        return StatusError(
            403,
            "Forbidden",
            f'forbidden: User {_quoted(username)} cannot {request.verb} path "{request.path}"{tail}',
            {},
        )
    where = f'in the namespace "{request.namespace}"' if request.namespace else "at the cluster scope"
    why = (
        f'User {_quoted(username)} cannot {request.verb} resource "{request.full_resource}"'
        f' in API group "{request.api_group}" {where}{tail}'
    )
    return forbidden(request.api_group, request.resource, request.name, why)


def forbidden(group: str, plural: str, name: str, why: str) -> StatusError:
    """An object may not be touched, for the reason `why`."""
    what = f"{_qualified(group, plural)} {_quoted(name)}" if name else _qualified(group, plural)
    return StatusError(403, "Forbidden", f"{what} is forbidden: {why}", _details(group, plural, name))


def not_found(group: str, plural: str, name: str) -> StatusError:
    """There is no object of that name."""
    message = f"{_qualified(group, plural)} {_quoted(name)} not found"
    return StatusError(404, "NotFound", message, _details(group, plural, name))


def no_such_path() -> StatusError:
    """Nothing is served at that path."""
    return StatusError(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> StatusError:
    """The resource is served, but not with that method."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(405, "MethodNotAllowed", message, {})


def not_acceptable(offered: Sequence[str]) -> StatusError:
    """The client accepts none of the media types that are offered."""
    accepted = ", ".join(offered)
    message = f"only the following media types are accepted: {accepted}"
    return StatusError(406, "NotAcceptable", message, {})


def already_exists(group: str, plural: str, name: str) -> StatusError:
    """The name is taken."""
    message = f"{_qualified(group, plural)} {_quoted(name)} already exists"
    return StatusError(409, "AlreadyExists", message, _details(group, plural, name))


def conflict(group: str, plural: str, name: str, why: str) -> StatusError:
    """The object is not as the writer believes it to be."""
    message = f"Operation cannot be fulfilled on {_qualified(group, plural)} {_quoted(name)}: {why}"
    return StatusError(409, "Conflict", message, _details(group, plural, name))


def apply_conflict(message: str, causes: Iterable[Cause]) -> StatusError:
    """Other managers own fields that a server-side apply would change."""
    return StatusError(409, "Conflict", message, {"causes": [cause.to_json() for cause in causes]})


def expired(message: str) -> StatusError:
    """The history asked for is no longer kept."""
    return StatusError(410, "Expired", message)


def too_large(limit: int) -> StatusError:
    """The body exceeds `limit` bytes."""
    return StatusError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def unsupported_media_type(offered: Sequence[str]) -> StatusError:
    """The body is in none of the media types that are understood."""
    accepted = ", ".join(offered)
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return StatusError(415, "UnsupportedMediaType", message)


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> StatusError:
    """The object breaks rules; all of them are told at once."""
    problems = [f"{cause.field}: {cause.message}" for cause in causes]
    told = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
    message = f"{_qualified(group, kind)} {_quoted(name)} is invalid: {told}"
    details = _details(group, kind, name) | {"causes": [cause.to_json() for cause in causes]}
    return StatusError(422, "Invalid", message, details)


def not_implemented(message: str) -> StatusError:
    """A real cluster would do this; the sandbox does not."""
    return StatusError(501, "NotImplemented", message, {})


def _qualified(group: str, resource: str) -> str:
    return f"{resource}.{group}" if group else resource


def _details(group: str, kind: str, name: str) -> dict[str, Any]:
    details = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in details.items() if value}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
