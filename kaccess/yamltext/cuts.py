"""Changing parts of a YAML text and no others, so that comments and layout stay as they are.

A node's marks say where it stands. That is not the whole truth (aliases, comments, odd layouts), so whoever cuts reads
the result again and compares it with what it should say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import yaml


@dataclass(frozen=True)
class Cut:
    """Replace the characters from `start` up to but not including `end`."""

    start: int
    end: int
    text: str = ""


def apply_cuts(text: str, cuts: Iterable[Cut]) -> str:
    """The text after all cuts, which must not overlap.

    Insertions come before what is replaced at their place; of several at one place the first stays first.
    """
    parts, at = [], 0
    for cut in sorted(cuts, key=lambda cut: (cut.start, cut.end)):
        parts += [text[at : cut.start], cut.text]
        at = cut.end
    return "".join([*parts, text[at:]])


class Lines:
    """A text's lines, counted from 0 as marks count them, and where each begins."""

    def __init__(self, text: str) -> None:
        self.lines: Sequence[str] = text.splitlines(keepends=True)
        self._starts = [*accumulate(map(len, self.lines), initial=0)]

    def start(self, line: int) -> int:
        """The character at which a line begins; the end of the text for a line after the last."""
        return self._starts[min(line, len(self.lines))]

    def cut(self, start: int, end: int, text: str = "") -> Cut:
        """Replace the lines from `start` up to but not including `end`."""
        return Cut(self.start(start), self.start(end), text)

    def dash(self, item: yaml.Node) -> tuple[int, int]:
        """Line and column of the dash that opens an item of a block list; it may stand on a line before its content.

        The start of the list itself would not do: where the list has an anchor, it is the anchor's.
        """
        line = int(item.start_mark.line)
        before = self.lines[line][: item.start_mark.column].rstrip()
        while line > 0 and not before.endswith("-"):
            line -= 1
            before = self.lines[line].partition(" #")[0].rstrip()
        return line, max(len(before) - 1, 0)


def line_after(node: yaml.Node) -> int:
    """The line after the last one that belongs to `node`; the end mark of a block would include comments after it."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        # All of them: what stands last may be an alias, whose marks are those of its anchor.
        return max(line_after(part) for item in node.value for part in (item if isinstance(item, tuple) else (item,)))
    is_block_text = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    # A block text ends where the next line begins, unless the file ends before.
    return int(node.end_mark.line) + (0 if is_block_text and node.end_mark.column == 0 else 1)
