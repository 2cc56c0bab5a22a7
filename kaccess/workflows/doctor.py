"""Find out where the way from one's credentials to one's namespaces breaks, step by step. Changes nothing.

A check answers, or raises a `KaccessError` whose line is its failure. None throws out of here, and none lasts longer
than `PATIENCE`: what hangs is a finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeAlias

from kaccess.model.errors import KaccessError

PATIENCE: Final = 20.0
"""Seconds for one check."""


_ANYTHING: Final = "mend that, and run `kaccess doctor` again"


class Outcome(str, Enum):
    """What came of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Checked:
    """A check that was made: what is so, and what to do about it (empty where nothing is to be done)."""

    what: str
    outcome: Outcome
    says: str
    next_step: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.says}{f'; {self.next_step}' if self.next_step else ''}"


@dataclass(frozen=True)
class Answer:
    """What a check has to say, if it does not fail; a `next_step` makes it a warning."""

    says: str
    next_step: str = ""


@dataclass(frozen=True)
class Check:
    """Something to look at."""

    what: str
    look: Callable[[], Answer]


Chain: TypeAlias = tuple[Check, ...]
"""Checks of which each makes sense only if those before it did not fail."""


def examine(chains: Iterable[Chain], patience: float = PATIENCE) -> Iterator[Checked]:
    """Make these checks, one after the other, each within `patience` seconds."""
    for chain in chains:
        failed = ""
        for check in chain:
            if failed:
                yield Checked(check.what, Outcome.WARNING, "not checked", f"mend {failed} first")
                continue
            checked = _bounded(check, patience)
            yield checked
            failed = check.what if checked.outcome is Outcome.FAILURE else ""


def _bounded(check: Check, patience: float) -> Checked:
    """The check on a thread of its own, which is left behind if it hangs."""
    answers: SimpleQueue[Checked] = SimpleQueue()
    Thread(target=lambda: answers.put(_checked(check)), daemon=True).start()
    try:
        return answers.get(timeout=patience)
    except Empty:
        says = f"no answer within {patience:.0f} s"
        return Checked(check.what, Outcome.FAILURE, says, "check the network, VPN and proxy settings")


def _checked(check: Check) -> Checked:
    try:
        answer = check.look()
    except KaccessError as error:
        says, _, next_step = " ".join(str(error).splitlines()).partition("; ")
        return Checked(check.what, Outcome.FAILURE, says, next_step or _ANYTHING)
    except Exception as error:  # noqa: BLE001 - whatever is broken here, the other checks are worth making
        says = f"the check itself failed ({type(error).__name__})"
        return Checked(check.what, Outcome.FAILURE, says, "tell the maintainers of kaccess")
    outcome = Outcome.WARNING if answer.next_step else Outcome.OK
    return Checked(check.what, outcome, answer.says, answer.next_step)
