"""The one write path: carry out a plan, change by change, and say of each what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.plan import Change, Operation, Plan
from kaccess.model.policy import Backend
from kaccess.model.state import Entry

INTERRUPTED: Final = "interrupted; run again to finish"
"""The reason of a change during which the run was interrupted, and of all after it."""

SETTLE_SECONDS: Final = 15.0
"""How long EKS may take until it looks at a new access entry: "several seconds" by its documentation, and some more."""


class Status(Enum):
    """What became of a change."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """A change and what became of it; `reason` is empty when it was applied."""

    change: Change
    status: Status
    reason: str = ""


def apply(
    plan: Plan, write: Callable[[Change], None], *, wait: Callable[[float], object] = time.sleep
) -> Iterator[Outcome]:
    """Carry out `plan`, yielding each outcome as it happens.

    A change is skipped if one that it needs did not succeed; the others go on. Credentials that stop working, and an
    interruption, stop the run. Before the first row is taken away in favour of an access entry that was just made,
    `wait` is called with the seconds that EKS may take to look at that.
    """
    run = _Run(plan, write, wait)
    for position, change in enumerate(plan.changes):
        yield run.outcome(position, change)


class _Run:
    def __init__(self, plan: Plan, write: Callable[[Change], None], wait: Callable[[float], object]) -> None:
        self._plan = plan
        self._write = write
        self._wait = wait
        self._done: set[int] = set()
        self._stopped = ""
        self._settled = False

    def outcome(self, position: int, change: Change) -> Outcome:
        """Make one change, unless something speaks against it."""
        missing = sorted(change.needs - self._done)
        if self._stopped:
            return Outcome(change, Status.SKIPPED, self._stopped)
        if missing:
            return Outcome(change, Status.SKIPPED, f"not safe before: {self._plan.changes[missing[0]].key}")
        try:
            self._settle(change)
            self._write(change)
        except LoginNeeded as error:
            self._stopped = str(error)
            return Outcome(change, Status.FAILED, self._stopped)
        except KeyboardInterrupt:
            self._stopped = INTERRUPTED
            return Outcome(change, Status.FAILED, self._stopped)
        except KaccessError as error:
            return Outcome(change, Status.FAILED, str(error))
        self._done.add(position)
        return Outcome(change, Status.APPLIED)

    def _settle(self, change: Change) -> None:
        if self._settled or not _is_row(change):
            return
        if any(_makes_entry(self._plan.changes[position]) for position in change.needs):
            self._wait(SETTLE_SECONDS)
            self._settled = True


def _is_row(change: Change) -> bool:
    return isinstance(change.item, Entry) and change.item.backend is Backend.AWS_AUTH


def _makes_entry(change: Change) -> bool:
    return isinstance(change.item, Entry) and not _is_row(change) and change.operation is not Operation.DELETE
