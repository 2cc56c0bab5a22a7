"""Starting, finding and ending a sandbox that outlives the command that started it.

Loads none of the sandbox's own packages, which come with an extra: whoever lacks them is told how to get them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from kaccess.sandbox.address import (
    ADDRESS_FILE,
    CA_FILE,
    CONFIG_FILE,
    CREDENTIALS_FILE,
    DEFAULT_MODE,
    LOG_FILE,
    MFA_FILE,
    NOT_ON_WINDOWS,
    SandboxAddress,
    SandboxError,
)
from kaccess.sandbox.lock import LOCK_FILE, RunLock

PACKAGES: Final = ("moto", "flask", "cryptography", "starlette", "uvicorn")
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0

_FILES: Final = (
    ADDRESS_FILE,
    CA_FILE,
    "server.crt",
    "server.key",
    CREDENTIALS_FILE,
    CONFIG_FILE,
    MFA_FILE,
    LOG_FILE,
    LOCK_FILE,
)


def default_folder() -> Path:
    """`$XDG_STATE_HOME/kaccess/sandbox`, where that is `~/.local/state` unless set (XDG base directories)."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kaccess" / "sandbox"


def up(folder: Path, authentication_mode: str | None = None) -> SandboxAddress:
    """Start the sandbox of `folder` and return when it answers; one that runs already is left as it is.

    `authentication_mode` is that of its cluster, one of `AUTHENTICATION_MODES`; None: `API`, or whatever runs.

    Raises:
        SandboxError: its packages are missing, the system cannot run it, it did not come up, or one runs already that
            was started in another mode.
    """
    _check_possible()
    folder = folder.absolute()
    running = find(folder)
    if running is not None:
        return _in_mode(running, authentication_mode)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    problem = _start(folder, authentication_mode or DEFAULT_MODE)
    address = find(folder)  # another `up` may have been faster, whose sandbox is as good
    if address is None:
        raise SandboxError(f"the sandbox did not come up: {problem}; see {folder / LOG_FILE}")
    return _in_mode(address, authentication_mode)


def find(folder: Path) -> SandboxAddress | None:
    """The running sandbox of `folder`, waiting for one that is just starting; None if none runs."""
    deadline = time.monotonic() + START_SECONDS
    folder = folder.absolute()
    lock = RunLock(folder)
    while (pid := lock.holder()) is not None and time.monotonic() < deadline:
        address = SandboxAddress.load(folder)
        if address is not None and address.pid == pid:
            return address
        time.sleep(0.05)
    return None


def down(folder: Path) -> bool:
    """End the sandbox of `folder` and remove what it left; whether one was running.

    Raises:
        SandboxError: its process does not end.
    """
    lock = RunLock(folder)
    while (pid := lock.holder()) == 0:
        time.sleep(0.01)
    if pid is not None:
        _end(pid, lock)
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return pid is not None


def _in_mode(address: SandboxAddress, wanted: str | None) -> SandboxAddress:
    if wanted not in (None, address.authentication_mode):
        raise SandboxError(
            f"{address.folder}: a sandbox runs here that was started with {address.authentication_mode}; "
            "run `kaccess sandbox down` first"
        )
    return address


def _check_possible() -> None:
    if sys.platform == "win32":
        raise SandboxError(NOT_ON_WINDOWS)
    if any(find_spec(name) is None for name in PACKAGES):
        raise SandboxError('the sandbox needs more packages; install them with: pip install "kaccess[sandbox]"')


def _start(folder: Path, authentication_mode: str) -> str:
    """Start the process and wait until it answers or has failed; what it said last."""
    command = [sys.executable, "-m", "kaccess.sandbox.daemon", str(folder), authentication_mode]
    with (folder / LOG_FILE).open("ab") as log:
        try:
            subprocess.run(  # noqa: S603 (our own module)
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=START_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"it did not answer in {START_SECONDS:.0f} s"
    lines = (folder / LOG_FILE).read_text("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def _end(pid: int, lock: RunLock) -> None:
    if sys.platform == "win32":
        raise SandboxError(NOT_ON_WINDOWS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if lock.holder() != pid:
                return
            time.sleep(0.05)
    raise SandboxError(f"the sandbox's process {pid} does not end; end it by hand")
