"""One server process: started with its log in a file, waited for, and ended by its own process id."""

from __future__ import annotations

import contextlib
import http.client
import pathlib
import random
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

POLL = 0.05
START_TIMEOUT = 90.0
STOP_TIMEOUT = 15.0
REQUEST_TIMEOUT = 30.0
LOG_TAIL_LINES = 15
LOOPBACK = "127.0.0.1"


class StartError(Exception):
    """A server did not come up; the message ends with the tail of its log."""


class Server:
    """A child process. It stays in its parent's process group, so that Ctrl-C on a test run ends it as well."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: pathlib.Path,
        env: Mapping[str, str],
        stop_timeout: float = STOP_TIMEOUT,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = list(command)
        self._folder = folder
        self._env = dict(env)
        self._stop_timeout = stop_timeout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        if self.running:
            raise StartError(f"{self.name} is running already")
        with self.log.open("ab") as log:
            # Its own folder is the working folder: whatever it writes by a relative path goes away with the rest.
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def wait_for(self, check: Callable[[], bool], what: str, timeout: float = START_TIMEOUT) -> None:
        """Return when the check holds; raise when the process ends first or the time is up."""
        if self.poll(check, timeout):
            return
        if not self.running:
            code = self._process.returncode if self._process else None
            raise StartError(f"{self.name} ended with exit code {code} before {what}{self._tail()}")
        raise StartError(f"{self.name}: no {what} within {timeout:.0f} s{self._tail()}")

    def poll(self, check: Callable[[], bool], timeout: float) -> bool:
        """Whether the check came to hold in time; one that cannot connect yet does not hold."""
        deadline = time.monotonic() + timeout
        while self.running and time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if check():
                    return True
            time.sleep(POLL)
        return False

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for one that does not listen. Harmless when it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(self._stop_timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "".join(f"\n  {line}" for line in (f"the end of {self.log}:", *lines))


def free_ports(count: int) -> list[int]:
    """Ports that are free, below those that Linux gives to outgoing connections, which would take them meanwhile.

    They are held together until all are found, so that no two are the same.
    """
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            port = random.SystemRandom().randrange(12_000, 32_000)
            with contextlib.suppress(OSError):
                stack.enter_context(socket.socket()).bind((LOOPBACK, port))
                found.append(port)
    return found


def request(
    port: int,
    path: str,
    *,
    ca_file: pathlib.Path | None = None,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """One request to a server on loopback, by TLS if there is a CA to trust. No proxy variable can lead it astray."""
    if ca_file is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=REQUEST_TIMEOUT)
    else:
        context = ssl.create_default_context(cafile=str(ca_file))
        connection = http.client.HTTPSConnection(LOOPBACK, port, context=context, timeout=REQUEST_TIMEOUT)
    with contextlib.closing(connection):
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()
