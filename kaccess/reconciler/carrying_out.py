"""One turn: plan from a survey, guard, and carry out, for as long as this process leads and is not asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from kaccess.model.errors import KaccessError
from kaccess.model.state import Entry
from kaccess.planning.guards import UnsafePlan, guard
from kaccess.reconciler.clock import Clock
from kaccess.reconciler.log import Log
from kaccess.reconciler.turn import Ending, Turn, ending_of
from kaccess.workflows.apply import Outcome, Status, apply
from kaccess.workflows.survey import Survey

STOPPING: Final = "asked to stop; the next run finishes this"
JOINING: Final = "someone else made this entry, and a reconciler may not join it: let an administrator apply the policy"
SUPERSEDED: Final = "this process leads no more; the new leader finishes this"


class Stopping(KaccessError):
    """The process was asked to stop in the middle of a wait."""


def carry_out(
    found: Survey, clock: Clock, log: Log, may_go_on: Callable[[], bool], *, identity_only: bool = False
) -> Turn:
    """Make what was surveyed agree with the policy; nobody is asked and no guard is overridden.

    `may_go_on` is asked before each change. What the policy names and does not exist is left out and reported: one
    namespace that is gone must not keep everybody's access as it was.
    """
    plan = found.plan(identity_only=identity_only)
    try:
        guard(plan, found.actual, caller=found.principal())
    except UnsafePlan as error:
        return Turn(plan.cluster, Ending.REFUSED, str(error), plan)
    except KaccessError as error:
        return Turn(plan.cluster, Ending.FAILED, str(error), plan)
    outcomes: list[Outcome] = []
    changes = apply(plan, found.write, wait=lambda seconds: _settle(seconds, clock))
    while len(outcomes) < len(plan.changes):
        if clock.stopping() or not may_go_on():
            reason = STOPPING if clock.stopping() else SUPERSEDED
            return Turn(plan.cluster, Ending.STOPPED, reason, plan, tuple(outcomes))
        outcome = _advised(next(changes))
        outcomes.append(outcome)
        log.outcome(plan.cluster, outcome)
    return Turn(plan.cluster, ending_of(plan, tuple(outcomes)), "", plan, tuple(outcomes))


def _settle(seconds: float, clock: Clock) -> None:
    if clock.wait(seconds):
        raise Stopping(STOPPING)


def _advised(outcome: Outcome) -> Outcome:
    """An entry of someone else's that could not be joined needs more rights than a reconciler has (kaccess.render)."""
    before = outcome.change.before
    if outcome.status is not Status.FAILED or not isinstance(before, Entry) or before.owned:
        return outcome
    return replace(outcome, reason=f"{outcome.reason}; {JOINING}")
