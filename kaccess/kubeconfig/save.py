"""Replacing a file in one step: whatever happens, it is the old one or the new one, whole."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from kaccess.kubeconfig.document import Document
from kaccess.kubeconfig.errors import KubeconfigError

BACKUP_SUFFIX: Final = ".kaccess-backup"

_WRITE_BITS: Final = 0o222


def save(document: Document, text: str) -> None:
    """Write `text` in place of `document`, the previous content into one backup beside it, both with mode 0600.

    A link stays a link; what it leads to is replaced. The caller holds the lock.

    Raises:
        KubeconfigError: it could not be written, or another program changed it since it was read.
    """
    target = Path(os.path.realpath(document.path))
    if document.status is not None and not document.status.st_mode & _WRITE_BITS:
        raise KubeconfigError(f"{document.path}: the file is read-only; make it writable or set KUBECONFIG to another")
    try:
        if document.status is not None:
            _replace(target.with_name(target.name + BACKUP_SUFFIX), document.text, document.status)
        _check_unchanged(document, target)
        _replace(target, text, document.status)
    except OSError as error:
        raise KubeconfigError(f"{document.path}: {error.strerror}; the file is unchanged") from error


def _check_unchanged(document: Document, target: Path) -> None:
    try:
        found = target.stat()
    except FileNotFoundError:
        found = None
    if _stamp(found) != _stamp(document.status):
        raise KubeconfigError(f"{document.path}: another program changed it just now; run the command again")


def _stamp(status: os.stat_result | None) -> tuple[int, int, int] | None:
    return status and (status.st_ino, status.st_size, status.st_mtime_ns)


def _replace(path: Path, text: str, like: os.stat_result | None) -> None:
    # One name for all: whoever holds the lock is alone, and what a killed one left is written over.
    partial = path.with_name(f".{path.name}.partial")
    with suppress(FileNotFoundError):
        partial.unlink()
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - an open descriptor
            if like is not None and like.st_uid != os.geteuid():
                os.fchown(handle, like.st_uid, like.st_gid)
            file.write(text.encode())
            file.flush()
            os.fsync(handle)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """Make the new name last through a power failure, where the file system can."""
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
