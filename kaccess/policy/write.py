"""Writing policy files: each whole or not at all, all of an edit or none, and only over what was read.

The texts go to temporary files beside the real ones, are synced, and then take their places one after the other; mode
and symlinks stay. No file system swaps several files at once: a note beside them says so while it is done, and whoever
reads the policy after a kill in between is told. Runs of kaccess are kept apart by lock files that the system releases
when their holder dies.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kaccess import files
from kaccess.model.errors import KaccessError
from kaccess.policy.files import UNFINISHED

LOCK_SECONDS: Final = 10.0
"""How long to wait for another kaccess that edits the same file."""

_POLL_SECONDS: Final = 0.05


class EditError(KaccessError):
    """A policy file could not be changed as asked; it is as it was."""


@dataclass(frozen=True)
class FileEdit:
    """A file's text before and after an edit; the same for a file that was only read."""

    path: Path
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True)
class _Staged:
    """An edit whose new text stands beside the file, complete, in `partial`."""

    edit: FileEdit
    target: Path
    partial: Path


def write_files(edits: tuple[FileEdit, ...]) -> None:
    """Write every edit, unless one of the files, also of those only read, no longer holds its `before`; then none.

    Raises:
        EditError: a file was changed meanwhile, is locked, or cannot be written.
    """
    changed = [edit for edit in edits if edit.before != edit.after]
    if not changed:
        return
    with ExitStack() as stack:
        for edit in sorted(edits, key=lambda edit: edit.path):
            with _translated(edit.path):
                stack.enter_context(_locked(edit.path.resolve()))
        for edit in edits:
            with _translated(edit.path):
                is_same = edit.path.read_bytes() == edit.before.encode()
            if not is_same:
                raise EditError(f"{edit.path}: changed by someone else meanwhile; nothing is written, run this again")
        staged = [stack.enter_context(_staged(edit)) for edit in changed]
        _swap_noted(staged) if len(staged) > 1 else _swap(staged)
        for folder in {each.target.parent for each in staged}:
            files.sync_folder(folder)
    with suppress(OSError):
        changed[0].path.with_name(UNFINISHED).unlink(missing_ok=True)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EditError(f"{path}: cannot be written: {error.strerror}") from error


@contextmanager
def _staged(edit: FileEdit) -> Iterator[_Staged]:
    with _translated(edit.path):
        target = edit.path.resolve()
        mode = target.stat().st_mode & 0o7777
        if not mode & 0o222:  # which does not keep anyone from replacing it
            raise EditError(f"{edit.path}: the file is read-only; make it writable, or name another with --policy")
        partial = target.with_name(f".{target.name}.partial")
        try:
            # One name for all: whoever holds the lock is alone, and what a killed one left is written anew.
            files.write_new(partial, edit.after.encode(), mode=mode)
            yield _Staged(edit, target, partial)
        finally:
            partial.unlink(missing_ok=True)


def _swap_noted(staged: list[_Staged]) -> None:
    """Swap several files. The note stays if the process dies half way, or what was swapped cannot be put back."""
    note = staged[0].edit.path.with_name(UNFINISHED)
    with _translated(note):
        note.write_text("\n".join(each.edit.path.name for each in staged), "utf-8")
        files.sync_folder(note.parent)
    try:
        _swap(staged)
    except BaseException:
        if all(each.target.read_bytes() == each.edit.before.encode() for each in staged):
            note.unlink()
        raise


def _swap(staged: Iterable[_Staged]) -> None:
    """Put the new texts in place; if that fails half way, put the old ones back."""
    done: list[_Staged] = []
    try:
        for each in staged:
            with _translated(each.edit.path):
                files.replace(each.partial, each.target)
            done.append(each)
    except BaseException:
        for each in done:
            mode = each.target.stat().st_mode & 0o7777
            files.rewrite(each.target, each.edit.before.encode(), each.partial, mode=mode)
        raise


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    if not os.access(path.parent, os.W_OK):  # nobody can replace a file there, and whoever tries is told why
        yield
        return
    lock = path.with_name(f".{path.name}.lock")
    deadline = time.monotonic() + LOCK_SECONDS
    while (handle := files.take_lock(lock)) is None:
        if time.monotonic() > deadline:
            raise EditError(f"{path}: another kaccess has been editing it for {LOCK_SECONDS:.0f} s; try again later")
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        files.drop_lock(lock, handle)
