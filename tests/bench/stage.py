"""Where programs are measured: a control plane of their own with nothing in it yet, and a policy to bring there."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.controlplane.servers import ControlPlane

from .company import Size, write_policy
from .measure import AuditLog, Run, measure

KUBECTL = Path(sys.executable).parent / "kubectl"
PATIENCE = 600.0
"""Seconds, unless told otherwise."""


class Stage:
    """Both programs with all they need: the policy, and the same as manifests."""

    def __init__(self, folder: Path, policy: Path, audit_log: AuditLog) -> None:
        self._folder = folder
        self._policy = policy
        self._audit_log = audit_log
        self._output = folder / "output.txt"
        self._manifests = folder / "manifests.json"
        # A home of their own for caches, and a place for kubectl's copies of what it compares.
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "KUBECONFIG": str(folder / "admin.kubeconfig"),
        }

    def kaccess(self, *arguments: str) -> Run:
        """A run of kaccess on the policy."""
        return self._python("kaccess_here", self._folder, "--policy", self._policy, *arguments)

    def kubectl(self, *arguments: str, patience: float = PATIENCE) -> Run:
        """A run of kubectl on the manifests that the policy comes to."""
        if not self._manifests.exists():
            self._python("render", self._policy, self._manifests)
        command = [str(KUBECTL), *arguments, "-f", str(self._manifests)]
        return measure("kubectl", command, self._env, self._audit_log, self._output, patience)

    def _python(self, module: str, *arguments: object) -> Run:
        command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
        return measure("kaccess", command, self._env, self._audit_log, self._output, PATIENCE)


@contextmanager
def stage(size: Size) -> Iterator[Stage]:
    """An empty cluster and a policy of this size."""
    with tempfile.TemporaryDirectory(prefix="kaccess-bench-") as name:
        folder = Path(name)
        policy, audit_log = write_policy(folder, size), AuditLog(folder)
        with ControlPlane(folder, api_server_flags=audit_log.flags):
            yield Stage(folder, policy, audit_log)
