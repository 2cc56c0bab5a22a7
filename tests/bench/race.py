"""The same work done by kaccess and by kubectl: what it took, and whether that is what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .company import Size
from .measure import Run

MOST_MEBIBYTES = 300
HEADERS = (
    "objects",
    "what",
    "kaccess",
    "kubectl",
    "times as fast",
    "requests",
    "kubectl's",
    "MiB",
    "kubectl's",
    "load",
)


@dataclass(frozen=True)
class Round:
    kaccess: Run
    kubectl: Run

    @property
    def ratio(self) -> float:
        """How many times as fast kaccess is; at least so many, if kubectl was stopped."""
        return self.kubectl.seconds / self.kaccess.seconds


@dataclass(frozen=True)
class Race:
    """Rounds of it, in each of which both run one right after the other; the one with the median ratio counts.

    kaccess must be `least` times as fast as kubectl, with no more than `most_requests`.
    """

    size: Size
    what: str
    least: float
    most_requests: int
    rounds: list[Round] = field(default_factory=list)

    @property
    def median(self) -> Round:
        return sorted(self.rounds, key=lambda each: each.ratio)[(len(self.rounds) - 1) // 2]

    def row(self) -> tuple[str, ...]:
        """A row under `HEADERS`. Of a kubectl that was stopped all is more than it says, which a `>` tells."""
        kaccess, kubectl = self.median.kaccess, self.median.kubectl
        more = "" if kubectl.finished else ">"
        return (
            f"{self.size.objects}",
            self.what,
            f"{kaccess.seconds:.1f} s",
            f"{more}{kubectl.seconds:.1f} s",
            f"{more}{self.median.ratio:.1f}",
            f"{kaccess.requests}",
            f"{more}{kubectl.requests}",
            f"{kaccess.mebibytes:.0f}",
            f"{more}{kubectl.mebibytes:.0f}",
            f"{kaccess.load:.1f}, {kubectl.load:.1f}",
        )

    def misses(self) -> Iterator[str]:
        """In what kaccess falls short of what is asked for, a line each."""
        where = f"{self.size.objects} objects, {self.what}"
        kaccess, ratio = self.median.kaccess, self.median.ratio
        if ratio < self.least:
            yield f"missed: {where}: {ratio:.2f} times as fast as kubectl, not {self.least:.0f}"
        if kaccess.requests > self.most_requests:
            yield f"missed: {where}: {kaccess.requests} requests, not {self.most_requests}"
        if kaccess.mebibytes >= MOST_MEBIBYTES:
            yield f"missed: {where}: {kaccess.mebibytes:.0f} MiB, not less than {MOST_MEBIBYTES}"
