"""Places in the text of a policy file, and cuts in it. Offsets count characters; lines end in LF or CR LF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kaccess.policy.document import Scalar


@dataclass(frozen=True, order=True)
class Cut:
    """The characters from `start` to `end` become `text`."""

    start: int
    end: int
    text: str = ""


def apply_cuts(text: str, cuts: Iterable[Cut]) -> str:
    """The text after all the cuts, which must not overlap."""
    for cut in sorted(cuts, reverse=True):
        text = text[: cut.start] + cut.text + text[cut.end :]
    return text


def behind_colon(text: str, key: Scalar) -> int:
    """The offset behind the colon that follows a key."""
    return text.index(":", key.end) + 1


def line_start(text: str, position: int) -> int:
    """Where the line that `position` is in begins."""
    return text.rfind("\n", 0, max(position, 0)) + 1


def line_end(text: str, position: int) -> int:
    """Where the line that `position` is in ends, its line break not counted."""
    end = text.find("\n", position)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1 : end] == "\r" else end


def next_line(text: str, line_end: int) -> int:
    """Where the line after the one that ends at `line_end` begins."""
    return line_end + (2 if text.startswith("\r\n", line_end) else 1)


def newline_at(text: str, position: int) -> str:
    """How the line that `position` is in ends; the last of a file as the one before it."""
    end = text.find("\n", position)
    end = end if end >= 0 else text.rfind("\n")
    return "\r\n" if text[max(end - 1, 0) : end] == "\r" else "\n"
