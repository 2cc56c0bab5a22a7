"""A file is written whole, and what is no file is written into."""

import os
import stat
from threading import Thread

from kaccess import files
from kaccess.workflows.whole_file import write_whole


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("before")
    write_whole(path, "after\n")
    assert path.read_text() == "after\n"
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_whoever_writes_it_at_the_same_time_keeps_to_a_file_of_their_own(tmp_path, monkeypatch):
    """Containers that share a folder have the numbers of their processes in common."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    path, replace = tmp_path / "plan.json", files.replace

    def replace_late(source, target):
        monkeypatch.setattr(files, "replace", replace)
        write_whole(path, "the other's")
        assert path.read_text() == "the other's"
        replace(source, target)

    monkeypatch.setattr(files, "replace", replace_late)
    write_whole(path, "ours")
    assert path.read_text() == "ours"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_or_a_device_stays_what_it_is(tmp_path):
    """Who runs as root would put a file in the place of /dev/null, for everybody."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read = []
    reader = Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_whole(path, "text\n")
    reader.join(timeout=10)
    assert read == ["text\n"]
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]
