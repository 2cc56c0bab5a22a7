"""Servers that are not what they should be: they answer nonsense, say nothing, or have somebody else's certificate."""

import ssl
import threading
from base64 import b64encode
from contextlib import contextmanager
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server

from kaccess.sandbox.certificates import Authority

CLOSED = "127.0.0.1:1"
"""A port where nobody listens."""


class _Nonsense(BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = answer  # noqa: N815 - the base class's names

    def log_message(self, *_):
        pass


@contextmanager
def answering(status, body, tls=None):
    """A server that gives everybody this answer; its `host:port`. `tls` are the certificates' files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nonsense)
    server.status, server.body = status, body
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silent():
    """A server that takes connections and never says a word: its socket, and its `host:port`."""
    with create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(30)
        yield server, f"127.0.0.1:{server.getsockname()[1]}"


def certificates(folder):
    """The files of an authority of its own and of its certificate for 127.0.0.1."""
    folder.mkdir()
    return Authority(folder, "ca", datetime.now(timezone.utc)).issue("server", ["127.0.0.1"])


def ca_data(tls):
    """The authority as EKS tells it."""
    return b64encode(tls.authority_pem).decode()
