"""The two servers of a sandbox, each on a thread of its own: AWS over HTTP, the Kubernetes API over TLS.

Both listen on loopback alone, on ports that are free.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from kaccess.sandbox.address import SandboxError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

LOG: Final = logging.getLogger(__name__)
LOOPBACK: Final = "127.0.0.1"
START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 5.0
STOP_POLL_SECONDS: Final = 0.05


class AwsListener:
    """Serves a WSGI application over HTTP."""

    def __init__(self, application: WSGIApplication, port: int = 0) -> None:
        self._server: BaseWSGIServer = make_server(
            LOOPBACK, port, application, threaded=True, request_handler=_AwsRequestHandler
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_POLL_SECONDS,), name="sandbox-aws", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self._server.port}"

    def stop(self) -> None:
        """Stop accepting and close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(STOP_SECONDS)


class KubeListener:
    """Serves an ASGI application over TLS. The port is taken at once, requests are answered after `start`."""

    def __init__(self, port: int = 0) -> None:
        # Without the protocol's name asyncio does not turn off Nagle's delay, and each answer takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((LOOPBACK, port))
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://{LOOPBACK}:{self._socket.getsockname()[1]}"

    def start(self, application: Starlette, certificate: Path, key: Path) -> None:
        """Serve, and return when requests are answered.

        Raises:
            SandboxError: it did not come up.
        """
        config = uvicorn.Config(
            application,
            ssl_certfile=str(certificate),
            ssl_keyfile=str(key),
            log_config=None,
            access_log=False,
            ws="none",  # what upgrades a connection is answered with a Status, not by a websocket server
            lifespan="off",
            timeout_graceful_shutdown=0,
        )
        server = self._server = _KubeServer(config)
        thread = self._thread = threading.Thread(
            target=server.run, kwargs={"sockets": [self._socket]}, name="sandbox-kube", daemon=True
        )
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise SandboxError(f"the sandbox's Kubernetes API did not come up at {self.url}; see its log")
            time.sleep(0.01)

    def stop(self) -> None:
        """End open watches and close the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(STOP_SECONDS)
        self._socket.close()


class _KubeServer(uvicorn.Server):
    """Cuts whoever is still connected at its end: clients keep watches open, and TLS would wait for their goodbye."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        connections = list(self.server_state.connections)
        await super().shutdown(sockets)
        for connection in connections:
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)


class _AwsRequestHandler(WSGIRequestHandler):
    """Logs requests without their query, since that of a presigned URL is a secret."""

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:  # noqa: ARG002
        """End a connection on which an answer is kept back: no client should wait for it."""
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 (the base class's)
        path = getattr(self, "path", "")  # there is none if the request line makes no sense
        LOG.info("aws: %s %s: %s", self.command, path.partition("?")[0], code)

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (the base class's)
        LOG.log(logging.getLevelName(type.upper()), "aws: " + message, *args)
