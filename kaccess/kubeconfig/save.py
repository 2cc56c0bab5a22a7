"""Replacing a file in one step: whatever happens, it is the old one or the new one, whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from kaccess import files
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
    files.rewrite(path, text.encode(), partial, like=like)
    files.sync_folder(path.parent)
