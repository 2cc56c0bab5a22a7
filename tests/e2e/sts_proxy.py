"""The way out for the real authenticator: a proxy on loopback behind which every STS is the sandbox's own."""

import http.client
import http.server
import ssl
import threading
from contextlib import contextmanager
from datetime import datetime, timezone
from urllib.parse import urlsplit

from kaccess.sandbox.certificates import Authority
from tests.controlplane.process import LOOPBACK
from tests.http_server import HttpServer

HOSTS = ("sts.eu-south-1.amazonaws.com", "sts.us-east-1.amazonaws.com", "sts.amazonaws.com")
SECONDS = 10


class StsProxy(HttpServer):
    """Ends the TLS of every tunnel itself and hands the request on as it is, its Host with it, to `aws_url`.

    The host that a tunnel is asked for is never connected to. `before` is called before each request is handed on.
    """

    def __init__(self, folder):
        super().__init__((LOOPBACK, 0), _Tunnel)
        authority = Authority(folder, "sts-ca", datetime.now(timezone.utc))
        self.ca_file = authority.ca_file
        self.url = f"http://{LOOPBACK}:{self.server_port}"
        self.tls = server_tls(authority.issue("sts", HOSTS))
        self.aws_url = None
        self.before = None


class _Tunnel(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        with self.server.tls.wrap_socket(self.connection, server_side=True) as inner, inner.makefile("rb") as lines:
            method, target, _ = lines.readline().decode().split()
            headers = http.client.parse_headers(lines)
            self.server.before()
            inner.sendall(ask(self.server.aws_url, method, target, headers))
        self.close_connection = True

    def log_message(self, *words):
        """Say nothing: the query of a presigned request is a secret."""


def ask(url, method, target, headers):
    """The whole answer to a request without a body, as bytes to send on."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
    head += f"Content-Type: {answer.headers['Content-Type']}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    return head.encode() + b"\r\n" + body


def server_tls(pair):
    """The TLS of a server with this key pair."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


@contextmanager
def serving(server):
    """Let a server answer, on a thread, for as long as the context lasts."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
