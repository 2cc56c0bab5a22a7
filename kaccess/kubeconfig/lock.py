"""kubectl's lock: `FILE.lock`, made exclusively while FILE is changed.

kubectl leaves the lock behind when it is killed, and then nobody can tell whether it is still held. Ours can be told:
its mode names its maker, and it is also held with flock(2), which ends with the process. So a lock that a killed
kaccess left is taken away, and one that another program left is reported. On Windows the system takes ours away.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from kaccess.files import NO_FOLLOW, NO_WAIT, drop_lock, is_at, take_lock, try_lock
from kaccess.kubeconfig.errors import KubeconfigError

PATIENCE: Final = 10.0
"""Seconds to wait for a lock; kubectl holds it for milliseconds."""

_POLL: Final = 0.01
_OUR_MODE: Final = 0o200
"""Of nobody else's lock: kubectl's has no permission at all. A mode is there from the first moment, content is not."""


@contextmanager
def locked(paths: Iterable[Path]) -> Iterator[None]:
    """Hold the locks of all `paths`, in kubectl's order, as both they and what they link to are called.

    A file in a folder where nothing can be written has no lock: no one can replace it either.

    Raises:
        KubeconfigError: a lock could not be had within `PATIENCE`.
    """
    deadline = time.monotonic() + PATIENCE
    with ExitStack() as stack:
        for lock in sorted({lock for path in paths for lock in _locks(path)}):
            handle = _acquire(lock, deadline)
            if handle is not None:
                stack.callback(drop_lock, lock, handle)
        yield


def _locks(path: Path) -> set[Path]:
    """The lock files of `path`, named so that one lock file has one name; none for `/`, which is no file."""
    names = (Path(os.path.realpath(path.parent)) / path.name, Path(os.path.realpath(path)))
    return {name.with_name(f"{name.name}.lock") for name in names if name.name}


def _acquire(lock: Path, deadline: float) -> int | None:
    """The descriptor of the lock; None if the folder allows none."""
    while True:
        try:
            handle = _take(lock)
        except OSError:
            return None
        if handle is not None:
            return handle
        if time.monotonic() >= deadline:
            raise KubeconfigError(
                f"{lock}: another program holds this lock; if no kubectl or kaccess is running, remove the file"
            )
        time.sleep(_POLL)


def _take(lock: Path) -> int | None:
    """Make the lock file; None while another program's is there.

    Raises:
        OSError: it cannot be made.
    """
    if sys.platform == "win32":
        return take_lock(lock)
    try:
        return _create(lock)
    except FileExistsError:
        _break_if_abandoned(lock)
        return None


def _create(lock: Path) -> int | None:
    """Make the lock file; None if it was taken for abandoned before it was held.

    Raises:
        OSError: it exists, or cannot be made.
    """
    handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OUR_MODE)
    is_held = True
    with suppress(OSError):  # a file system without flock: then the lock is like kubectl's
        is_held = try_lock(handle)
    if is_held and is_at(handle, lock):
        return handle
    os.close(handle)
    return None


def _break_if_abandoned(lock: Path) -> None:
    """Remove `lock` if a kaccess made it that is no more.

    Whoever gets the flock of a lock file that kaccess made knows that its maker is gone; and as long as the file is in
    place, no other can be made. So what is removed here is never a lock that someone holds.
    """
    try:
        handle = os.open(lock, os.O_WRONLY | NO_FOLLOW | NO_WAIT)
    except OSError:
        return
    try:
        if try_lock(handle) and stat.S_IMODE(os.fstat(handle).st_mode) == _OUR_MODE and is_at(handle, lock):
            lock.unlink()
    except OSError:
        return
    finally:
        os.close(handle)
