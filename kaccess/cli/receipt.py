"""A receipt: a file of its own, readable by its owner alone, there as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from kaccess.files import replace
from kaccess.model.errors import Usage


class Receipt:
    """A receipt that is going to be written. Use it with `with`: it is left unwritten if the block ends by an error."""

    def __init__(self, path: Path) -> None:
        """Make sure, before anything else is done, that it can be written.

        Raises:
            Usage: there is a file of this name, or none can be made there.
        """
        self.path = path
        if os.path.lexists(path):
            raise Usage(f"{path} is there already; choose another path with --receipt")
        try:
            self._handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        except OSError as error:
            raise _cannot_be_written(path, error) from error
        self._temporary = Path(temporary)
        self._is_open = True  # until `write` closes it, whatever comes of that

    def __enter__(self) -> Receipt:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_open:
            os.close(self._handle)
        with suppress(OSError):  # it is not there any more if it was written
            self._temporary.unlink()

    def write(self, text: str) -> None:
        """Write it.

        Raises:
            Usage: it could not be written after all.
        """
        try:
            with os.fdopen(self._handle, "w", encoding="utf-8") as file:
                self._is_open = False
                file.write(f"{text}\n")
                file.flush()
                os.fsync(self._handle)
            replace(self._temporary, self.path)
        except OSError as error:
            raise _cannot_be_written(self.path, error) from error


def _cannot_be_written(path: Path, error: OSError) -> Usage:
    return Usage(f"cannot write the receipt {path}: {error.strerror}; choose another path with --receipt")
