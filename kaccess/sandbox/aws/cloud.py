"""The whole of the sandbox's AWS: one account that verifies, authorizes and answers.

`Cloud` is the WSGI application that SDKs talk to; the Kubernetes side asks the same object in process who signed a
token and how the cluster maps them.
"""

from __future__ import annotations

import http
import re
from collections.abc import Callable, Container, Iterable
from datetime import datetime, timedelta
from functools import partial
from threading import RLock
from typing import Any, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from kaccess.sandbox.aws.access_entries import AccessEntries, Mapped
from kaccess.sandbox.aws.access_entry import AssociatedPolicy
from kaccess.sandbox.aws.account import ACCOUNT_HEADER, Account, Principal
from kaccess.sandbox.aws.authorization import Action, authorize
from kaccess.sandbox.aws.eks import Eks
from kaccess.sandbox.aws.eks_actions import actions_of as eks_actions
from kaccess.sandbox.aws.eks_updates import Updates
from kaccess.sandbox.aws.errors import AwsError, forbidden
from kaccess.sandbox.aws.iam import Iam
from kaccess.sandbox.aws.iam_actions import actions_of as iam_actions
from kaccess.sandbox.aws.messages import AwsRequest, Response
from kaccess.sandbox.aws.mfa import Mfa
from kaccess.sandbox.aws.sessions import Credentials, Sessions
from kaccess.sandbox.aws.signature import Signature, check_signature, read_signature
from kaccess.sandbox.aws.sts import Sts

_STS_HOST: Final = re.compile(r"sts(?:-fips)?\.(?P<region>[a-z0-9-]+)\.")
QUERY_SERVICES: Final = ("iam", "sts")


