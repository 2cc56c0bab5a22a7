"""A kaccess process on a terminal of its own, as a person has it; or in the background, as a program has it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
IN_FRONT = "fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
BEHIND = f"{IN_FRONT}; os.fork() and os._exit(os.waitstatus_to_exitcode(os.wait()[1])); os.setpgid(0, 0)"
"""A job of its own process group, started from the terminal with `&`."""

_PROGRAM = "import fcntl, os, sys, termios; {}; from kaccess.__main__ import main; sys.exit(main())"


class Terminal:
    """A terminal; `seen` is what a person saw on it."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        self.seen = ""

    def start(self, environ: Mapping[str, str], *words: str, place: str = IN_FRONT) -> subprocess.Popen[bytes]:
        """Start kaccess on this terminal, with stdout and stderr apart from it, as kubectl does with a plugin's."""
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(place), *words],
            env={**environ, "PYTHONPATH": str(ROOT)},
            cwd="/",
            stdin=self._slave,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def wait_for(self, text: str) -> None:
        """Wait until `text` is seen."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was not seen but {self.seen!r}")
            self.look()

    def look(self) -> str:
        """See what there is to see."""
        while select.select([self._master], [], [], 0.05)[0]:
            self.seen += os.read(self._master, 65_536).decode()
        return self.seen

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._master, f"{line}\n".encode())

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)


def run(environ: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run kaccess where there is no terminal, to its end."""
    command = [sys.executable, "-m", "kaccess", *words]
    environ = {**environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command,
        env=environ,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=PATIENCE,
    )
