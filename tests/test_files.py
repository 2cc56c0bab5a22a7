"""Locks and whole files, as every room gets them; what Windows makes of them is in `tests/windows`."""

import os
import stat
import subprocess
import sys

import pytest

from kaccess import files

HOLDER = """
import sys, time
from pathlib import Path
from kaccess.files import take_lock
assert take_lock(Path(sys.argv[1])) is not None
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "a.lock"


def test_a_lock_is_held_once_and_leaves_nothing(lock):
    handle = files.take_lock(lock)
    assert files.take_lock(lock) is None
    files.drop_lock(lock, handle)
    assert not lock.exists()
    again = files.take_lock(lock)
    assert again is not None
    files.drop_lock(lock, again)


def test_a_lock_ends_with_its_holder(lock):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert files.take_lock(lock) is None
        holder.kill()
    handle = files.take_lock(lock)
    assert handle is not None
    files.drop_lock(lock, handle)


def test_a_lock_that_was_taken_away_is_not_taken_for_the_next_one(lock):
    first = files.take_lock(lock)
    lock.unlink()
    second = files.take_lock(lock)
    assert second is not None
    files.drop_lock(lock, first)
    assert files.take_lock(lock) is None
    files.drop_lock(lock, second)


def test_a_link_is_no_lock(lock, tmp_path):
    lock.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        files.take_lock(lock)
    assert not (tmp_path / "elsewhere").exists()


def test_what_a_killed_process_left_is_written_anew_with_the_mode_that_is_asked_for(tmp_path):
    path = tmp_path / "partial"
    path.symlink_to(tmp_path / "elsewhere")
    files.write_new(path, b"text\n")
    assert (path.read_bytes(), stat.S_IMODE(path.lstat().st_mode)) == (b"text\n", 0o600)
    files.write_new(path, b"other\r\n", mode=0o640)
    assert (path.read_bytes(), stat.S_IMODE(path.lstat().st_mode)) == (b"other\r\n", 0o640)
    assert [each.name for each in tmp_path.iterdir()] == ["partial"]


def test_only_what_is_lasting_waits_for_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    files.write_new(tmp_path / "token", b"text", lasting=False)
    assert synced == []
    files.write_new(tmp_path / "config", b"text")
    assert len(synced) == 1
