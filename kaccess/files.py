"""Files, where systems differ: whose they are, locks that end with their holder, and replacing one whole.

The bottom room, standard library only. A cache hit loads it, so what else its functions need they import themselves.
Who waits how long for a lock, and what people are told, is the callers' business.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Flags of `os.open` that not every system has; what is opened never passes to other programs (PEP 446).
BINARY = getattr(os, "O_BINARY", 0)
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Do not wait for whoever writes into a pipe."""
_TEMPORARY = getattr(os, "O_TEMPORARY", 0)

PATH_ALONE = ("NODEFAULTCURRENTDIRECTORYINEXEPATH", "kaccess")
"""A variable, and our value of it. By its presence Windows starts no program of the current folder for one on PATH."""

_PATIENCE = 2.0
"""Seconds that other programs are given to close a file that is to be replaced; Windows lets nobody do so before."""


def is_own(status: os.stat_result) -> bool:
    """Whether what has this status belongs to whoever runs this; Windows has no such number to compare."""
    return sys.platform == "win32" or status.st_uid == os.geteuid()


def distrust(status: os.stat_result) -> str:
    """Why others may have read or written what has this status; empty if they cannot.

    On Windows it is always empty: there the access list of the person's profile folder keeps others out.
    """
    if not is_own(status):
        return "it belongs to someone else"
    return "others have access to it" if sys.platform != "win32" and status.st_mode & 0o077 else ""


def home_folder(environ: Mapping[str, str]) -> str:
    """The person's home, as Python and the AWS SDKs find it."""
    named = environ.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    return named or os.path.expanduser("~")  # noqa: PTH111 - not on a cache hit


def try_lock(handle: int) -> bool:
    """Lock an open file until it is closed or this process ends; False if another one has locked it.

    Raises:
        OSError: the file system has no locks.
    """
    if sys.platform == "win32":
        raise OSError("on Windows a lock is the file itself; see `take_lock`")
    import fcntl  # noqa: PLC0415 - not on a cache hit

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take_lock(path: Path) -> int | None:
    """Make the lock file `path` if there is none, and hold it; None while another process does.

    Returns its descriptor, for `drop_lock`. However the holder ends, its lock ends too.

    Raises:
        OSError: it cannot be made, or the file system has no locks.
    """
    if sys.platform == "win32":
        # There the lock is the file itself, which the system removes when its holder closes it or ends.
        try:
            return _make_temporary(path)
        except PermissionError:
            if _is_listed(path):  # on its way out, but somebody has it open
                return None
            return _make_temporary(path)  # it went in between, or nobody may make files here
    handle = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0o600)
    is_held = False
    try:
        # Whoever held it may have removed it between the opening and the locking.
        is_held = try_lock(handle) and is_at(handle, path)
    finally:
        if not is_held:
            os.close(handle)
    return handle if is_held else None


def _make_temporary(path: Path) -> int | None:
    """Make a file that Windows removes when it is closed; None if it is there already."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _TEMPORARY, 0o600)
    except FileExistsError:
        return None


def _is_listed(path: Path) -> bool:
    name = os.path.normcase(path.name)
    return any(os.path.normcase(each) == name for each in os.listdir(path.parent))  # noqa: PTH208 - no `Path`s


def drop_lock(path: Path, handle: int) -> None:
    """Remove the lock file that `take_lock` made, and let go of it."""
    try:
        if sys.platform != "win32" and is_at(handle, path):
            path.unlink()
    except OSError:
        pass  # the lock is let go all the same
    finally:
        os.close(handle)


def is_at(handle: int, path: Path) -> bool:
    """Whether the open file is the one that is at `path` now."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False


def write_new(
    path: Path, content: bytes, *, mode: int | None = None, like: os.stat_result | None = None, lasting: bool = True
) -> None:
    """Write a file and, if it is `lasting`, have it on the disk; what a killed process left under its name goes first.

    Its mode is 0600 or `mode`, its owner that of `like`.

    Raises:
        OSError: it could not be written; there may be a part of it.
    """
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW | BINARY, 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123 - an open descriptor
        if sys.platform != "win32" and like is not None and not is_own(like):
            os.fchown(handle, like.st_uid, like.st_gid)
        file.write(content)
        file.flush()
        if sys.platform != "win32" and mode is not None:
            os.fchmod(handle, mode)
        if lasting:
            os.fsync(handle)


def replace(source: Path, target: Path) -> None:
    """Put `source` in the place of `target` in one step.

    Raises:
        OSError: it could not be done; on Windows also if another program has `target` open.
    """
    if sys.platform != "win32":
        source.replace(target)
        return
    import time  # noqa: PLC0415 - not on a cache hit

    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            source.replace(target)
        except PermissionError as error:
            if time.monotonic() >= deadline:
                error.strerror = f"{error.strerror}; another program may have it open"
                raise
            time.sleep(0.01)
        else:
            return


def rewrite(
    path: Path,
    content: bytes,
    partial: Path,
    *,
    mode: int | None = None,
    like: os.stat_result | None = None,
    lasting: bool = True,
) -> None:
    """Write a file in one step, by way of `partial` beside it, which does not stay; the rest as `write_new` has it.

    Raises:
        OSError: it could not be done, and `path` is as it was.
    """
    try:
        write_new(partial, content, mode=mode, like=like, lasting=lasting)
        replace(partial, path)
    except BaseException:
        try:  # noqa: SIM105 - `contextlib` is not on a cache hit
            partial.unlink()
        except OSError:
            pass  # what went wrong before is what matters
        raise


def sync_folder(path: Path) -> None:
    """Make the names in a folder last through a power failure, where the system can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
