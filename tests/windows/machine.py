"""A Windows machine for one run of the tests: a wine prefix with a Python in which kaccess is installed.

Programs get pipes: wine gives a Windows program no handle for /dev/null.
"""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.windows.parts import copy_of_kaccess, install

SECONDS = 60.0


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Machine:
    """`python` is the folder of its Python, `profile` that of its only user; both as Linux calls them."""

    environ: Mapping[str, str]
    python: Path
    profile: Path

    @property
    def interpreter(self) -> str:
        return windows_path(self.python / "python.exe")

    @property
    def script(self) -> str:
        """What pip installs as `kaccess`."""
        return windows_path(self.python / "Scripts" / "kaccess")

    @property
    def local(self) -> Path:
        """%LOCALAPPDATA%."""
        return self.profile / "AppData/Local"

    def start(self, environ: Mapping[str, str], *words: str, **streams: int) -> subprocess.Popen[str]:
        """Start a Windows program; the process that wine makes of it is the one that is returned."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            ["wine", *words],
            cwd=self.profile,
            env={**self.environ, **environ},
            encoding="utf-8",
            **{**pipes, **streams},
        )

    def run(self, environ: Mapping[str, str], *words: str, given: str = "") -> Done:
        return finish(self.start(environ, *words), given)

    def kaccess(self, environ: Mapping[str, str], *words: str, given: str = "") -> Done:
        """What a person types."""
        return self.run(environ, "cmd", "/c", f"{self.script}.cmd", *words, given=given)

    def plugin(self, environ: Mapping[str, str], *words: str) -> subprocess.Popen[str]:
        """What a kubeconfig runs."""
        return self.start(environ, self.interpreter, self.script, *words)

    def code(self, environ: Mapping[str, str], program: str, *words: str) -> subprocess.Popen[str]:
        """A program of Python's."""
        return self.start(environ, self.interpreter, "-c", program, *words)


def finish(process: subprocess.Popen[str], given: str = "") -> Done:
    out, err = process.communicate(given, timeout=SECONDS)
    assert "Traceback" not in err, err
    return Done(process.returncode, out, err)


def windows_path(path: Path | str) -> str:
    return "Z:" + str(path).replace("/", "\\")


@contextmanager
def windows(parts: Path, folder: Path) -> Iterator[Machine]:
    """A machine in `folder`, for as long as the context lasts."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "WINEPREFIX": str(folder / "prefix"),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",  # what wine would offer to download
    }
    (folder / "prefix").mkdir()
    with subprocess.Popen(["wineserver", "--foreground", "--persistent"], env=environ) as server:
        try:
            pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
            with subprocess.Popen(["wineboot", "--init"], env=environ, **pipes) as boot:
                assert boot.wait(SECONDS) == 0  # not for the end of its output, which its services share
            drive = folder / "prefix/drive_c"
            (drive / "windows/system32/bcryptprimitives.dll").write_bytes(_RANDOM)
            (profile,) = (user for user in (drive / "users").iterdir() if user.name != "Public")
            yield Machine(environ, _python(parts, folder), profile)
        finally:
            server.send_signal(signal.SIGINT)  # upon which it ends every program of the machine, and then itself
            server.wait()
    shutil.rmtree(folder / "prefix")


def _python(parts: Path, folder: Path) -> Path:
    """A Python of this machine's own, as its installer lays it out; what does not change stays in `parts`."""
    python, packages = folder / "python", folder / "python/lib/site-packages"
    packages.mkdir(parents=True)
    for program in (parts / "python").glob("*.*"):
        shutil.copy(program, python)
    for source, target in ((parts / "python/lib", python / "lib"), (parts / "packages", packages)):
        for entry in source.iterdir():
            if entry.name not in ("bin", "site-packages"):
                (target / entry.name).symlink_to(entry)
    install(packages, "--no-deps", str(copy_of_kaccess(folder / "source")))
    (packages / "bin").rename(python / "Scripts")
    shutil.copy(parts / "packages/bin/kubectl.exe", python / "Scripts")
    return python


def _forwarder(name: str, exported: str, to: str) -> bytes:
    """A Windows library whose one function is another library's (PE32+: one section, which holds the exports)."""
    section, size = 0x1000, 0x200
    table, texts = 40 + 4 + 4 + 2 + 2, bytearray()
    places = []
    for text in (name, exported, to):
        places.append(section + table + len(texts))
        texts += text.encode() + b"\0"
    head = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, places[0], 1, 1, 1, section + 40, section + 44, section + 48)
    exports = head + struct.pack("<IIHH", places[2], places[1], 0, 0) + texts
    sizes = struct.pack("<HBBIIIII", 0x20B, 14, 0, 0, size, 0, 0, section)
    image = struct.pack("<QIIHHHHHHIIIIHH", 0x680000000, 0x1000, size, 6, 0, 0, 0, 6, 0, 0, 0x2000, size, 0, 3, 0x100)
    stacks = struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional = sizes + image + stacks + struct.pack("<II", section, len(exports)) + bytes(8 * 15)
    start = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    start += struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, len(optional), 0x2022) + optional
    start += struct.pack("<8sIIIIIIHHI", b".rdata", len(exports), section, size, size, 0, 0, 0, 0, 0x40000040)
    return start.ljust(size, b"\0") + exports.ljust(size, b"\0")


_RANDOM = _forwarder("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036")
"""Where Go programs take random bytes; wine 8 has the function under its older name alone."""
