"""A policy file is written whole or not at all, and only over what was read."""

import fcntl
import multiprocessing
import os
import stat

import pytest

from kaccess.policy import write as room
from kaccess.policy.write import EditError, FileEdit, write_files


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("before")
    return path


def names(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_the_text_is_replaced_and_nothing_else_is_left(path):
    path.chmod(0o640)
    write_files((FileEdit(path, "before", "after\r\n"),))
    assert path.read_bytes() == b"after\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(path) == ["p.yaml"]


def test_a_symlink_stays_one(path, tmp_path):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "folder" / "link.yaml"
    link.symlink_to("../p.yaml")
    write_files((FileEdit(link, "before", "after"),))
    assert link.is_symlink()
    assert path.read_text() == "after"


def test_a_file_that_changed_meanwhile_keeps_every_file_as_it_is(path, tmp_path):
    other = tmp_path / "q.yaml"
    other.write_text("changed")
    with pytest.raises(EditError, match=r"q\.yaml: changed by someone else meanwhile; nothing is written"):
        write_files((FileEdit(path, "before", "after"), FileEdit(other, "before", "after")))
    assert (path.read_text(), other.read_text()) == ("before", "changed")
    assert names(path) == ["p.yaml", "q.yaml"]


def test_a_file_that_is_gone_is_one_line(path):
    path.unlink()
    with pytest.raises(EditError, match=r"p\.yaml: cannot be written: No such file or directory"):
        write_files((FileEdit(path, "before", "after"),))
    assert names(path) == []


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_a_full_disk_leaves_the_old_text_and_no_rubbish(path, monkeypatch, step):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(EditError, match="cannot be written: No space left on device"):
        write_files((FileEdit(path, "before", "after"),))
    assert path.read_text() == "before"
    assert names(path) == ["p.yaml"]


def test_an_edit_in_progress_is_waited_for_and_then_given_up(path, monkeypatch):
    monkeypatch.setattr(room, "LOCK_SECONDS", 0.2)
    with (path.parent / ".p.yaml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EditError, match="another kaccess has been editing it"):
            write_files((FileEdit(path, "before", "after"),))
    assert path.read_text() == "before"


def test_a_lock_whose_holder_died_is_no_lock(path):
    (path.parent / ".p.yaml.lock").touch()
    write_files((FileEdit(path, "before", "after"),))
    assert names(path) == ["p.yaml"]


def test_of_many_writers_at_once_exactly_one_wins(path):
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        won = pool.starmap(_try_to_write, [(path, str(number)) for number in range(12)])
    assert sum(won) == 1
    assert path.read_text() == str(won.index(True))
    assert names(path) == ["p.yaml"]


def _try_to_write(path, text):
    try:
        write_files((FileEdit(path, "before", text),))
    except EditError:
        return False
    return True
