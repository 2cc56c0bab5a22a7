"""A file is written whole, and what is no file is written into."""

import os
import stat
from threading import Thread

from kaccess.workflows.whole_file import write_whole


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("before")
    write_whole(path, "after\n")
    assert path.read_text() == "after\n"
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


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