class Cloud:
    """The AWS of one account. Calls are answered one at a time, since moto is not made for threads.

    `now` is the clock of signatures and sessions (aware). `observe` sees every request before it is answered: it may
    count, wait, or raise an `AwsError` to let AWS fail. `answered` sees what has been done and succeeded, and gives the
    answer that is sent; it may raise an `AwsError`, or a `ConnectionError` to let no answer arrive at all.
    """

    def __init__(
        self,
        account: Account,
        now: Callable[[], datetime],
        observe: Callable[[AwsRequest], None] | None = None,
        answered: Callable[[AwsRequest, Response], Response] | None = None,
    ) -> None:
        self.account = account
        self.sessions = Sessions(account)
        self.mfa = Mfa(account)
        self.entries = AccessEntries(account, now)
        self.updates = Updates()
        self.now = now
        self._observe = observe
        self._answered = answered
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = RLock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request of a WSGI server."""
        request = AwsRequest.from_environ(environ)
        response = self._answer(request, environ)
        status = f"{response.status} {http.HTTPStatus(response.status).phrase}"
        headers = [("Content-Type", response.content_type), ("Content-Length", str(len(response.body)))]
        start_response(status, [*headers, *response.headers])
        return [response.body]

    def caller(self, request: AwsRequest) -> Principal:
        """Who signed `request`.

        Raises:
            AwsError: the signature or the session behind it is not valid.
        """
        with self._lock:
            return self._verified(request, read_signature(request)).principal

    def mapped(self, cluster: str, caller: Principal) -> Mapped | None:
        """Whom the cluster makes of a caller by its access entries; None if nobody."""
        with self._lock:
            return self.entries.mapped(cluster, caller)

    def mode(self, cluster: str) -> str | None:
        """The authenticationMode of a cluster; None if there is no such cluster."""
        return self.entries.modes.get(cluster)

    def is_hidden_admin(self, cluster: str, caller: Principal) -> bool:
        """Whether a caller made the cluster and no entry can show it, because its mode is CONFIG_MAP."""
        with self._lock:
            hidden = self.entries.modes.get(cluster) == "CONFIG_MAP"
            return hidden and self.entries.creators.get(cluster, "") == self.account.iam_arn(caller)

    def access_policies(self, cluster: str, principal_id: str) -> tuple[AssociatedPolicy, ...]:
        """The EKS access policies on the entry of the user or role with this id."""
        with self._lock:
            return self.entries.policies_of(cluster, principal_id)

    def _answer(self, request: AwsRequest, environ: dict[str, Any]) -> Response:
        service = ""
        try:
            if self._observe is not None:
                self._observe(request)
            signature = read_signature(request)
            service = signature.service
            with self._lock:
                response = self._dispatch(request, signature, environ)
            return response if self._answered is None else self._answered(request, response)
        except AwsError as error:
            if service in QUERY_SERVICES or "Action" in request.parameters:
                return error.as_query_json() if request.accepts_json else error.as_xml()
            return error.as_rest_json()

    def sign_in(self, role_name: str, session_name: str, duration: timedelta = timedelta(hours=1)) -> Credentials:
        """A session of a role as an identity provider gives it to whoever signed in there, such as Identity Center.

        Raises:
            AwsError: NoSuchEntity.
        """
        with self._lock:
            role = self.account.role(role_name)
            if role is None:
                raise AwsError("NoSuchEntity", f"The role with name {role_name} cannot be found.", 404)
            arn = self.account.arn("sts", f"assumed-role/{role.name}/{session_name}")
            principal = Principal(self.account.id, arn, role.name, role.id, session_name)
            return self.sessions.start(principal, duration, self.now())

    def _verified(self, request: AwsRequest, signature: Signature) -> Credentials:
        now = self.now()
        found = self.sessions.find(signature.access_key_id, signature.session_token, now)
        _check_scope(request, signature, self.account.regions)
        check_signature(request, signature, found.secret, now)
        return found

    def _dispatch(self, request: AwsRequest, signature: Signature, environ: dict[str, Any]) -> Response:
        caller, service = self._verified(request, signature), signature.service
        moto, now = partial(self._ask_moto, environ=environ), self.now()
        if service == "eks":
            eks = Eks(self.entries, self.updates, moto, self.account.iam_arn(caller.principal) or "")
            call = eks.call(request)
            call.check_region(signature.region, self.account.region)
            self._authorize(caller, eks_actions(self.entries, call), now)
            return eks.handle(call)
        if service not in QUERY_SERVICES or request.path != "/":
            raise forbidden("AccessDenied", f"The sandbox has no service {service!r} at {request.path}")
        if service == "sts":
            return Sts(self.sessions, self.mfa, now).handle(request, caller)
        if caller.is_session_of_a_user and not caller.with_mfa:
            # IAM takes no sessions of GetSessionToken that were begun without a code (STS API reference)
            raise forbidden("InvalidClientTokenId", "The security token included in the request is invalid")
        self._authorize(caller, iam_actions(request, self.account, caller.principal), now)
        return Iam(self.account, self.mfa, now, moto).handle(request)

    def _authorize(self, caller: Credentials, actions: Iterable[Action], now: datetime) -> None:
        for action in actions:
            authorize(self.account, caller, action, now)

    def _ask_moto(self, request: AwsRequest, environ: dict[str, Any]) -> Response:
        started: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            started.append((int(status.split(maxsplit=1)[0]), headers))

        body = b"".join(self._moto(request.to_environ(environ, **{ACCOUNT_HEADER: self.account.id}), start_response))
        status, headers = started[0]
        named = {name.lower(): value for name, value in headers}
        kept = tuple((name, named[name]) for name in ("x-amzn-errortype",) if name in named)
        return Response(status, body, named.get("content-type", "application/json"), kept)


def _check_scope(request: AwsRequest, signature: Signature, regions: Container[str]) -> None:
    """The region must exist. A host of STS takes only signatures for its own region; the global one is us-east-1's."""
    if signature.region not in regions:
        raise forbidden(
            "SignatureDoesNotMatch", f"Credential should be scoped to a valid region, not '{signature.region}'."
        )
    found = _STS_HOST.match(request.headers.get("host", ""))
    if found is None:
        return
    region = "us-east-1" if found["region"] == "amazonaws" else found["region"]
    if (signature.service, signature.region) != ("sts", region):
        raise forbidden("SignatureDoesNotMatch", f"Credential should be scoped to sts in {region}.")
