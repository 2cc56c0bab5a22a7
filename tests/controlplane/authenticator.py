"""The aws-iam-authenticator server: who a `k8s-aws-v1.` token is, asked by the API server over a TokenReview webhook.

The API server needs the webhook's address before it starts, and the authenticator may need the API server for
aws-auth. So all files are made at construction, from ports and a certificate chosen here, and the process is started
last. `aws-iam-authenticator init` would make the same files, but only of a name and a folder of its own choosing.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
import time
from collections.abc import Sequence
from datetime import datetime, timezone

from kaccess.sandbox.certificates import Authority

from . import binaries
from .process import LOOPBACK, Server, StartError, free_ports, request

DYNAMIC_FILE = "DynamicFile"
EKS_CONFIG_MAP = "EKSConfigMap"
MOUNTED_FILE = "MountedFile"

LOAD_ATTEMPTS = 8
LOAD_WAIT = 1.5
# On SIGTERM it closes its watches and goes on serving; it has nothing to lose by being killed.
STOP_TIMEOUT = 0.2
# The port of discard: a connection to it is refused at once.
NOWHERE = f"http://{LOOPBACK}:9"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One identity entry in the authenticator's terms; `user_id` is the AIDA... or AROA... of the principal."""

    arn: str
    username: str
    groups: tuple[str, ...]
    user_id: str = ""

    @property
    def is_role(self) -> bool:
        return ":role/" in self.arn


