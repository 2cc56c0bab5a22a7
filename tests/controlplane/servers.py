"""A real control plane on loopback: etcd, kube-apiserver, kube-controller-manager and, when given, the authenticator.

It lives in one folder and on free ports, holds no pods and needs no rights. Nothing here decides whether a test may be
skipped: `binaries.Unavailable` says that a program cannot be had, `StartError` that one did not come up.
"""

from __future__ import annotations

import json
import pathlib
import secrets
import shutil
import tempfile
import types
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from kaccess.sandbox.certificates import Authority, key_pem, write_private

from . import binaries
from .authenticator import Authenticator
from .etcd import Etcd
from .process import LOOPBACK, Server, StartError, free_ports, request

__all__ = ["Authenticator", "ControlPlane", "StartError"]

ADMIN = "kaccess-test-admin"
SERVICE_RANGE = "10.96.0.0/24"
HOSTS = (LOOPBACK, "localhost", "kubernetes.default.svc")

# Without the first, the built-in view, edit and admin have no rules. The others are what a namespace needs in order to
# go away again, and to have the service account and the CA that pods and tokens refer to.
CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller",
)


class ControlPlane:
    """`with ControlPlane() as plane:` - a cluster of its own, gone at the end.

    Its folder holds all files and logs. One that it made itself is removed at the end, unless the start failed.
    """

    def __init__(
        self,
        folder: pathlib.Path | None = None,
        *,
        authenticator: Authenticator | None = None,
        webhook_cache_ttl: str = "1s",
        api_server_flags: Sequence[str] = (),
    ) -> None:
        self._own_folder = folder is None
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="kaccess-controlplane-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authenticator = authenticator
        self.admin_token = secrets.token_urlsafe(32)
        self._webhook_cache_ttl = webhook_cache_ttl
        self._api_server_flags = tuple(api_server_flags)
        self._etcd_port, self._port = free_ports(2)
        self.etcd = Etcd(self._etcd_port)
        self.url = f"https://{LOOPBACK}:{self._port}"
        self._authority = Authority(self.folder, "ca", datetime.now(timezone.utc))
        self.ca_file = self._authority.ca_file
        self.admin_kubeconfig = self.write_kubeconfig(self.folder / "admin.kubeconfig")
        self._servers: list[Server] = []

    def __enter__(self) -> ControlPlane:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of what runs, by the name of the program."""
        running = {server.name: server.pid for server in self._servers}
        if self.authenticator:
            running[binaries.AUTHENTICATOR] = self.authenticator.pid
        return {name: pid for name, pid in running.items() if pid is not None}

    def start(self) -> None:
        """Start all of it; returns when it answers and the built-in ClusterRoles have their rules."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End what was started, last first: a server whose upstream is gone first would only wait for it."""
        if self.authenticator:
            self.authenticator.stop()
        while self._servers:
            self._servers.pop().stop()

    def write_kubeconfig(self, path: pathlib.Path, token: str | None = None) -> pathlib.Path:
        """A kubeconfig with a plain bearer token, the administrator's unless told otherwise."""
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "real",
            "clusters": [{"name": "real", "cluster": {"server": self.url, "certificate-authority": str(self.ca_file)}}],
            "users": [{"name": "bearer", "user": {"token": token or self.admin_token}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": "bearer"}}],
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, indent=1))
        return path

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """One JSON request, as the administrator unless given another token; returns status and parsed body."""
        every = {"Authorization": f"Bearer {token or self.admin_token}", "Content-Type": "application/json"}
        payload = None if body is None else json.dumps(body).encode()
        status, text = request(
            self._port, path, ca_file=self.ca_file, method=method, body=payload, headers=every | dict(headers or {})
        )
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode(errors="replace")

    def _start(self) -> None:
        # Before anything runs: that the next program must first be built, or cannot be had, would come late after etcd.
        needed = [binaries.ETCD, binaries.API_SERVER, binaries.CONTROLLER_MANAGER]
        programs = {name: binaries.find(name).path for name in needed}
        etcd = self._launch(programs, binaries.ETCD, self._etcd_flags())
        etcd.wait_for(self._etcd_healthy, "a healthy answer")
        api_server = self._launch(programs, binaries.API_SERVER, self._apiserver_flags())
        api_server.wait_for(lambda: self.request("GET", "/readyz") == (200, "ok"), "a ready answer")
        controllers = self._launch(programs, binaries.CONTROLLER_MANAGER, self._controller_flags())
        controllers.wait_for(self._aggregated, "rules in the ClusterRoles view, edit and admin")
        if self.authenticator:
            self.authenticator.start(self.admin_kubeconfig)

    def _launch(self, programs: Mapping[str, pathlib.Path], name: str, flags: Sequence[str]) -> Server:
        # An empty environment but for HOME: no proxy, no AWS and no KUBECONFIG of the caller can reach the servers.
        server = Server(name, [str(programs[name]), *flags], self.folder, {"HOME": str(self.folder)})
        self._servers.append(server)
        server.start()
        return server

    def _etcd_healthy(self) -> bool:
        return request(self._etcd_port, "/health")[0] == 200

    def _aggregated(self) -> bool:
        """Whether view, edit and admin have their rules: each begins without, and takes in the one before it."""
        view, edit, admin = (self._rules(name) for name in ("view", "edit", "admin"))
        return bool(view) and all(rule in edit for rule in view) and all(rule in admin for rule in edit)

    def _rules(self, name: str) -> list[Any]:
        status, role = self.request("GET", f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}")
        return (role.get("rules") or []) if status == 200 else []

    def _etcd_flags(self) -> list[str]:
        client = f"http://{LOOPBACK}:{self._etcd_port}"
        return [
            "--data-dir=etcd",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            # A single member needs no peers: any port will do, and no one must know it.
            f"--listen-peer-urls=http://{LOOPBACK}:0",
            # The data is thrown away: waiting for the disk would only be waiting.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _apiserver_flags(self) -> list[str]:
        certificate = self._authority.issue("apiserver", HOSTS)
        # A bare key, to sign and check the tokens of service accounts with.
        signing_key = self.folder / "service-account.key"
        write_private(signing_key, key_pem(ec.generate_private_key(ec.SECP256R1())))
        tokens = self.folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self.admin_token},{ADMIN},{ADMIN},"system:masters"\n')
        return [
            f"--etcd-servers=http://{LOOPBACK}:{self._etcd_port}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={self._port}",
            # Loopback is refused as an endpoint of the service "kubernetes"; without one the server needs no network.
            f"--advertise-address={LOOPBACK}",
            "--endpoint-reconciler-type=none",
            f"--tls-cert-file={certificate.certificate}",
            f"--tls-private-key-file={certificate.key}",
            "--authorization-mode=RBAC",
            f"--token-auth-file={tokens}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={signing_key}",
            f"--service-account-signing-key-file={signing_key}",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            # All default admission plugins stay on, ServiceAccount among them: EKS has them, and with the controllers
            # above none of them stands in the way.
            *self._webhook_flags(),
            *self._api_server_flags,
        ]

    def _webhook_flags(self) -> list[str]:
        if self.authenticator is None:
            return []
        return [
            f"--authentication-token-webhook-config-file={self.authenticator.webhook_kubeconfig}",
            # The server holds a second cache over all token authenticators, 10 s for successes, that no flag changes:
            # a test of a revocation presents a new token or waits that long.
            f"--authentication-token-webhook-cache-ttl={self._webhook_cache_ttl}",
        ]

    def _controller_flags(self) -> list[str]:
        return [
            f"--kubeconfig={self.admin_kubeconfig}",
            f"--controllers={','.join(CONTROLLERS)}",
            "--leader-elect=false",
            # Nobody asks it anything, so it needs no port.
            "--secure-port=0",
            f"--root-ca-file={self.ca_file}",
            f"--service-account-private-key-file={self.folder / 'service-account.key'}",
            # The defaults (20 and 30) make the end of a namespace slow, which tests wait for.
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        ]
