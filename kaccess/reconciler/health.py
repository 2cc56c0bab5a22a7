"""Is the reconciler alive, and is it doing its work: the answers of /healthz and /readyz."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kaccess.reconciler.clock import Clock
from kaccess.reconciler.turn import Round

MISSED_ROUNDS: Final = 3
"""Intervals without a round after which the work is not being done."""

STUCK_SECONDS: Final = 900.0
"""A loop that has not moved for so long beyond its interval never will; a round of the largest fleet takes minutes."""


@dataclass(frozen=True)
class Answer:
    """What a probe is told: whether all is well, and the details as JSON."""

    well: bool
    details: Mapping[str, Any]


class Health:
    """Told by the loop, asked by the probes, from different threads: each part is replaced as a whole."""

    def __init__(self, clock: Clock, interval: float, leading: Callable[[], Mapping[str, bool]]) -> None:
        """`interval` is in seconds; `leading` says which clusters this process leads."""
        self._clock = clock
        self._interval = interval
        self._leading = leading
        self._beat_at = clock.seconds()
        self._last: tuple[Round, float] | None = None

    def beat(self) -> None:
        """The loop moves."""
        self._beat_at = self._clock.seconds()

    def round(self, finished: Round) -> None:
        """A round ended."""
        self._last = (finished, self._clock.seconds())

    def alive(self) -> Answer:
        """Whether the process is worth keeping."""
        since = self._clock.seconds() - self._beat_at
        return Answer(since < self._interval + STUCK_SECONDS, {"secondsSinceBeat": round(since, 1)})

    def ready(self) -> Answer:
        """Whether rounds are run and the policy can be used. A reconciler that follows another is ready too."""
        details: dict[str, Any] = {"leader": dict(self._leading())}
        if self._last is None:
            return Answer(False, {**details, "reason": "no round has ended yet"})
        finished, ended = self._last
        age = self._clock.seconds() - ended
        details |= {
            "lastRoundSecondsAgo": round(age, 1),
            "policyValid": finished.policy_error is None,
            "clusters": {turn.cluster: turn.ending.value for turn in finished.turns},
        }
        if finished.policy_error is not None:
            return Answer(False, {**details, "reason": str(finished.policy_error)})
        if age > MISSED_ROUNDS * self._interval:
            return Answer(False, {**details, "reason": "the last round is too long ago"})
        return Answer(True, details)
