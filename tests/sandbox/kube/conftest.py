"""A running API server: the application over real TLS on loopback, with tokens that are user names."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kaccess.rbac.authorizer import SYSTEM_MASTERS
from kaccess.sandbox.kube.app import Observer, RequestRecord, create_app
from kaccess.sandbox.kube.authorize import Access, UserInfo
from kaccess.sandbox.kube.seed import seed
from kaccess.sandbox.kube.store import Store

ADMIN = "admin"
USERS = {
    ADMIN: (SYSTEM_MASTERS,),
    "ana": ("kaccess:developers",),
    "ben": (),
    "gil": ("granters",),
}


def now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def authenticate(token: str) -> UserInfo | None:
    return UserInfo(token, f"uid-{token}", USERS[token], {"arn": (f"arn:{token}",)}) if token in USERS else None


@dataclass
class Answer:
    code: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return self.json["message"]


@dataclass
class Server:
    url: str
    ca_file: Path
    store: Store
    home: Path
    records: list[RequestRecord] = field(default_factory=list)

    def open(self, method: str, path: str, body: Any = None, *, as_: str | None = ADMIN, **headers: str) -> Any:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if as_ is not None:
            request.add_header("Authorization", f"Bearer {as_}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        context = ssl.create_default_context(cafile=str(self.ca_file))
        return urllib.request.urlopen(request, context=context, timeout=20)

    def ask(self, method: str, path: str, body: Any = None, *, as_: str | None = ADMIN, **headers: str) -> Answer:
        try:
            with self.open(method, path, body, as_=as_, **headers) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def make(self, path: str, body: Any, **options: Any) -> Any:
        answer = self.ask("POST", path, body, **options)
        assert answer.code == 201, answer.body
        return answer.json

    def kubectl(
        self, *args: str, as_: str = ADMIN, stdin: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        config = self.home / f"{as_}.json"
        if not config.exists():
            config.write_text(json.dumps(_kubeconfig(self, as_)))
        env = {"HOME": str(self.home), "KUBECONFIG": str(config), "PATH": os.defpath}
        done = subprocess.run(
            [_kubectl(), *args], env=env, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


def _kubectl() -> str:
    beside = Path(sys.executable).parent / "kubectl"
    found = str(beside) if beside.exists() else shutil.which("kubectl")
    if found is None:
        pytest.skip("no kubectl")
    return found


def _kubeconfig(server: Server, token: str) -> dict[str, Any]:
    ca = base64.b64encode(server.ca_file.read_bytes()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server.url, "certificate-authority-data": ca}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - dt.timedelta(hours=1))
        .not_valid_after(now() + dt.timedelta(hours=1))
        .add_extension(addresses, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    return cert_file, key_file


@dataclass
class Listener:
    """One TLS server for all tests; each test puts an application of its own behind it."""

    url: str = ""
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def listener(certificate: tuple[Path, Path]) -> Iterator[Listener]:
    listener = Listener()
    cert_file, key_file = map(str, certificate)
    config = uvicorn.Config(
        listener,
        "127.0.0.1",
        0,
        ssl_certfile=cert_file,
        ssl_keyfile=key_file,
        ws="none",
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    listener.url = f"https://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield listener
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def start(listener: Listener, certificate: tuple[Path, Path], tmp_path: Path) -> Callable[..., Server]:
    """Put a fresh API server behind the listener."""

    def run(*, access: Access | None = None, on_request: Observer | None = None, history: int = 4096) -> Server:
        store = Store(history)
        seed(store, now())
        records: list[RequestRecord] = []

        def observe(record: RequestRecord) -> Any:
            records.append(record)
            return on_request(record) if on_request else None

        listener.app = create_app(store, authenticate, access=access, on_request=observe, now=now)
        return Server(listener.url, certificate[0], store, tmp_path, records)

    return run


@pytest.fixture
def api(start: Callable[..., Server]) -> Server:
    return start()
