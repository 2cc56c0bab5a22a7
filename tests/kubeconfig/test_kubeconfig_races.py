"""Many at once, some of them killed: the file always parses and nothing that is not ours is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from kaccess.kubeconfig.read import read
from kaccess.kubeconfig.write import write
from tests.kubeconfig.samples import FOREIGN, PROGRAM, access

WRITER = """
import sys
from pathlib import Path
from kaccess.kubeconfig import lock
from kaccess.kubeconfig.write import write
from tests.kubeconfig.samples import PROGRAM, access
lock.PATIENCE = 120.0
alias, rounds, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
for number in range(rounds):
    write([access("development", f"round-{number}", alias=alias)], program=PROGRAM, paths=(path,))
"""
ROOT = Path(__file__).parents[2]


def start(alias: str, rounds: int, path: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", WRITER, alias, str(rounds), str(path)]
    return subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def assert_whole(path: Path) -> None:
    """Every foreign line is there, in its order, and the file can be read."""
    remaining = iter(path.read_text().splitlines())
    assert all(line in remaining for line in FOREIGN.splitlines())
    read((path,))


def test_fifty_at_once_all_get_their_contexts(foreign, view):
    writers = {f"c{number}": start(f"c{number}", 1, foreign) for number in range(50)}
    assert [finish(writer) for writer in writers.values()] == [(0, b"")] * 50

    assert_whole(foreign)
    names = {item["name"] for item in view(foreign)["contexts"]}
    assert names == {"office"} | {f"{alias}/{name}" for alias in writers for name in ("development", "round-0")}
    assert sorted(path.name for path in foreign.parent.iterdir()) == ["config", "config.kaccess-backup"]


def test_kills_at_random_moments_lose_nothing(foreign, kubectl):
    seed = random.randrange(2**32)
    moments = random.Random(seed)
    survivor = start("survivor", 30, foreign)
    for number in range(12):
        victim = start(f"victim{number % 3}", 10_000, foreign)
        time.sleep(0.15 + moments.random() * 0.2)
        victim.send_signal(signal.SIGKILL)
        finish(victim)
        assert_whole(foreign)

    assert finish(survivor) == (0, b""), f"seed {seed}"
    write([access("development")], program=PROGRAM, paths=(foreign,))
    assert_whole(foreign)
    assert {"survivor/development", "survivor/round-29", "cardo/development"} <= {
        context.name for context in read((foreign,))
    }
    assert kubectl(foreign, "config", "get-contexts").returncode == 0
    assert not foreign.with_name("config.lock").exists()


def test_kubectl_and_kaccess_edit_in_turn(config, kubectl, view):
    config.write_text("apiVersion: v1\nkind: Config\n")
    writer = start("cardo", 40, config)
    done = set()
    while writer.poll() is None or len(done) < 3:  # kubectl does not wait for the lock, it fails
        if kubectl(config, "config", "set-context", f"theirs-{len(done)}", "--cluster=x").returncode == 0:
            done.add(f"theirs-{len(done)}")
    assert finish(writer) == (0, b"")

    names = {item["name"] for item in view(config)["contexts"]}
    assert names == done | {"cardo/development", "cardo/round-39"}
