"""Lists that kaccess begins where a policy file has none, and takes away with their last item.

A comment behind the key says so: without it, nobody could tell such a list from one that a person had left empty, and
taking out what was just added would not give back the file. Where the whole policy stands in braces, as in JSON, the
list comes first instead, where people put none, and its bracket tells it from one that was there.
"""

from __future__ import annotations

from typing import Final

from kaccess.policy.document import Mapping, Node, Scalar, Sequence
from kaccess.policy.places import Cut, behind_colon, line_end, line_start, newline_at, next_line

_TAKEN_AWAY: Final = frozenset({"grants"})
"""The lists from which commands take lines away again."""

BEGUN: Final = "  # begun by kaccess; goes with its last line"
"""Behind a key that was not there."""

BEGUN_IN_BRACES: Final = "[ "
"""How a list begins that was not there; what is put into an empty one comes right behind its bracket."""

FILLED: Final = "  # filled by kaccess; empty without these lines"
"""Behind a key that had no value."""


def begin_list(text: str, root: Mapping, name: str, item: str) -> Cut:
    """Add the list `name` with one item to a document that lacks it."""
    if root.flow:
        bracket = BEGUN_IN_BRACES if name in _TAKEN_AWAY else "["
        return Cut(root.start + 1, root.start + 1, f'"{name}": {bracket}{item}],')
    end = _end_of_content(text, root)
    newline, indent = newline_at(text, end), " " * (root.place.column - 1)
    added = f"{newline}{indent}{name}:{BEGUN if name in _TAKEN_AWAY else ''}{newline}{indent}  - {item}"
    return Cut(end, end, f"{added}{newline}" if text[:end].endswith("\n") else f"{newline}{added}")


def fill_list(text: str, root: Mapping, key: Scalar, value: Node, item: str) -> tuple[Cut, ...]:
    """Put the first item into a list that has none: `[]`, or a key without a value."""
    colon = behind_colon(text, key)
    is_bracket = isinstance(value, Sequence) and text[value.start] == "["  # and neither an alias nor an anchor
    if is_bracket and (root.flow or text[colon : value.end] != " []"):
        return (Cut(value.start + 1, value.start + 1, item),)
    if root.flow:
        return (Cut(value.start, value.end, f"[{item}]"),)
    is_nothing = not isinstance(value, Sequence) and value.start == value.end
    end = line_end(text, colon) if is_nothing else line_end(text, value.end)
    mark = FILLED if is_nothing and key.text in _TAKEN_AWAY else ""
    line = f"{mark}{newline_at(text, end)}{' ' * (root.place.column - 1)}  - {item}"
    return (Cut(end, end, line),) if is_nothing else (Cut(colon, value.end), Cut(end, end, line))


def end_list(text: str, key: Scalar, *, ends_file: bool) -> Cut:
    """What is to be done to the key of a block list of which no item stays: it goes, or its value is nothing, or `[]`.

    `ends_file` is whether the last item ends the file without a line break: then each item goes with the break before.
    """
    colon = behind_colon(text, key)
    end = line_end(text, colon)
    if text[colon:end].endswith(FILLED):
        return Cut(end - len(FILLED), end)
    if text[colon:end] != BEGUN:
        return Cut(colon, colon, " []")
    start = line_start(text, key.start)
    above = line_start(text, start - 1)
    first = start if text[above:start].strip() else above  # with the empty line that came before it
    return Cut(line_end(text, first - 1), end) if ends_file else Cut(first, next_line(text, end))


def end_flow_list(text: str, root: Mapping, key: Scalar, sequence: Sequence) -> Cut | None:
    """The cut for a whole list that `begin_list` put before everything else in braces; None for any other."""
    is_first = root.flow and key is root.pairs[0][0] and key.start == root.start + 1
    is_ours = is_first and text.startswith(BEGUN_IN_BRACES, sequence.start) and text.startswith(",", sequence.end)
    return Cut(key.start, sequence.end + 1) if is_ours else None


def _end_of_content(text: str, root: Mapping) -> int:
    """Where the document ends: at the end of the file, or before the line `...`."""
    return root.end if text.startswith("...", root.end) else len(text)
