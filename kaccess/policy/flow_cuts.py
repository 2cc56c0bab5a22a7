"""Cuts in lists in brackets (`[a, b]`), on one line or with items on lines of their own.

An item that has its lines for itself comes and goes with them, and the comment behind it; any other with its comma.
"""

from __future__ import annotations

import re
from typing import Final

from kaccess.policy.document import Sequence
from kaccess.policy.places import Cut, line_end, line_start, newline_at, next_line

_COMMA: Final = re.compile(r"(?:\s|#[^\n]*\n)*,")
_REST: Final = re.compile(r"[ \t]*,?[ \t]*(?:[ \t]#[^\n]*)?\r?(?:\n|\Z)")
"""What may follow an item on its last line if it has it for itself."""


def add_behind(text: str, sequence: Sequence, index: int, item: str) -> tuple[Cut, ...]:
    """Add an item behind the one with this index."""
    end = sequence.items[index].end
    if not _is_alone(text, sequence, index):
        return (Cut(end, end, f", {item}"),)
    start, stop = line_start(text, sequence.items[index].start), line_end(text, end)
    line = f"{newline_at(text, stop)}{text[start : sequence.items[index].start]}{item}"
    if _comma(text, sequence, index):
        return (Cut(stop, stop, f"{line},"),)
    return (Cut(end, end, f",{line}"),) if stop == end else (Cut(end, end, ","), Cut(stop, stop, line))


def remove_run(text: str, sequence: Sequence, first: int, last: int) -> tuple[Cut, ...]:
    """Take the items from `first` to `last` out."""
    items = sequence.items
    if all(_is_alone(text, sequence, index) for index in range(first, last + 1)):
        start, end = line_start(text, items[first].start), line_end(text, items[last].end)
        comma = _comma(text, sequence, first - 1) if first and not _comma(text, sequence, last) else None
        lines = Cut(start, next_line(text, end))
        return (Cut(comma - 1, comma), lines) if comma else (lines,)
    if first > 0:
        return (Cut(items[first - 1].end, items[last].end),)
    if last + 1 < len(items):
        return (Cut(items[0].start, items[last + 1].start),)
    return (Cut(items[0].start, _comma(text, sequence, last) or items[last].end),)


def _comma(text: str, sequence: Sequence, index: int) -> int | None:
    """Where the comma behind an item ends, if there is one."""
    found = _COMMA.match(text, sequence.items[index].end, sequence.end)
    return found.end() if found else None


def _is_alone(text: str, sequence: Sequence, index: int) -> bool:
    """Whether no other item and no bracket of the list stands on the lines of an item."""
    item = sequence.items[index]
    before = text[line_start(text, item.start) : item.start]
    return not before.strip(" \t") and bool(_REST.match(text, item.end))
