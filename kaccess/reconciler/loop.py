"""Round after round until the process is asked to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kaccess.reconciler.clock import Clock
from kaccess.reconciler.leadership import RENEW_SECONDS
from kaccess.reconciler.pace import Pace
from kaccess.reconciler.rounds import Rounds
from kaccess.reconciler.turn import Round


def run_rounds(
    rounds: Rounds,
    pace: Pace,
    clock: Clock,
    tell: Iterable[Callable[[Round], None]] = (),
    beat: Callable[[], None] = lambda: None,
) -> None:
    """Run rounds until the clock says to stop; then the leases are let go.

    A change that is under way when the stop comes is finished, and nothing more begins. `tell` is told of each round;
    `beat` is called whenever the loop shows that it is alive.
    """
    tell = tuple(tell)
    try:
        while not clock.stopping():
            beat()
            started = clock.seconds()
            finished = rounds.run()
            for listener in tell:
                listener(finished)
            beat()
            _pause(started + pace.until_next_round(), rounds, clock, beat)
    finally:
        rounds.release()


def _pause(until: float, rounds: Rounds, clock: Clock, beat: Callable[[], None]) -> None:
    """Wait until that moment of the clock, keeping the leases meanwhile, or until asked to stop."""
    while (left := until - clock.seconds()) > 0:
        if clock.wait(min(left, RENEW_SECONDS)):
            return
        beat()
        rounds.keep()
