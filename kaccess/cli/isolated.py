"""A shell with a kubeconfig of its own: what happens in it cannot reach a cluster that another window works on."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from kaccess.files import PATH_ALONE
from kaccess.model.errors import KaccessError

HINT: Final = "KACCESS_ISOLATED"
"""Set in the shell to the clusters it is for; a prompt may show it."""

_SIGNALLED: Final = 128

_Handler = Callable[[int, FrameType | None], None]


def run_shell(kubeconfig: str, clusters: str, say: Callable[[str], None]) -> int:
    """Run the person's shell with this text as its kubeconfig, and remove the file when the shell ends.

    Returns the exit code of the shell, as shells count it.

    Raises:
        KaccessError: there is no such shell, or nowhere to put the file.
    """
    shell = _shell()
    try:
        with tempfile.TemporaryDirectory(prefix="kaccess-", dir=_private_folder()) as folder, _shell_has_the_signals():
            path = Path(folder, "kubeconfig")
            path.touch(mode=0o600)
            path.write_text(kubeconfig, "utf-8")
            say(f"a shell for {clusters} alone; leave it with `exit`. A prompt may show ${HINT}")
            environ = dict(each for each in os.environ.items() if each != PATH_ALONE)
            environ |= {"KUBECONFIG": str(path), HINT: clusters}
            code = subprocess.run(shell, env=environ, check=False).returncode  # noqa: S603 - theirs
    except OSError as error:
        raise KaccessError(f"{error.filename or shell[0]}: {error.strerror}; set SHELL to the shell to start") from None
    return code if code >= 0 else _SIGNALLED - code


def _shell() -> list[str]:
    """The person's shell; elsewhere than on Windows, where a path may have spaces, arguments may follow it."""
    if sys.platform == "win32":
        return [os.environ.get("SHELL") or os.environ.get("COMSPEC") or "cmd.exe"]
    return shlex.split(os.environ.get("SHELL") or "/bin/sh")


def _private_folder() -> str | None:
    """The session's own memory, if there is one; None: where temporary files go."""
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return folder if folder.startswith("/") and os.access(folder, os.W_OK) else None


@contextmanager
def _shell_has_the_signals() -> Iterator[None]:
    """Ctrl-C is for what runs in the shell; a terminal that is closed ends both, and the file goes too.

    On Windows the file stays when the console is closed. It names clusters and holds no credentials.
    """
    handlers: dict[int, _Handler] = {signal.SIGINT: _wait, signal.SIGTERM: _leave}
    if sys.platform != "win32":
        handlers |= {signal.SIGQUIT: _wait, signal.SIGHUP: _leave}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(number: int, frame: FrameType | None) -> None:
    """Go on waiting. Unlike an ignored signal, one with a handler is as it was in what is started."""


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's shape
    raise SystemExit(_SIGNALLED + number)
