"""Programs against each other in seconds: each round runs all of them once; the median round counts."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Runner:
    """A program and its environment; `before` prepares each run and is not measured."""

    command: Sequence[str]
    environ: Mapping[str, str]
    before: Callable[[], None] = lambda: None
    seconds: list[float] = field(default_factory=list)

    def run(self) -> None:
        """One run from start to end.

        Raises:
            CalledProcessError: it failed.
        """
        self.before()
        start = time.perf_counter()
        subprocess.run(self.command, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        self.seconds.append(time.perf_counter() - start)

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    def times(self, other: Runner) -> float:
        """How many times as long as `other` this took, in the median round."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))


def race(runners: Sequence[Runner], rounds: int) -> None:
    """Let all run in turn, after a first run that counts for nothing."""
    for runner in runners:
        runner.run()
        runner.seconds.clear()
    for _ in range(rounds):
        for runner in runners:
            runner.run()


@dataclass(frozen=True)
class Claim:
    """`found` is what was measured, to be at most or at least `limit`."""

    what: str
    found: float
    limit: float
    at_most: bool

    @property
    def holds(self) -> bool:
        """Whether what was measured is within the limit."""
        return self.found <= self.limit if self.at_most else self.found >= self.limit

    def row(self) -> tuple[str, str, str, str]:
        """The claim as a line of a table."""
        bound = f"{'at most' if self.at_most else 'at least'} {self.limit:.1f}"
        return self.what, f"{self.found:.2f}", bound, "yes" if self.holds else "NO"
