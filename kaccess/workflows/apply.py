"""The one write path: carry out a plan, change by change, and say of each what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.identity import ClusterInfo
from kaccess.model.plan import Change, Plan
from kaccess.model.state import Entry
from kaccess.workflows.ports import Eks, Kube

INTERRUPTED: Final = "interrupted; run again to finish"
"""The reason of a change during which the run was interrupted, and of all after it."""


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


def apply(plan: Plan, cluster: ClusterInfo, eks: Eks, kube: Kube) -> Iterator[Outcome]:
    """Carry out `plan` on one cluster, yielding each outcome as it happens.

    A change is skipped if one that it needs did not succeed; the others go on. Credentials that stop working, and an
    interruption, stop the run.
    """

    def write(change: Change) -> None:
        if isinstance(change.item, Entry):
            eks.write_entry(cluster, change)
        else:
            kube.write(change)

    return _carry_out(plan, write)


def _carry_out(plan: Plan, write: Callable[[Change], None]) -> Iterator[Outcome]:
    done: set[int] = set()
    stopped = ""
    for position, change in enumerate(plan.changes):
        missing = sorted(change.needs - done)
        if stopped:
            yield Outcome(change, Status.SKIPPED, stopped)
        elif missing:
            yield Outcome(change, Status.SKIPPED, f"not safe before: {plan.changes[missing[0]].key}")
        else:
            try:
                write(change)
            except LoginNeeded as error:
                stopped = str(error)
                yield Outcome(change, Status.FAILED, stopped)
            except KeyboardInterrupt:
                stopped = INTERRUPTED
                yield Outcome(change, Status.FAILED, stopped)
            except KaccessError as error:
                yield Outcome(change, Status.FAILED, str(error))
            else:
                done.add(position)
                yield Outcome(change, Status.APPLIED)
