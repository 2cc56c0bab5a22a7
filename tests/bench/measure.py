"""One run of a program: its time, its memory, and its requests as the API server recorded them."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}
LOG_TAIL = 2000


class Failed(Exception):
    """A program did not do what is to be measured."""


@dataclass(frozen=True)
class Run:
    """`seconds` from start to end; `mebibytes` of resident memory at its peak; `verbs`: how many requests of each.

    `load` is the machine's average load over the minute before, which says how far to trust the seconds.
    """

    seconds: float
    mebibytes: float
    verbs: Counter[str]
    load: float
    finished: bool = True
    """Whether it came to its end; if not, it would have taken more of everything."""

    @property
    def requests(self) -> int:
        return self.verbs.total()


class AuditLog:
    """The API server's record of every request it answered. `flags` have it keep one."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "audit.log"
        policy = folder / "audit-policy.json"
        policy.write_text(json.dumps(AUDIT_POLICY))
        self.flags = (f"--audit-policy-file={policy}", f"--audit-log-path={self._file}", "--audit-log-maxsize=1000")

    @property
    def end(self) -> int:
        """Where the next request will be written."""
        return self._file.stat().st_size

    def verbs(self, program: str, since: int) -> Counter[str]:
        """The requests that this program, by the name it gives itself, made since then."""
        with self._file.open("rb") as log:
            log.seek(since)
            events = map(json.loads, log)
            return Counter(each["verb"] for each in events if each.get("userAgent", "").startswith(f"{program}/"))


def measure(
    program: str, command: Sequence[str], env: Mapping[str, str], audit_log: AuditLog, output: Path, patience: float
) -> Run:
    """Run the command to its end, or stop it after `patience` seconds; what it prints goes to `output`.

    Raises:
        Failed: it ended with an error.
    """
    since, load, start = audit_log.end, os.getloadavg()[0], time.monotonic()
    with output.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    timer = threading.Timer(patience, process.kill)
    timer.start()
    try:
        # Not `process.wait`: this tells what the process used as well, in the same way for every program.
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        timer.cancel()
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    finished = seconds < patience
    if process.returncode and finished:
        tail = output.read_text(errors="replace")[-LOG_TAIL:]
        raise Failed(f"{' '.join(command)} ended with exit code {process.returncode}:\n{tail}")
    return Run(seconds, usage.ru_maxrss / 1024, audit_log.verbs(program, since), load, finished)
