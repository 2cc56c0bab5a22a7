"""Writing a policy file: whole or not at all, and only over what was read.

The text goes to a temporary file beside the real one, is synced, and takes its place; mode and symlinks stay. Two
runs of kaccess are kept apart by a lock file that the system releases when its holder dies.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kaccess.model.errors import KaccessError

LOCK_SECONDS: Final = 10.0
"""How long to wait for another kaccess that edits the same file."""

_POLL_SECONDS: Final = 0.05


class EditError(KaccessError):
    """A policy file could not be changed as asked; it is as it was."""


@dataclass(frozen=True)
class FileEdit:
    """A file's text before and after an edit."""

    path: Path
    before: str = field(repr=False)
    after: str = field(repr=False)


def write_files(edits: tuple[FileEdit, ...]) -> None:
    """Write every edit, unless one of the files no longer holds its `before`; then none.

    Raises:
        EditError: a file was changed meanwhile, is locked, or cannot be written.
    """
    with ExitStack() as stack:
        for edit in sorted(edits, key=lambda edit: edit.path):
            stack.enter_context(_translated(edit.path))
            stack.enter_context(_locked(edit.path.resolve()))
        for edit in edits:
            if edit.path.read_bytes() != edit.before.encode():
                raise EditError(f"{edit.path}: changed by someone else meanwhile; nothing is written, run this again")
        for edit in edits:
            with _translated(edit.path):
                _replace(edit.path.resolve(), edit.after.encode())


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EditError(f"{path}: cannot be written: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode & 0o7777
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    with suppress(OSError):  # the file is in place; some file systems cannot sync a folder
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = path.with_name(f".{path.name}.lock")
    deadline = time.monotonic() + LOCK_SECONDS
    while (handle := _try_lock(lock)) is None:
        if time.monotonic() > deadline:
            raise EditError(f"{path}: another kaccess has been editing it for {LOCK_SECONDS:.0f} s; try again later")
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


def _try_lock(lock: Path) -> int | None:
    """An open handle that holds the lock, or None if someone else does."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), lock.stat()):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass  # held by someone else, or let go and removed by them between our open and our lock
    os.close(handle)
    return None
