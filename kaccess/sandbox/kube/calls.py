"""One API call on its way through the handlers: who asks for what, with which options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from starlette.datastructures import Headers

from kaccess.rbac.request import Request
from kaccess.sandbox.kube.authorize import Authority, UserInfo
from kaccess.sandbox.kube.routes import Route
from kaccess.sandbox.kube.statuses import Cause, StatusError, invalid
from kaccess.sandbox.kube.store import Store

_MANAGER_LENGTH: Final = 128
_VALIDATIONS: Final = ("", "Ignore", "Strict", "Warn")
_OPTIONS: Final = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}


@dataclass(frozen=True)
class Call:
    """An authenticated and authorized request. `at` is its time; `user` whom it acts as."""

    store: Store
    authority: Authority
    user: UserInfo
    route: Route
    query: Mapping[str, str]
    headers: Headers
    body: bytes
    at: datetime

    @property
    def request(self) -> Request:
        """What was authorized."""
        return self.route.request

    @property
    def namespace(self) -> str:
        """The namespace that objects of this call are stored under: a Namespace itself is in none."""
        return "" if self.request.resource == "namespaces" else self.request.namespace

    @property
    def dry_run(self) -> bool:
        """Whether all is done but the write.

        Raises:
            StatusError: 422, another value than `All`.
        """
        value = self.query.get("dryRun", "")
        if value not in {"", "All"}:
            raise self._bad_option(f'Unsupported value: ["{value}"]: supported values: "All"', "dryRun")
        return bool(value)

    @property
    def field_validation(self) -> str:
        """`Ignore`, `Warn` (default) or `Strict`.

        Raises:
            StatusError: 422, another value.
        """
        value = self.query.get("fieldValidation", "")
        if value not in _VALIDATIONS:
            supported = ", ".join(f'"{name}"' for name in _VALIDATIONS)
            raise self._bad_option(f'Unsupported value: "{value}": supported values: {supported}', "fieldValidation")
        return value or "Warn"

    @property
    def field_manager(self) -> str:
        """Who the written fields are noted for: the parameter, or the user agent's product name."""
        agent = self.headers.get("user-agent", "").split("/")[0]
        return (self.query.get("fieldManager") or agent or "unknown")[:_MANAGER_LENGTH]

    def _bad_option(self, message: str, field: str) -> StatusError:
        kind = _OPTIONS.get(self.request.verb, "DeleteOptions")
        return invalid("meta.k8s.io", kind, "", [Cause("FieldValueNotSupported", message, field)])

    def asking(self, verb: str) -> Request:
        """The same request with another verb."""
        return replace(self.request, verb=verb)
