"""Cuts in the text of a policy file: one item more or less in a list, every other byte as it was.

The cuts follow the style of the list, flow (`[a, b]`) or block (one item a line). An item that was just added is
taken out again by the cut that undoes it. What came out is not checked here: `kaccess.policy.edit` reads it again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from kaccess.policy.document import Mapping, Node, Scalar, Sequence
from kaccess.policy.fields import is_null

_TO_NEXT_DASH = re.compile(r"[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*")


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


def owns_its_items(sequence: Sequence) -> bool:
    """Whether the items stand where the list stands; those of a list that is an alias stand somewhere else."""
    return all(sequence.start <= item.start and item.end <= sequence.end for item in sequence.items)


def add_item(text: str, root: Mapping, name: str, item: str, *, after: int | None) -> tuple[Cut, ...]:
    """Add an item to the list `name` of the document, behind the item with this index or, for None, at its end."""
    found = next(((key, value) for key, value in root.pairs if key.text == name), None)
    if found is None:
        return (_add_list(text, root, name, item),)
    key, value = found
    if isinstance(value, Sequence) and value.items:
        index = len(value.items) - 1 if after is None else after
        if value.flow:
            return (Cut(value.items[index].end, value.items[index].end, f", {item}"),)
        dash = _dash(text, value, index)
        line = text[_line_start(text, dash) : dash] + f"- {item}"
        return (_new_line(text, _end(text, value.items[index]), line),)
    if root.flow:
        return (Cut(value.start, value.end, f"[{item}]"),)
    return _begin_block(text, key, value, f"{' ' * (root.place.column - 1)}  - {item}")


def remove_items(text: str, key: Scalar, sequence: Sequence, indices: Collection[int]) -> tuple[Cut, ...]:
    """Take the items with these indices out of the list that is the value of `key`."""
    if sequence.flow:
        return tuple(_remove_run(sequence, first, last) for first, last in _runs(sorted(indices)))
    ends_file = _line_end(text, _end(text, sequence.items[-1])) == len(text)
    cuts = [_remove_lines(text, sequence, index, ends_file) for index in indices]
    if len(cuts) == len(sequence.items):
        colon = _behind_colon(text, key)
        cuts.append(Cut(colon, colon, " []"))
    return tuple(cuts)


def _add_list(text: str, root: Mapping, name: str, item: str) -> Cut:
    if root.flow:
        return Cut(root.end - 1, root.end - 1, f', "{name}": [{item}]')
    newline, indent = _newline(text), " " * (root.place.column - 1)
    glue = "" if not text or text.endswith("\n") else newline
    return Cut(len(text), len(text), f"{glue}{newline}{indent}{name}:{newline}{indent}  - {item}{newline}")


def _begin_block(text: str, key: Scalar, value: Node, line: str) -> tuple[Cut, ...]:
    """Turn a list without items into one whose first line is `line`."""
    colon = _behind_colon(text, key)
    end = colon if is_null(value) and value.start == value.end else value.end
    return Cut(colon, end), _new_line(text, end, line)


def _new_line(text: str, position: int, line: str) -> Cut:
    """A line behind the one that `position` is in."""
    end = _line_end(text, position)
    return Cut(end, end, _newline(text) + line)


def _remove_lines(text: str, sequence: Sequence, index: int, ends_file: bool) -> Cut:
    """Cut an item with its line break, or, where the file ends without one, with the break before it."""
    start = _line_start(text, _dash(text, sequence, index))
    end = _line_end(text, _end(text, sequence.items[index]))
    if not ends_file:
        return Cut(start, _next_line(text, end))
    return Cut(_line_end(text, start - 1), end)


def _remove_run(sequence: Sequence, first: int, last: int) -> Cut:
    items = sequence.items
    if first > 0:
        return Cut(items[first - 1].end, items[last].end)
    if last + 1 < len(items):
        return Cut(items[0].start, items[last + 1].start)
    return Cut(items[0].start, sequence.end - 1)


def _runs(indices: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of neighbours."""
    first = 0
    for position, index in enumerate(indices):
        if position + 1 == len(indices) or indices[position + 1] != index + 1:
            yield indices[first], index
            first = position + 1


def _dash(text: str, sequence: Sequence, index: int) -> int:
    if index == 0:
        return sequence.start
    found = _TO_NEXT_DASH.match(text, _end(text, sequence.items[index - 1]))
    return found.end() if found else sequence.items[index].start


def _end(text: str, node: Node) -> int:
    """Where the last character of the node is, comments and empty lines behind it not counted."""
    if isinstance(node, Scalar):
        return len(text[: node.end].rstrip()) if node.start < node.end else node.start
    if node.flow:
        return node.end
    if isinstance(node, Sequence):
        return _end(text, node.items[-1])
    key, value = node.pairs[-1]
    return _behind_colon(text, key) if is_null(value) else _end(text, value)


def _behind_colon(text: str, key: Scalar) -> int:
    return text.index(":", key.end) + 1


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _line_end(text: str, position: int) -> int:
    """Where the line that `position` is in ends, its line break not counted."""
    end = text.find("\n", position)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1 : end] == "\r" else end


def _next_line(text: str, line_end: int) -> int:
    return line_end + (2 if text.startswith("\r\n", line_end) else 1)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
