"""What came of a round: one turn for each cluster, and for each account that has roles to assume."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from kaccess.model.errors import DONE, FAILED, REFUSED, KaccessError
from kaccess.model.plan import Plan
from kaccess.workflows.apply import Outcome, Status


class Ending(Enum):
    """How a turn ended. `FAILED`: something that was to be done was not; `UNREACHED`: nothing could be read."""

    AGREED = "agreed"
    CHANGED = "changed"
    FAILED = "failed"
    REFUSED = "refused"
    UNREACHED = "unreached"
    FOLLOWING = "following"
    WAITING = "waiting"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Turn:
    """What one round did for one cluster. `cluster` is its alias, or `account ID`; `reason` says what went wrong.

    A turn that ended in `FOLLOWING` left the cluster to its leader, one that is `WAITING` to a later round.
    """

    cluster: str
    ending: Ending
    reason: str = ""
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the cluster agrees with the policy now, as far as this turn could see."""
        return self.ending in {Ending.AGREED, Ending.CHANGED}

    @property
    def is_problem(self) -> bool:
        """Whether someone should look at it."""
        return self.ending in {Ending.FAILED, Ending.REFUSED, Ending.UNREACHED}


def ending_of(plan: Plan, outcomes: tuple[Outcome, ...]) -> Ending:
    """How a turn ended that carried out the whole of `plan`."""
    if plan.skipped or any(outcome.status is not Status.APPLIED for outcome in outcomes):
        return Ending.FAILED
    return Ending.CHANGED if outcomes else Ending.AGREED


@dataclass(frozen=True)
class Round:
    """One round. `policy_error` says why the policy could not be used; then there are no turns and nothing changed."""

    started_at: datetime
    seconds: float
    turns: tuple[Turn, ...] = ()
    policy_error: KaccessError | None = None

    @property
    def exit_code(self) -> int:
        """As `apply` would say it: 1 if something was not done, 4 if plans were refused and all else is well."""
        if self.policy_error is not None:
            return self.policy_error.exit_code
        if any(turn.ending in {Ending.FAILED, Ending.UNREACHED} for turn in self.turns):
            return FAILED
        return REFUSED if any(turn.ending is Ending.REFUSED for turn in self.turns) else DONE
