"""The lock that a running sandbox holds on its folder."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaccess.sandbox.address import NOT_ON_WINDOWS, SandboxError

LOCK_FILE: Final = "sandbox.lock"


@dataclass(frozen=True)
class RunLock:
    """The lock of one folder; the file holds the process id of whoever holds the lock."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file that is locked."""
        return self.folder / LOCK_FILE

    def take(self) -> int:
        """Take the lock for the rest of the process's life; the descriptor that must stay open for it.

        Raises:
            SandboxError: another process holds it.
        """
        if sys.platform == "win32":
            raise SandboxError(NOT_ON_WINDOWS)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.lockf(descriptor, os.F_TLOCK, 0)
        except OSError:
            os.close(descriptor)
            raise SandboxError(f"{self.folder}: another sandbox runs here") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor

    def holder(self) -> int | None:
        """The id of the process that holds the lock; None if nobody does, 0 if it has not said yet.

        Raises:
            SandboxError: this system runs no sandbox.
        """
        if sys.platform == "win32":
            raise SandboxError(NOT_ON_WINDOWS)
        try:
            descriptor = os.open(self.path, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            os.lockf(descriptor, os.F_TEST, 0)
        except OSError:
            return int(os.pread(descriptor, 20, 0) or b"0")
        else:
            return None
        finally:
            os.close(descriptor)
