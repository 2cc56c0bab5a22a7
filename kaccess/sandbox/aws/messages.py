"""One request to AWS and one answer, free of the server that carries them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

REQUEST_ID: Final = "00000000-0000-4000-8000-000000000000"
"""The sandbox traces nothing, so every answer carries the same request id."""

_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class AwsRequest:
    """A request as it was sent: `path` and `query` are still percent-encoded, header names are lower-case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def from_environ(cls, environ: Mapping[str, Any]) -> AwsRequest:
        """Read a WSGI environment whose server keeps the request line in RAW_URI."""
        path, _, query = str(environ["RAW_URI"]).partition("?")
        length = str(environ.get("CONTENT_LENGTH") or "0")
        body = environ["wsgi.input"].read(int(length)) if length.isdecimal() else b""
        return cls(environ["REQUEST_METHOD"], path, query, _headers(environ), body)

    def to_environ(self, environ: Mapping[str, Any], **extra: str) -> dict[str, Any]:
        """The WSGI environment to hand on, with the body readable again."""
        return {**environ, "wsgi.input": io.BytesIO(self.body), "CONTENT_LENGTH": str(len(self.body)), **extra}

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The parameters of a query-protocol call (IAM, STS): from the form body, else from the query string."""
        form = self.headers.get("content-type", "").startswith(_FORM)
        text = self.body.decode(errors="replace") if form else self.query
        return dict(parse_qsl(text, keep_blank_values=True))

    @cached_property
    def query_parameters(self) -> dict[str, str]:
        """The parameters of the query string."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def query_values(self, name: str) -> tuple[str, ...]:
        """All values of one parameter of the query string."""
        return tuple(value for key, value in parse_qsl(self.query, keep_blank_values=True) if key == name)

    @property
    def accepts_json(self) -> bool:
        """Whether the client asked for JSON where the service's own format is XML."""
        return self.headers.get("accept", "").startswith("application/json")


@dataclass(frozen=True)
class Response:
    """An answer; `body` is complete."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> Response:
        """An answer that is one JSON value."""
        return cls(status, json.dumps(value).encode(), "application/json")

    def with_body(self, body: bytes) -> Response:
        """The same answer with another body."""
        return replace(self, body=body)

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return self.status // 100 == 2  # noqa: PLR2004

    def json(self) -> dict[str, Any]:
        """The body read as a JSON object."""
        value: dict[str, Any] = json.loads(self.body)
        return value


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    named: Iterable[tuple[str, Any]] = ((key, environ[key]) for key in environ if key.startswith("HTTP_"))
    headers = {key.removeprefix("HTTP_").replace("_", "-").lower(): str(value) for key, value in named}
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = str(environ[key])
    return headers
