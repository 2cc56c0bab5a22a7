"""A TLS server that answers as a test scripts it and remembers what it was asked."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.http_server import HttpServer


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Answer:
    """`body` is JSON unless it is bytes; `status` 0 breaks the connection without a word."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, message: str, reason: str = "", **headers: str) -> Answer:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


BROKEN = Answer(0)


class StubServer:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Answer] = lambda _: Answer()
        self.endpoint = ""
        self.ca_data = ""
        self._lock = Lock()

    def script(self, *answers: Answer) -> None:
        """Give these answers in turn, and fail the test's call when it asks for more."""
        left = iter(answers)
        self.answer = lambda asked: next(left, refusal(418, f"not scripted: {asked.method} {asked.path}"))

    def take(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            return self.answer(asked)

    def calls(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]


@contextmanager
def serve(folder: Path | None) -> Iterator[StubServer]:
    """A running server: over TLS with a certificate made in `folder`, or without."""
    stub = StubServer()
    server = HttpServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    stub.endpoint = f"{'https' if folder else 'http'}://127.0.0.1:{server.server_port}"
    if folder:
        context, pem = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self_signed(folder)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        stub.ca_data = ca_data(pem)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def self_signed(folder: Path) -> Path:
    """A certificate as EKS's CAs are: no key identifiers, which strict checks of newer Pythons would refuse."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{certificate.serial_number}.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def ca_data(pem: Path) -> str:
    text = pem.read_text()
    return base64.b64encode(text[text.index("-----BEGIN CERTIFICATE") :].encode()).decode()


def _parsed(raw: bytes) -> Any:
    """JSON as it is, a form (AWS's Query protocol) as a dictionary."""
    if not raw:
        return None
    return json.loads(raw) if raw.startswith((b"{", b"[")) else dict(parse_qsl(raw.decode()))


def _handler(stub: StubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), dict(self.headers), _parsed(raw))
            answer = stub.take(asked)
            if not answer.status:
                self.close_connection = True
                return
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # the client may have given up
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler
