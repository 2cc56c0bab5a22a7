"""The folder of the token cache: made, written to, locked and tidied. Needed on a miss only."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kaccess import files

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
    files.rewrite(path, content.encode("ascii"), partial, lasting=False)


@contextmanager
def hold(file: str) -> Iterator[bool]:
    """Hold the lock beside `file`, so that of several calls at once only one mints a token.

    It only saves work: if it cannot be had within `PATIENCE`, or there is nowhere to put it, go on without it. Yields
    whether nobody else is known to hold it.
    """
    lock = Path(file).with_suffix(".lock")
    handle, alone = _take(lock)
    try:
        yield alone
    finally:
        if handle is not None:
            files.drop_lock(lock, handle)


def clear(directory: str) -> int:
    """Remove what the cache keeps in `directory`, if that is this user's; returns how many tokens there were."""
    try:
        if files.distrust(os.lstat(directory)):
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
    problem = files.distrust(status) if stat.S_ISDIR(status.st_mode) else "it is not a folder"
    if problem:
        raise OSError(0, f"{problem} (the folder {directory})")
    for path in directory.iterdir():
        with suppress(OSError):
            if path.suffix in _SUFFIXES and path.lstat().st_mtime < time.time() - _DAY:
                path.unlink()


def _take(lock: Path) -> tuple[int | None, bool]:
    """The descriptor of the lock, if it is ours, and whether nobody else is known to hold it."""
    deadline = time.monotonic() + PATIENCE
    try:
        _prepare(lock.parent)
        while time.monotonic() < deadline:
            handle = files.take_lock(lock)
            if handle is not None:
                return handle, True
            time.sleep(_POLL)
    except OSError:
        return None, True
    return None, False


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
