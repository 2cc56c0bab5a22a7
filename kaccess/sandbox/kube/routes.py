"""What a path and a method ask for, in the API server's terms; the same reading serves authorization and handling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kaccess.rbac.request import Request
from kaccess.sandbox.kube.selectors import field_requirement

_VERBS: Final = {
    "POST": "create",
    "GET": "get",
    "HEAD": "get",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}
_NAMESPACE_SUBRESOURCES: Final = frozenset({"status", "finalize"})


@dataclass(frozen=True)
class Route:
    """A request to the API: `request` is what is authorized, `version` the API version named in the path."""

    request: Request
    version: str = ""

    @property
    def is_resource(self) -> bool:
        """Whether the path names a resource of some API version rather than a plain URL."""
        return not self.request.path


def read_route(method: str, path: str, query: Mapping[str, str]) -> Route:
    """Read a request line. Whether anything is served there is for others to say."""
    segments = [segment for segment in path.split("/") if segment]
    prefix = segments[0] if segments else ""
    at = {"api": 2, "apis": 3}.get(prefix, 0)
    if not at or len(segments) <= at:
        return Route(Request(verb=method.lower(), path=path))
    group = segments[1] if prefix == "apis" else ""
    namespace, (resource, name, subresource) = _split(segments[at:])
    verb = _VERBS.get(method, method.lower())
    if not name:
        verb, name = _collection_verb(verb, query)
    request = Request(verb, resource, group, subresource, namespace, name)
    return Route(request, segments[at - 1])


def _split(segments: list[str]) -> tuple[str, tuple[str, str, str]]:
    """The namespace, and the resource, name and subresource (which may have slashes of its own)."""
    namespace = ""
    if segments[0] == "namespaces" and len(segments) > 1:
        namespace = segments[1]
        if len(segments) > 2 and segments[2] not in _NAMESPACE_SUBRESOURCES:  # noqa: PLR2004 - namespaces/NAME/RESOURCE
            segments = segments[2:]
    resource, name, *rest = [*segments, ""] if len(segments) == 1 else segments
    return namespace, (resource, name, rest[0] if rest else "")


def _collection_verb(verb: str, query: Mapping[str, str]) -> tuple[str, str]:
    """The verb on a whole collection, and the one name its field selector may narrow it to."""
    if verb == "get":
        verb = "watch" if query.get("watch") in {"true", "1"} else "list"
    elif verb == "delete":
        verb = "deletecollection"
    if verb not in {"list", "watch"}:
        return verb, ""
    return verb, field_requirement(query.get("fieldSelector", ""), "metadata.name") or ""
