"""The folder of the token cache: made, written to, locked and tidied. Needed on a miss only."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kaccess.credentials.cache import distrust

PATIENCE: Final = 120.0
"""Seconds to wait for another call that is minting the same token; it may be asking a person something."""

_POLL: Final = 0.02
_DAY: Final = 86_400
_SUFFIXES: Final = (".token", ".lock", ".partial", ".notice")


def replace(file: str, content: str) -> None:
    """Write `content` to `file` in one step, readable by its owner alone.

    Raises:
        OSError: it could not be done, or the folder is not this user's alone.
    """
    path = Path(file)
    _prepare(path.parent)
    partial = path.with_name(f"{path.stem}.{os.getpid()}.partial")
    try:
        _write_private(partial, content.encode("ascii"))
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


@contextmanager
def hold(file: str) -> Iterator[bool]:
    """Hold the lock beside `file`, so that of several calls at once only one mints a token.

    It only saves work: if it cannot be had within `PATIENCE`, or there is nowhere to put it, go on without it. Yields
    whether nobody else is known to hold it.
    """
    handle = _open_lock(Path(file).with_suffix(".lock"))
    try:
        yield handle is None or _lock(handle)
    finally:
        if handle is not None:
            os.close(handle)


def clear(directory: str) -> int:
    """Remove what the cache keeps in `directory`, if that is this user's; returns how many tokens there were."""
    try:
        if distrust(os.lstat(directory)):
            return 0
    except OSError:
        return 0
    removed = [path for path in Path(directory).iterdir() if path.suffix in _SUFFIXES and _unlink(path)]
    return sum(path.suffix == ".token" for path in removed)


def _prepare(directory: Path) -> None:
    """Make the folder if there is none, private from its first moment, and drop what was left there long ago."""
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        return
    status = directory.lstat()
    problem = distrust(status) if stat.S_ISDIR(status.st_mode) else "it is not a folder"
    if problem:
        raise OSError(0, f"{problem} (the folder {directory})")
    for path in directory.iterdir():
        with suppress(OSError):
            if path.suffix in _SUFFIXES and path.lstat().st_mtime < time.time() - _DAY:
                path.unlink()


def _write_private(path: Path, content: bytes) -> None:
    with suppress(FileNotFoundError):
        path.unlink()  # of a process with the same id that was killed
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123 - an open descriptor
        file.write(content)


def _open_lock(path: Path) -> int | None:
    try:
        _prepare(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    with suppress(OSError):
        os.utime(handle)  # in use: not to be tidied away
    return handle


def _lock(handle: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if _try_lock(handle):
            return True
        time.sleep(_POLL)
    return False


def _try_lock(handle: int) -> bool:
    """Whether there is nothing to wait for: the lock is ours, or the file system has no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
