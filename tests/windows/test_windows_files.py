"""Files that several programs want at once, where nobody can move what another has open."""

from __future__ import annotations

import random
import time

import pytest

from kaccess.kubeconfig.read import read
from tests.kubeconfig.samples import FOREIGN
from tests.windows.machine import finish, windows_path

pytestmark = pytest.mark.windows

WRITER = r"""
import sys
from pathlib import Path
from kaccess.kubeconfig import lock
from kaccess.kubeconfig.access import ClusterAccess
from kaccess.kubeconfig.errors import KubeconfigError
from kaccess.kubeconfig.write import write
path, alias, rounds, lock.PATIENCE = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
print("here", flush=True)
for number in range(rounds):
    access = ClusterAccess(alias, "eks", "eu-south-1", "https://a", "eA==", ("development", f"round-{number}"))
    try:
        write([access], program=r"C:\kaccess", paths=(path,))
    except KubeconfigError as error:
        sys.exit(str(error))
"""
HOLDER = r"""
import sys, time
from pathlib import Path
from kaccess.kubeconfig.lock import locked
with locked([Path(sys.argv[1])]):
    print("here", flush=True)
    time.sleep(60)
"""
CLOSED_MEANWHILE = r"""
import os, sys
from pathlib import Path
from kaccess.files import take_lock
real, calls = os.open, []
def on_its_way_out(*words):
    calls.append(words)
    if len(calls) == 1:
        raise PermissionError
    return real(*words)
os.open = on_its_way_out
print(take_lock(Path(sys.argv[1] + ".lock")) is not None, len(calls))
"""
RECEIPT = r"""
import sys
from pathlib import Path
from kaccess.cli.receipt import Receipt
with Receipt(Path(sys.argv[1])) as receipt:
    receipt.write("what ana had")
"""
READER = r"""
import sys, time
with open(sys.argv[1]):
    print("here", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config"
    path.write_text(FOREIGN)
    return path


@pytest.fixture
def start(machine, config):
    """Start one of the programs above on the kubeconfig; returns it when it is there."""
    started = []

    def start(program, *words):
        process = machine.code({}, program, windows_path(config), *map(str, words))
        started.append(process)
        assert process.stdout.readline().strip() == "here", process.communicate()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def assert_whole(path):
    remaining = iter(path.read_text().splitlines())
    assert all(line in remaining for line in FOREIGN.splitlines())
    return {context.name for context in read((path,))}


def names(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_ten_logins_at_once_and_kills_lose_nothing(machine, person, config, start):
    seed = random.randrange(2**32)
    moments = random.Random(seed)
    environ = {**person("ana"), "KUBECONFIG": windows_path(config)}
    logins = [machine.plugin(environ, "login") for _ in range(8)]
    survivor = start(WRITER, "survivor", 20, 60)
    for number in range(6):
        victim = start(WRITER, f"victim{number % 3}", 10_000, 60)
        time.sleep(moments.random() * 0.4)
        victim.kill()
        victim.wait()
        assert_whole(config)
    for login in logins:
        assert finish(login).code == 0, f"seed {seed}"
    assert finish(survivor).err == "", f"seed {seed}"
    assert finish(start(WRITER, "last", 1, 60)).code == 0  # what the killed ones left goes with the next change
    assert {"survivor/round-19", "cardo-eks/development", "last/development"} <= assert_whole(config)
    assert names(config) == ["config", "config.kaccess-backup"]


def test_the_lock_of_a_kaccess_that_was_killed_is_gone_and_that_of_one_that_runs_is_respected(config, start):
    holder = start(HOLDER)
    lock = config.with_name("config.lock")
    assert lock.exists()
    refused = finish(start(WRITER, "cardo", 1, 0.5))
    assert (refused.code, "config.lock: another program holds this lock" in refused.err) == (1, True)
    assert config.read_text() == FOREIGN

    holder.kill()
    holder.wait()
    assert finish(start(WRITER, "cardo", 1, 10)).code == 0
    assert not lock.exists()


def test_kubectls_lock_is_reported_and_left(config, start):
    """A kubectl that was killed leaves a file that cannot be written (Go's permission 0)."""
    lock = config.with_name("config.lock")
    lock.touch(mode=0o444)
    refused = finish(start(WRITER, "cardo", 1, 0.5))
    assert "config.lock: another program holds this lock; if no kubectl" in refused.err
    assert (lock.exists(), config.read_text()) == (True, FOREIGN)


def test_a_lock_that_goes_while_one_looks_for_it_is_no_reason_to_do_without(machine, config):
    """Windows denies a file that is being removed; once it is gone, that looks like a folder one may not use."""
    done = finish(machine.code({}, CLOSED_MEANWHILE, windows_path(config)))
    assert (done.out, done.err) == ("True 2\n", "")


def test_kubectl_respects_our_lock(machine, config, start):
    start(HOLDER)
    kubectl = windows_path(machine.python / "Scripts/kubectl.exe")
    done = machine.run({"KUBECONFIG": windows_path(config)}, kubectl, "config", "use-context", "office")
    assert (done.code, "config.lock" in done.err) == (1, True)


def test_who_reads_the_file_for_a_moment_is_waited_for(config, start):
    start(READER, 0.7)
    assert finish(start(WRITER, "cardo", 1, 10)).code == 0
    assert "cardo/development" in assert_whole(config)


def test_who_keeps_the_file_open_is_told_of_in_one_line(config, start):
    start(READER, 60)
    done = finish(start(WRITER, "cardo", 1, 10))
    assert (done.code, done.err.count("\n")) == (1, 1), done.err
    assert "another program may have it open; the file is unchanged" in done.err
    assert config.read_text() == FOREIGN
    assert names(config) == ["config", "config.kaccess-backup"]


def test_a_receipt_is_there_as_a_whole(machine, tmp_path):
    path = tmp_path / "receipt.json"
    assert finish(machine.code({}, RECEIPT, windows_path(path))).code == 0
    assert path.read_text().split() == ["what", "ana", "had"]
    assert list(tmp_path.iterdir()) == [path]
