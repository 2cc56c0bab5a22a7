"""A file that a command writes: there as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from kaccess import files
from kaccess.model.errors import Usage

MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest file that is read back. A change of a plan has about 1 KiB; nobody reviews sixty thousand."""


def write_whole(path: Path, text: str) -> None:
    """Write a text, in place of what is there; into what is no file, such as a pipe or `/dev/null`.

    Raises:
        Usage: it cannot be written; a file that is there is as it was.
    """
    try:
        if path.exists() and not path.is_file():  # to be put in its place would be the end of a device
            path.write_text(text, "utf-8")
            return
        # Not the process's number, which containers that share a folder have in common.
        partial = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.partial")
        files.rewrite(path, text.encode(), partial, mode=0o666 & ~_umask())
    except OSError as error:
        raise Usage(f"{path}: cannot be written: {error.strerror}; choose another path") from error


def read_whole(path: Path) -> str:
    """The text of a file.

    Raises:
        Usage: it cannot be read, is no text, or too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "that is no path"
        raise Usage(f"{path}: cannot be read: {why}") from error
    if len(data) > MAX_BYTES:
        raise Usage(f"{path}: larger than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Usage(f"{path}: not UTF-8") from error


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