class Authenticator:
    """An authenticator for one cluster id. `ControlPlane(authenticator=...)` starts and stops it."""

    def __init__(
        self,
        folder: pathlib.Path,
        cluster_id: str,
        *,
        backends: Sequence[str] = (DYNAMIC_FILE, EKS_CONFIG_MAP),
        mounted: Sequence[Entry] = (),
        strict_user_id: bool = True,
        proxy: str = NOWHERE,
        trusted_ca: pathlib.Path | None = None,
        partition: str = "aws",
    ) -> None:
        """`proxy` is where calls to STS go, `trusted_ca` what they trust; by default they reach nothing at all.

        With `strict_user_id` the entries of the dynamic file are found by `user_id`, as EKS finds access entries, so
        that a principal made anew under an old name is a stranger; without it they are found by ARN.
        """
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._cluster_id = cluster_id
        self._backends = tuple(backends)
        self._mounted = tuple(mounted)
        self._strict_user_id = strict_user_id
        self._partition = partition
        self._environment = _environment(folder, proxy, trusted_ca)
        (self.port,) = free_ports(1)
        authority = Authority(folder, "webhook-ca", datetime.now(timezone.utc))
        self._ca_file = authority.ca_file
        self._pair = authority.issue("webhook", (LOOPBACK, "localhost"))
        self.webhook_kubeconfig = self._write_webhook_kubeconfig()
        self.dynamic_file = folder / "entries.json"
        self._version = 0
        self._server: Server | None = None
        self._kubeconfig: pathlib.Path | None = None
        self.write_entries(())

    @property
    def pid(self) -> int | None:
        return self._server.pid if self._server else None

    def start(self, kubeconfig: pathlib.Path | None) -> None:
        """Start it. The kubeconfig of the API server is needed for the EKSConfigMap backend alone."""
        self._kubeconfig = kubeconfig
        self._server = Server(binaries.AUTHENTICATOR, self._command(), self.folder, self._environment, STOP_TIMEOUT)
        self._server.start()
        try:
            self._server.wait_for(self._healthy, "a healthy answer")
            self._publish()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._server:
            self._server.stop()

    def restart(self, backends: Sequence[str]) -> None:
        """Start anew with other backends, as when a cluster changes its authenticationMode."""
        self.stop()
        self._backends = tuple(backends)
        self.start(self._kubeconfig)

    def write_entries(self, entries: Sequence[Entry]) -> None:
        """Replace the entries of the dynamic file; returns when a running server has loaded them."""
        self._entries = tuple(entries)
        self._write_dynamic_file()
        self._publish()

    def _publish(self) -> None:
        """Have a running server load the entries.

        What is written between its first read of the file and its watch goes unseen, so one write is not enough.
        """
        server = self._server
        if DYNAMIC_FILE not in self._backends or server is None or not server.running:
            return
        seen = server.log.stat().st_size
        for _ in range(LOAD_ATTEMPTS):
            self._write_dynamic_file()
            if server.poll(functools.partial(self._loaded, server.log, seen), LOAD_WAIT):
                return
        raise StartError(f"{server.name} does not load {self.dynamic_file}, see {server.log}")

    def _loaded(self, log: pathlib.Path, seen: int) -> bool:
        return f"Type=dynamic_file Version={self._version}\n" in _read_from(log, seen)

    def _write_dynamic_file(self) -> None:
        self._version += 1
        content = {
            "Version": str(self._version),
            # The server measures its delay against this, and tells the version it loaded only if it can.
            "LastUpdatedDateTime": str(int(time.time())),
            "ClusterId": self._cluster_id,
            **_mappings(self._entries),
        }
        # In place, unlike any file that matters: the server loses sight of a renamed file for a second.
        self.dynamic_file.write_text(json.dumps(content))

    def _healthy(self) -> bool:
        return request(self.port, "/healthz", ca_file=self._ca_file) == (200, b"ok")

    def _command(self) -> list[str]:
        config = self.folder / "config.json"
        config.write_text(json.dumps(self._config(), indent=1))
        command = [str(binaries.find(binaries.AUTHENTICATOR).path), "server", f"--config={config}"]
        return command if self._kubeconfig is None else [*command, f"--kubeconfig={self._kubeconfig}"]

    def _config(self) -> dict[str, object]:
        server: dict[str, object] = {
            "address": LOOPBACK,
            "port": self.port,
            "partition": self._partition,
            "backendMode": list(self._backends),
            "stateDir": str(self.folder),
            "generateKubeconfig": str(self.webhook_kubeconfig),
            "kubeconfigPregenerated": True,
            **_mappings(self._mounted),
        }
        # The server refuses to start with one of these and not the other.
        if DYNAMIC_FILE in self._backends:
            server |= {"dynamicfilepath": str(self.dynamic_file), "dynamicfileUserIDStrict": self._strict_user_id}
        return {"clusterID": self._cluster_id, "server": server}

    def _write_webhook_kubeconfig(self) -> pathlib.Path:
        # Its state folder holds a key pair under these names; it uses one that is there already.
        self._pair.certificate.rename(self.folder / "cert.pem")
        self._pair.key.rename(self.folder / "key.pem")
        address = f"https://{LOOPBACK}:{self.port}/authenticate"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "webhook",
            "clusters": [
                {"name": "webhook", "cluster": {"server": address, "certificate-authority": str(self._ca_file)}}
            ],
            "users": [{"name": "apiserver", "user": {}}],
            "contexts": [{"name": "webhook", "context": {"cluster": "webhook", "user": "apiserver"}}],
        }
        path = self.folder / "webhook.kubeconfig"
        path.write_text(json.dumps(content, indent=1))
        return path


def _environment(folder: pathlib.Path, proxy: str, trusted_ca: pathlib.Path | None) -> dict[str, str]:
    """All it may know: no credentials, no metadata service, and one way out. Loopback is never proxied."""
    environment = {"HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true", "HTTPS_PROXY": proxy}
    if trusted_ca:
        environment["SSL_CERT_FILE"] = str(trusted_ca)
    return environment


def _mappings(entries: Sequence[Entry]) -> dict[str, list[dict[str, object]]]:
    mappings: dict[str, list[dict[str, object]]] = {"mapRoles": [], "mapUsers": []}
    for entry in entries:
        section, key = ("mapRoles", "rolearn") if entry.is_role else ("mapUsers", "userarn")
        names: dict[str, object] = {key: entry.arn, "userid": entry.user_id, "username": entry.username}
        mappings[section].append(names | {"groups": list(entry.groups)})
    return mappings


def _read_from(path: pathlib.Path, offset: int) -> str:
    with path.open("rb") as handle:
        handle.seek(offset)
        return handle.read().decode(errors="replace")
