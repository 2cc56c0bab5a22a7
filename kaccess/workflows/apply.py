"""The one write path: carry out a plan, change by change, and say of each what became of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from typing import Final, NamedTuple

from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.plan import Change, Operation, Plan
from kaccess.model.policy import Backend
from kaccess.model.state import Entry

INTERRUPTED: Final = "interrupted; run again to finish"
"""The reason of a change during which the run was interrupted, and of all after it."""

SETTLE_SECONDS: Final = 15.0
"""How long EKS may take until it looks at a new access entry: "several seconds" by its documentation, and some more."""

WRITERS: Final = 8
"""Access entries written at once by a person's apply; EKS publishes no rate, and the client slows down when told to."""


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
    plan: Plan, write: Callable[[Change], None], *, wait: Callable[[float], object] = time.sleep, width: int = 1
) -> Iterator[Outcome]:
    """Carry out `plan`, yielding each outcome in the plan's order.

    A change is skipped if one that it needs did not succeed; the others go on. Credentials that stop working, and an
    interruption, stop the run. Before the first row is taken away in favour of an access entry that was just made,
    `wait` is called with the seconds that EKS may take to look at that.

    So many access entries in a row as `width` says are written at once: there may be thousands, and what one needs is
    never among them. All else is written one after the other.
    """
    run = _Run(plan, write, wait)
    under_way: deque[_Begun] = deque()
    with ThreadPoolExecutor(width) as pool:
        for position, change in enumerate(plan.changes):
            while under_way and not (len(under_way) < width and _may_join(change, under_way)):
                yield run.ended(under_way.popleft())
            under_way.append(run.begun(position, change, pool))
        while under_way:
            yield run.ended(under_way.popleft())


def at_once(changes: Sequence[Change], width: int) -> int:
    """How many of these changes, from the first on, `apply` may have begun before it told of any."""
    entries = sum(1 for _ in takewhile(_is_access_entry, changes[:width]))
    return max(entries, min(len(changes), 1))


class _Begun(NamedTuple):
    """A change, and what waits for its end; none for one that is not to be made, with the reason."""

    position: int
    change: Change
    end: Callable[[], None] | None
    reason: str = ""


def _may_join(change: Change, under_way: Iterable[_Begun]) -> bool:
    """Whether a change may be made at the same time as these."""
    return _is_access_entry(change) and all(
        _is_access_entry(each.change) and each.position not in change.needs for each in under_way
    )


class _Run:
    def __init__(self, plan: Plan, write: Callable[[Change], None], wait: Callable[[float], object]) -> None:
        self._plan = plan
        self._write = write
        self._wait = wait
        self._done: set[int] = set()
        self._stopped = ""
        self._settled = False

    def begun(self, position: int, change: Change, pool: Executor) -> _Begun:
        """Begin one change, unless something speaks against it."""
        missing = sorted(change.needs - self._done)
        if self._stopped:
            return _Begun(position, change, None, self._stopped)
        if missing:
            return _Begun(position, change, None, f"not safe before: {self._plan.changes[missing[0]].key}")
        if _is_access_entry(change):
            return _Begun(position, change, pool.submit(self._write, change).result)
        return _Begun(position, change, lambda: self._make(change))

    def ended(self, begun: _Begun) -> Outcome:
        """What became of it, once it has ended."""
        change = begun.change
        if begun.end is None:
            return Outcome(change, Status.SKIPPED, begun.reason)
        try:
            begun.end()
        except LoginNeeded as error:
            self._stopped = str(error)
            return Outcome(change, Status.FAILED, self._stopped)
        except KeyboardInterrupt:
            self._stopped = INTERRUPTED
            return Outcome(change, Status.FAILED, self._stopped)
        except KaccessError as error:
            return Outcome(change, Status.FAILED, str(error))
        self._done.add(begun.position)
        return Outcome(change, Status.APPLIED)

    def _make(self, change: Change) -> None:
        self._settle(change)
        self._write(change)

    def _settle(self, change: Change) -> None:
        if self._settled or not _is_row(change):
            return
        if any(_makes_entry(self._plan.changes[position]) for position in change.needs):
            self._wait(SETTLE_SECONDS)
            self._settled = True


def _is_row(change: Change) -> bool:
    return isinstance(change.item, Entry) and change.item.backend is Backend.AWS_AUTH


def _is_access_entry(change: Change) -> bool:
    return isinstance(change.item, Entry) and not _is_row(change)


def _makes_entry(change: Change) -> bool:
    return _is_access_entry(change) and change.operation is not Operation.DELETE
