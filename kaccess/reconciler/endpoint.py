"""The HTTP endpoint of a reconciler: /healthz, /readyz and /metrics, and nothing that changes anything."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import Final, NamedTuple

from kaccess.model.errors import Usage
from kaccess.reconciler.health import Answer, Health
from kaccess.reconciler.metrics import Metrics

_IDLE_SECONDS: Final = 10
"""After which a client that says nothing is left."""


class Page(NamedTuple):
    """What a path is answered with."""

    status: int
    content_type: str
    body: bytes


@contextmanager
def serving(host: str, port: int, health: Health, metrics: Metrics) -> Iterator[tuple[str, int]]:
    """Answer on this address for as long as the context lasts; gives the address, whose port is free if 0 was asked.

    Raises:
        Usage: the address cannot be listened on.
    """
    pages = {
        "/healthz": lambda: _probe(health.alive()),
        "/readyz": lambda: _probe(health.ready()),
        "/metrics": lambda: Page(200, metrics.content_type, metrics.text()),
    }
    try:
        server = _Server((host, port), _handler(pages))
    except OSError as error:
        raise Usage(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --listen") from error
    thread = Thread(target=server.serve_forever, name="endpoint", daemon=True, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield host, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        # All addresses are both families': in an IPv6 cluster the probes come over IPv6.
        if ":" in address[0] or (not address[0] and socket.has_dualstack_ipv6()):
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind without looking up a name for the address, which HTTPServer does and may take long."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


def _probe(answer: Answer) -> Page:
    return Page(200 if answer.well else 503, "application/json", json.dumps(answer.details).encode() + b"\n")


def _handler(pages: Mapping[str, Callable[[], Page]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, content_type, body = page() if page else Page(404, "text/plain", b"no such page\n")
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probes come every few seconds; they are not worth a line each."""

    return Handler
