"""A Secret Service of its own: gnome-keyring-daemon on a private D-Bus, in a folder, for as long as a context lasts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("dbus-daemon", "dbus-send", "gnome-keyring-daemon")
_HAS_OWNER = ("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus")
_NAME_HAS_OWNER = ("org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets")


@contextmanager
def secret_service(folder: Path) -> Iterator[Mapping[str, str]]:
    """The variables by which programs find the service, whose login keyring is open; its files are in `folder`."""
    folder.mkdir(mode=0o700)
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    bus = ("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1", f"--address=unix:dir={folder}")
    daemon = ("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
    with _running(bus, environ, stdout=subprocess.PIPE) as dbus:
        assert dbus.stdout is not None
        environ["DBUS_SESSION_BUS_ADDRESS"] = dbus.stdout.readline().decode().strip()
        with _running(daemon, environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as keyring:
            assert keyring.stdin is not None
            keyring.stdin.write(b"a password")
            keyring.stdin.close()
            _wait(environ)
            yield {"DBUS_SESSION_BUS_ADDRESS": environ["DBUS_SESSION_BUS_ADDRESS"]}


@contextmanager
def _running(command: tuple[str, ...], environ: Mapping[str, str], **streams: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL, **streams) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(10)


def _wait(environ: Mapping[str, str]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = subprocess.run((*_HAS_OWNER, *_NAME_HAS_OWNER), env=environ, capture_output=True, check=False)
        if b"boolean true" in found.stdout:
            return
        time.sleep(0.05)
    raise AssertionError("gnome-keyring-daemon did not come up")
