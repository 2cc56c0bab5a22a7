"""Cuts in the text of a policy file: one item more or less in a list, every other byte as it was.

The cuts follow the style of the list, flow (`[a, b]`) or block (one item a line). An item that was just added is
taken out again by the cut that undoes it. What came out is not checked here: `kaccess.policy.edit` reads it again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from kaccess.policy.begun import begin_list, end_flow_list, end_list, fill_list
from kaccess.policy.document import Mapping, Node, Scalar, Sequence
from kaccess.policy.fields import is_null
from kaccess.policy.flow_cuts import add_behind, remove_run
from kaccess.policy.places import Cut, behind_colon, line_end, line_start, newline_at, next_line

_TO_NEXT_DASH = re.compile(r"[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*")


def owns_its_items(sequence: Sequence) -> bool:
    """Whether the items stand where the list stands; those of a list that is an alias stand somewhere else."""
    return all(sequence.start <= item.start and item.end <= sequence.end for item in sequence.items)


def add_item(text: str, root: Mapping, name: str, item: str, *, after: int | None) -> tuple[Cut, ...]:
    """Add an item to the list `name` of the document, behind the item with this index or, for None, at its end."""
    found = next(((key, value) for key, value in root.pairs if key.text == name), None)
    if found is None:
        return (begin_list(text, root, name, item),)
    key, value = found
    if not isinstance(value, Sequence) or not value.items:
        return fill_list(text, root, key, value, item)
    index = len(value.items) - 1 if after is None else after
    if value.flow:
        return add_behind(text, value, index, item)
    dash = _dash(text, value, index)
    indent = text[line_start(text, dash) : dash]
    end = _after_comments(text, line_end(text, _end(text, value.items[index])), len(indent))
    return (Cut(end, end, f"{newline_at(text, end)}{indent}- {item}"),)


def remove_items(
    text: str, root: Mapping, key: Scalar, sequence: Sequence, indices: Collection[int]
) -> tuple[Cut, ...]:
    """Take the items with these indices out of the list that is the value of `key` in the mapping `root`."""
    is_all = len(indices) == len(sequence.items)
    if sequence.flow:
        whole = end_flow_list(text, root, key, sequence) if is_all else None
        cuts = (cut for run in _runs(sorted(indices)) for cut in remove_run(text, sequence, *run))
        return (whole,) if whole else tuple(cuts)
    ends_file = line_end(text, _end(text, sequence.items[-1])) == len(text)
    lines = [_remove_lines(text, sequence, index, ends_file) for index in indices]
    return (*lines, end_list(text, key, ends_file=ends_file)) if is_all else tuple(lines)


def _after_comments(text: str, end: int, column: int) -> int:
    """Where the comments behind an item that are indented deeper than its dash, and so belong to it, end.

    `end` is where the item's last line ends, `column` where the dash is.
    """
    found = re.compile(rf"(?:\r?\n(?:[ \t]*\r?\n)* {{{column + 1},}}#[^\r\n]*)*").match(text, end)
    return found.end() if found else end


def _remove_lines(text: str, sequence: Sequence, index: int, ends_file: bool) -> Cut:
    """Cut an item with its line break, or, where the file ends without one, with the break before it."""
    start = line_start(text, _dash(text, sequence, index))
    end = line_end(text, _end(text, sequence.items[index]))
    if not ends_file:
        return Cut(start, next_line(text, end))
    return Cut(line_end(text, start - 1), end)


def _runs(indices: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of neighbours."""
    first = 0
    for position, index in enumerate(indices):
        if position + 1 == len(indices) or indices[position + 1] != index + 1:
            yield indices[first], index
            first = position + 1


def _dash(text: str, sequence: Sequence, index: int) -> int:
    if index == 0 and text[sequence.start] == "-":
        return sequence.start
    # The list itself begins with its anchor, if it has one.
    found = _TO_NEXT_DASH.match(text, _end(text, sequence.items[index - 1]) if index else sequence.start)
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
    return behind_colon(text, key) if is_null(value) else _end(text, value)
