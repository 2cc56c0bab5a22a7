"""Time as a reconciler sees it: handed in, so that tests pass it by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Clock:
    """`now` is the moment (aware) that grants end by; `seconds` only ever grows, from no particular beginning.

    `wait` waits that many seconds at most, and says whether the process was asked to stop; `stopping` says the same
    without waiting.
    """

    now: Callable[[], datetime]
    seconds: Callable[[], float]
    wait: Callable[[float], bool]
    stopping: Callable[[], bool]
