"""A receipt is there as a whole or not at all, whatever ends its writing."""

import errno
import os
import stat

import pytest

from kaccess.cli import receipt
from kaccess.cli.receipt import Receipt
from kaccess.model.errors import Usage


@pytest.fixture
def path(tmp_path):
    return tmp_path / "receipt.json"


def write(path):
    with Receipt(path) as started:
        started.write("what ana had")


def test_it_is_its_owners_alone(path):
    write(path)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("what ana had\n", 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_is_one_line_and_leaves_nothing(path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Usage, match=r"cannot write the receipt .*: No space left on device; choose another path"):
        write(path)
    assert list(path.parent.iterdir()) == []


def test_an_interrupt_leaves_nothing(path, monkeypatch):
    def interrupt(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(receipt, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(path)
    assert list(path.parent.iterdir()) == []
