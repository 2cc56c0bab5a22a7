"""Many requests to one server: kept-alive connections, asked from several threads."""

from __future__ import annotations

import contextlib
import http.client
import json
import pathlib
import queue
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .process import REQUEST_TIMEOUT
from .servers import ControlPlane

THREADS = 4
IDLE_SECONDS = 2.0
"""Servers close what is idle for longer than some seconds."""
Asked = TypeVar("Asked")
Given = TypeVar("Given")


@dataclass(frozen=True)
class Answer:
    """`body` is parsed JSON where it is JSON, a list of it where it is one a line, and text otherwise."""

    status: int
    body: Any
    content_type: str
    warnings: tuple[str, ...]


class Client:
    """Speaks JSON to the server at an https URL; `headers` go with every request."""

    def __init__(self, url: str, ca_file: pathlib.Path, headers: Mapping[str, str]) -> None:
        self._host = urlsplit(url).netloc
        self._context = ssl.create_default_context(cafile=str(ca_file))
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        self._idle: queue.LifoQueue[tuple[float, http.client.HTTPSConnection]] = queue.LifoQueue()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        while not self._idle.empty():
            self._idle.get()[1].close()

    @classmethod
    def of(cls, plane: ControlPlane, url: str = "", ca_file: pathlib.Path | None = None) -> Client:
        """A client that asks as the plane's administrator; elsewhere than there if told so."""
        return cls(url or plane.url, ca_file or plane.ca_file, {"Authorization": f"Bearer {plane.admin_token}"})

    def request(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request; a body that is not bytes is sent as JSON."""
        payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with self._connection() as connection:
            connection.request(method, path, payload, self._headers | dict(headers or {}))
            response = connection.getresponse()
            text = response.read()
        headers = response.headers
        warnings = tuple(headers.get_all("Warning") or ())
        return Answer(response.status, _parsed(text), headers.get("Content-Type", ""), warnings)

    def expect(self, status: int, method: str, path: str, body: object = None) -> Any:
        """The body of the answer, whose status must be this one."""
        answer = self.request(method, path, body)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.body}, sent {body}"
        return answer.body

    @contextlib.contextmanager
    def _connection(self) -> Iterator[http.client.HTTPSConnection]:
        """An idle connection, or a new one; one on which something failed is not used again."""
        try:
            since, connection = self._idle.get_nowait()
            if time.monotonic() - since > IDLE_SECONDS:
                connection.close()  # the next request opens it again
        except queue.Empty:
            connection = http.client.HTTPSConnection(self._host, context=self._context, timeout=REQUEST_TIMEOUT)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.put((time.monotonic(), connection))


def at_once(ask: Callable[[Asked], Given], questions: Iterable[Asked]) -> list[Given]:
    """The answers in the order of the questions, which several threads ask."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(ask, questions))


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return text.decode(errors="replace")
