"""Carry out the plans of a whole fleet: the accounts first, since entries name their roles, then clusters side by side.

The work is done by threads; the calling one alone hears of it, and is the one that Ctrl-C reaches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event
from typing import Final, TypeAlias

from kaccess.model.plan import Change, Plan
from kaccess.workflows.apply import INTERRUPTED, WRITERS, Outcome, Status, apply, at_once

WIDTH: Final = 8
"""Plans carried out side by side."""

_WAIT_SECONDS: Final = 0.2

Seen: TypeAlias = Callable[[Plan, Outcome], None]
Wait: TypeAlias = Callable[[float], object]


@dataclass(frozen=True)
class Job:
    """A plan and what makes one change of it."""

    plan: Plan
    write: Callable[[Change], None]


@dataclass(frozen=True)
class Applied:
    """A plan and what became of each of its changes, in their order."""

    plan: Plan
    outcomes: tuple[Outcome, ...]

    @property
    def is_interrupted(self) -> bool:
        """Whether someone interrupted it."""
        return any(outcome.reason == INTERRUPTED for outcome in self.outcomes)


def roll_out(
    accounts: Sequence[Job], clusters: Sequence[Job], seen: Seen, *, wait: Wait = time.sleep
) -> tuple[Applied, ...]:
    """Carry out these plans; the answer is in their order.

    `seen` is told of each outcome as it happens, in the calling thread. A KeyboardInterrupt there ends the work at
    once: what is under way and what has not begun is reported as interrupted.
    """
    first = _Stage(accounts, wait)
    is_interrupted = first.run(seen)
    second = _Stage(clusters, wait)
    if not is_interrupted:
        second.run(seen)
    return (*first.applied(), *second.applied())


class _Stage:
    """Some plans carried out side by side."""

    def __init__(self, jobs: Sequence[Job], wait: Wait) -> None:
        self._jobs = jobs
        self._wait = wait
        self._outcomes: list[list[Outcome]] = [[] for _ in jobs]
        self._begun: set[int] = set()
        self._news: SimpleQueue[tuple[int, Outcome] | BaseException] = SimpleQueue()
        self._stopping = Event()

    def run(self, seen: Seen) -> bool:
        """Carry them out; returns whether someone interrupted it."""
        pool = ThreadPoolExecutor(WIDTH)
        try:
            for number, job in enumerate(self._jobs):
                pool.submit(self._work, number, job)
            for _ in range(sum(len(job.plan.changes) for job in self._jobs)):
                number, outcome = self._heard(self._next())
                seen(self._jobs[number].plan, outcome)
        except KeyboardInterrupt:
            self._stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            while not self._news.empty():
                self._heard(self._news.get())
            return True
        pool.shutdown()
        return any(outcome.reason == INTERRUPTED for outcomes in self._outcomes for outcome in outcomes)

    def applied(self) -> Iterator[Applied]:
        """What became of them; what nobody was told of was interrupted."""
        for number, (job, outcomes) in enumerate(zip(self._jobs, self._outcomes, strict=True)):
            left = job.plan.changes[len(outcomes) :]
            under_way = at_once(left, WRITERS) if number in self._begun else 0
            yield Applied(job.plan, (*outcomes, *_interrupted(left, under_way)))

    def _work(self, number: int, job: Job) -> None:
        self._begun.add(number)
        try:
            for outcome in apply(job.plan, job.write, wait=self._wait, width=WRITERS):
                self._news.put((number, outcome))
                if self._stopping.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - a defect: the calling thread raises it
            self._news.put(error)

    def _next(self) -> tuple[int, Outcome] | BaseException:
        """The next news. A Ctrl-C just before the wait begins is heard when it ends, so it ends often."""
        while True:
            with suppress(Empty):
                return self._news.get(timeout=_WAIT_SECONDS)

    def _heard(self, news: tuple[int, Outcome] | BaseException) -> tuple[int, Outcome]:
        if isinstance(news, BaseException):
            raise news
        number, outcome = news
        self._outcomes[number].append(outcome)
        return number, outcome


def _interrupted(changes: Iterable[Change], under_way: int) -> Iterator[Outcome]:
    for position, change in enumerate(changes):
        yield Outcome(change, Status.FAILED if position < under_way else Status.SKIPPED, INTERRUPTED)
