"""The ASGI application: each request is identified, observed, authorized and handled, or refused with a Status."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from kaccess.rbac.request import Request
from kaccess.sandbox.kube import statuses
from kaccess.sandbox.kube.authorize import AUTHENTICATED, NOBODY, Access, Authority, UserInfo
from kaccess.sandbox.kube.bodies import read_body
from kaccess.sandbox.kube.calls import Call
from kaccess.sandbox.kube.deleting import delete_object, delete_objects
from kaccess.sandbox.kube.discovery import answer_path
from kaccess.sandbox.kube.impersonate import acting_user
from kaccess.sandbox.kube.reading import get_object, list_objects
from kaccess.sandbox.kube.resources import NAMESPACES, Resource, find_resource, find_review
from kaccess.sandbox.kube.responses import CutOff, status_response
from kaccess.sandbox.kube.reviews import answer_review
from kaccess.sandbox.kube.routes import read_route
from kaccess.sandbox.kube.statuses import StatusError
from kaccess.sandbox.kube.store import Store
from kaccess.sandbox.kube.subresources import answer_subresource
from kaccess.sandbox.kube.watch import watch_objects
from kaccess.sandbox.kube.writing import create_object, patch_object, update_object

_LOG: Final = logging.getLogger(__name__)
_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

Authenticate: TypeAlias = Callable[[str], UserInfo | None]
"""Who a bearer token belongs to, or None. It is called on a thread of its own and may take its time."""


@dataclass(frozen=True)
class RequestRecord:
    """One request as it arrives, before it is authorized. `username` is whose token it carries."""

    username: str
    method: str
    path: str
    query: Mapping[str, str]
    request: Request


Observer: TypeAlias = Callable[[RequestRecord], "Awaitable[Response | None] | Response | None"]
"""Sees every identified request first; a response that it returns is sent instead of handling the request."""

DoneObserver: TypeAlias = Callable[[RequestRecord], Awaitable[None]]
"""Hears of each request that was done; it may raise a StatusError, or a ConnectionError so that no answer is sent."""

_HANDLERS: Final[Mapping[str, Callable[[Call, Resource], Response]]] = {
    "get": get_object,
    "list": list_objects,
    "watch": watch_objects,
    "create": create_object,
    "update": update_object,
    "patch": patch_object,
    "delete": delete_object,
    "deletecollection": delete_objects,
}


def create_app(
    store: Store,
    authenticate: Authenticate,
    *,
    access: Access | None = None,
    on_request: Observer | None = None,
    on_done: DoneObserver | None = None,
    now: Callable[[], datetime],
) -> Starlette:
    """The API server of `store`. `access` may allow what RBAC does not; `now` gives aware times."""
    server = _Server(store, authenticate, Authority(store, access), on_request, on_done, now)
    return Starlette(routes=[HttpRoute("/{path:path}", server.answer, methods=list(_METHODS))])


class _Server:
    def __init__(
        self,
        store: Store,
        authenticate: Authenticate,
        authority: Authority,
        on_request: Observer | None,
        on_done: DoneObserver | None,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._authority = authority
        self._on_request = on_request
        self._on_done = on_done
        self._now = now

    async def answer(self, http: HttpRequest) -> Response:
        """Answer one HTTP request, whatever becomes of it."""
        try:
            return await self._answer(http)
        except StatusError as error:
            return status_response(error)
        except (ClientDisconnect, ConnectionError):
            return CutOff()
        except Exception:  # noqa: BLE001 - a defect is answered too; the log tells what it was
            _LOG.exception("%s %s", http.method, http.url.path)
            return status_response(StatusError(500, "InternalError", "Internal error occurred: see the server's log"))

    async def _answer(self, http: HttpRequest) -> Response:
        route = read_route(http.method, http.scope["path"], http.query_params)
        user = await self._identify(http)
        record = RequestRecord(user.username, http.method, http.scope["path"], http.query_params, route.request)
        replacement = await self._observe(record)
        if replacement is not None:
            return replacement
        user = acting_user(user, http.headers, self._authority)
        self._authority.require(user, route.request)
        body = await read_body(http)
        at = self._now()
        call = Call(self._store, self._authority, user, route, http.query_params, http.headers, body, at)
        response = _handle(call)
        if self._on_done is not None:
            await self._on_done(record)
        return response

    async def _identify(self, http: HttpRequest) -> UserInfo:
        scheme, _, token = http.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return NOBODY
        user = await run_in_threadpool(self._authenticate, token.strip())
        if user is None:
            raise statuses.unauthorized()
        groups = user.groups if AUTHENTICATED in user.groups else (*user.groups, AUTHENTICATED)
        return UserInfo(user.username, user.uid, groups, user.extra)

    async def _observe(self, record: RequestRecord) -> Response | None:
        if self._on_request is None:
            return None
        response = self._on_request(record)
        return await response if inspect.isawaitable(response) else response


def _handle(call: Call) -> Response:
    """Hand an authorized request to what serves it.

    Raises:
        StatusError: whatever refuses it.
    """
    if not call.route.is_resource:
        return answer_path(call)
    asked, version = call.request, call.route.version
    review = find_review(asked.api_group, version, asked.resource)
    if review is not None:
        if asked.verb != "create":
            raise statuses.method_not_allowed()
        if asked.name or bool(asked.namespace) != review.namespaced:
            raise statuses.no_such_path()
        return answer_review(call, review)
    resource = find_resource(asked.api_group, version, asked.resource)
    if resource is None or not _in_scope(call, resource):
        raise statuses.no_such_path()
    if asked.subresource:
        return answer_subresource(call, resource)
    handler = _HANDLERS.get(asked.verb)
    if handler is None or asked.verb not in resource.verbs or not _named_rightly(call, resource):
        raise statuses.method_not_allowed()
    return handler(call, resource)


def _in_scope(call: Call, resource: Resource) -> bool:
    """Namespaced objects are named within a namespace, others outside of any; a namespace is within itself."""
    if resource is NAMESPACES:
        return call.request.namespace == call.request.name or not call.request.namespace
    named = bool(call.request.name) and call.request.verb not in {"list", "watch", "deletecollection"}
    return not (named and not call.namespace) if resource.namespaced else not call.namespace


def _named_rightly(call: Call, resource: Resource) -> bool:
    """Objects are created in a collection of one namespace, collections are deleted in one; changes name an object."""
    if call.request.verb in {"patch", "update"}:
        return bool(call.request.name)
    if call.request.verb == "create":
        return not call.request.name and (bool(call.namespace) or not resource.namespaced)
    return call.request.verb != "deletecollection" or bool(call.namespace) or not resource.namespaced
