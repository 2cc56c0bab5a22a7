"""A Windows console: what a person sees and types at a program in wine."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping

from tests.windows.machine import SECONDS, Machine

_ESCAPE = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]")


class Console:
    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        self._raw = ""
        self._started: subprocess.Popen[str] | None = None

    def start(self, machine: Machine, environ: Mapping[str, str], *words: str) -> subprocess.Popen[str]:
        """Start kaccess on this console."""
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), self._slave)
        self._started = machine.start(environ, machine.interpreter, machine.script, *words, **streams)
        return self._started

    @property
    def seen(self) -> str:
        """The text that was seen. wine draws a space by going one place to the right."""
        return _ESCAPE.sub("", self._raw.replace("\x1b[1C", " "))

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text not in self.seen:
            assert time.monotonic() < deadline, f"{text!r} was not seen but {self.seen!r}"
            self.look()

    def look(self) -> None:
        while select.select([self._master], [], [], 0.05)[0]:
            self._raw += os.read(self._master, 65_536).decode()

    def wait(self, process: subprocess.Popen[str]) -> int:
        """The exit code of the process, whose output is taken in as it comes."""
        deadline = time.monotonic() + SECONDS
        while process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end; {self.seen!r}"
            self.look()
        self.look()
        return process.returncode

    def type(self, line: str) -> None:
        time.sleep(1)  # as people do; what comes before a program reads keys, wine hands over as a line
        os.write(self._master, f"{line}\r".encode())

    def close(self) -> None:
        if self._started is not None:
            self._started.kill()
            self._started.wait()
        os.close(self._master)
        os.close(self._slave)
