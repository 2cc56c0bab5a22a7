"""What is wrong with a policy, and where: collected, not raised one by one, so that people see all of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from kaccess.model.errors import KaccessError
from kaccess.model.policy import Place

_SHOWN: Final = 60


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong or doubtful, as a line `FILE:LINE:COL: what`. A line of 0 speaks of the file itself."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place if self.place.line else self.place.file}: {self.message}"


class PolicyError(KaccessError):
    """A policy that cannot be used; shown as all its problems, one per line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass
class Report:
    """Collects problems, which make a policy unusable, and warnings, which do not."""

    _problems: set[Problem] = field(default_factory=set)
    _warnings: set[Problem] = field(default_factory=set)

    def refuse(self, place: Place, message: str) -> None:
        """Note something that makes the policy unusable; an empty message is no problem."""
        if message:
            self._problems.add(Problem(place, _printable(message)))

    def warn(self, place: Place, message: str) -> None:
        """Note something that is allowed and probably not meant."""
        self._warnings.add(Problem(place, _printable(message)))

    @property
    def refused(self) -> bool:
        """Whether any problem was noted."""
        return bool(self._problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, by place."""
        return tuple(sorted(self._problems))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings, by place."""
        return tuple(sorted(self._warnings))

    def raise_if_refused(self) -> None:
        """End here if there is any problem.

        Raises:
            PolicyError: with all problems, by place.
        """
        if self._problems:
            raise PolicyError(self.problems)


def show(text: str) -> str:
    """`text` quoted for a message and cut if it is long, in ASCII, so that look-alike letters are seen."""
    return ascii(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` if something known is close to `word`, otherwise nothing."""
    near = _nearest(word, frozenset(known))
    return f" (did you mean {show(near)}?)" if near else ""


def _printable(message: str) -> str:
    """One line of ASCII, whatever of a file is in it: no control character reaches a terminal."""
    return "".join(each if " " <= each <= "~" else ascii(each)[1:-1] for each in message)


@lru_cache(maxsize=1024)
def _nearest(word: str, known: frozenset[str]) -> str | None:
    lowered = {name.lower(): name for name in sorted(known, reverse=True)}
    near = difflib.get_close_matches(word.lower()[:_SHOWN], sorted(lowered), n=1)
    return lowered[near[0]] if near else None
