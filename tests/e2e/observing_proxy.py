"""What lets a test see, refuse or outlive each request to the real API server: a proxy in front of it.

The sandbox's own API server is observed from within. This one tells the same observer of each request before the real
server hears of it and when it has answered, and answers for it what the observer raises.
"""

import http.client
import http.server
import json
import ssl
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlsplit

from kaccess.sandbox.certificates import Authority
from kaccess.sandbox.kube.statuses import StatusError
from tests.controlplane.process import LOOPBACK
from tests.e2e.sts_proxy import server_tls
from tests.http_server import HttpServer

SECONDS = 30
OF_ONE_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive")


@dataclass(frozen=True)
class Seen:
    """One request as it arrives; of the sandbox's RequestRecord what tests look at."""

    method: str
    path: str


class ObservingProxy(HttpServer):
    """Stands before the API server at `url`; `observers` is the sandbox's, once it is there."""

    def __init__(self, folder, url, ca_file):
        super().__init__((LOOPBACK, 0), _Handler)
        authority = Authority(folder, "observer-ca", datetime.now(timezone.utc))
        self.ca_file = authority.ca_file
        self.url = f"https://{LOOPBACK}:{self.server_port}"
        self.upstream = urlsplit(url).netloc
        self.upstream_tls = ssl.create_default_context(cafile=str(ca_file))
        self.tls = server_tls(authority.issue("observer", (LOOPBACK,)))
        self.observers = None

    def get_request(self):
        # The handshake is left to the thread of the request, or one client that is slow would stop all others.
        connection, address = super().get_request()
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        """A client that was killed is no error here; one that waits for an answer fails its own test."""

    def observe(self, seen):
        if self.observers.kube is not None:
            self.observers.kube(seen)

    def observe_answer(self, seen):
        if self.observers.kube_answered is not None:
            self.observers.kube_answered(seen)


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection of a client, with one of its own to the real server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent apart, and the second would wait 40 ms for the first

    def setup(self):
        super().setup()
        server = self.server
        self.real = http.client.HTTPSConnection(server.upstream, context=server.upstream_tls, timeout=SECONDS)

    def finish(self):
        self.real.close()
        super().finish()

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = Seen(self.command, self.path.partition("?")[0])
        try:
            self.server.observe(seen)
            answer = self.ask(body)
            self.server.observe_answer(seen)
        except StatusError as error:
            self.send(error.code, {"Content-Type": "application/json"}, json.dumps(error.to_json()).encode())
        except ConnectionError:
            self.close_connection = True
        else:
            self.send(*answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the base class's names

    def ask(self, body):
        """Status, headers and body of the real server's answer."""
        self.real.request(self.command, self.path, body=body or None, headers=dict(self.headers))
        answer = self.real.getresponse()
        return answer.status, dict(answer.headers), answer.read()

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in OF_ONE_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Say nothing; what is of interest is told to the observer."""
