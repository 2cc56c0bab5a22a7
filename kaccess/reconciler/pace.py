"""When what is due: the next round of all, and the next attempt at a cluster that could not be reached."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

JITTER: Final = 0.1
"""The share of the interval by which rounds vary, so that reconcilers started together do not ask AWS together."""

LONGEST_BACKOFF: Final = 300.0
"""Seconds after which a cluster is tried again however often it has failed, unless the interval is longer."""


@dataclass
class Pace:
    """The rhythm of rounds, `interval` seconds apart. `spread` gives a number from 0 to 1.

    Only a cluster that could not be read backs off. A change that fails does not slow its cluster down: whoever lost
    their access must lose it within one interval, whatever else is amiss there.
    """

    interval: float
    spread: Callable[[], float] = random.random
    _failures: dict[str, int] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)

    def until_next_round(self) -> float:
        """Seconds to wait for the next round: never more than the interval, which is what people rely on."""
        return self.interval * (1 - JITTER * self.spread())

    def is_due(self, cluster: str, seconds: float) -> bool:
        """Whether the cluster is to be tried at this moment of the clock."""
        return seconds >= self._not_before.get(cluster, 0.0)

    def reached(self, cluster: str) -> None:
        """The cluster could be read: it is due in every round."""
        self._failures.pop(cluster, None)
        self._not_before.pop(cluster, None)

    def failed(self, cluster: str, seconds: float) -> float:
        """The cluster could not be read. Returns the seconds for which it is left alone, doubled each time."""
        failures = self._failures[cluster] = self._failures.get(cluster, -1) + 1
        longest = max(self.interval, LONGEST_BACKOFF)
        delay = min(longest, self.interval * 2.0 ** min(failures, 30)) * (1 - JITTER * self.spread())
        self._not_before[cluster] = seconds + delay
        return delay
