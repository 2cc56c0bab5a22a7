"""Changing lines of a kubeconfig's text and no others, so that comments and layout stay as they are.

Knows the layout that kubectl and people write: block style, the dashes of a list in one column. Whatever else it meets
gives a text that does not say what it should; its caller compares, and then writes the file anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from kaccess.kubeconfig.document import Document
from kaccess.kubeconfig.nodes import serialize


@dataclass(frozen=True)
class _Cut:
    """Replace the lines from `start` up to but not including `end`."""

    start: int
    end: int
    lines: str


def spliced(document: Document, root: yaml.MappingNode) -> str | None:
    """The text of `document` with the values of `root`, which has the old nodes where nothing changed.

    None if the layout is not known here.
    """
    if document.root.flow_style:
        return None
    lines = document.text.splitlines(keepends=True)
    old = {key.value: (key, value) for key, value in document.root.value}
    cuts: list[_Cut] = []
    appended = ""
    for key, value in root.value:
        if key.value not in old:
            appended += _pair(key, value)
        elif old[key.value][1] is not value:
            cuts += _value_cuts(lines, *old[key.value], value)
    return _apply(lines, cuts) + appended


def _pair(key: yaml.Node, value: yaml.Node) -> str:
    return serialize(yaml.MappingNode("tag:yaml.org,2002:map", [(key, value)], flow_style=False))


def _value_cuts(lines: Sequence[str], key: yaml.Node, old: yaml.Node, new: yaml.Node) -> list[_Cut]:
    """Change a list item by item, anything else as a whole."""
    if isinstance(old, yaml.SequenceNode) and isinstance(new, yaml.SequenceNode) and not old.flow_style and new.value:
        return _item_cuts(lines, old, new.value)
    return [_Cut(key.start_mark.line, max(_end(key), _end(old)), _pair(key, new))]


def _item_cuts(lines: Sequence[str], node: yaml.SequenceNode, items: Sequence[yaml.MappingNode]) -> list[_Cut]:
    """Drop the items that are gone, write those that changed in their place and the new ones after the last."""
    column = node.start_mark.column
    names = {_name(item): item for item in items}
    cuts = []
    for old in node.value:
        new = names.pop(_name(old), None)
        if new is not old:
            start = _dash(lines, old.start_mark.line, column)
            cuts.append(_Cut(start, _end(old), "" if new is None else _item(new, column)))
    end = _end(node)
    return [*cuts, _Cut(end, end, "".join(_item(new, column) for new in names.values()))]


def _name(item: yaml.MappingNode) -> str:
    return next((str(value.value) for key, value in item.value if key.value == "name"), "")


def _item(node: yaml.MappingNode, column: int) -> str:
    text = serialize(yaml.SequenceNode("tag:yaml.org,2002:seq", [node], flow_style=False))
    return "".join(" " * column + line for line in text.splitlines(keepends=True))


def _dash(lines: Sequence[str], line: int, column: int) -> int:
    """The line of the dash that opens the item whose content starts at `line`."""
    while line > 0 and lines[line][: column + 1].strip() != "-":
        line -= 1
    return line


def _end(node: yaml.Node) -> int:
    """The line after the last one that belongs to `node`; the end mark of a block would include comments after it."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        # All of them: what stands last may be an alias, whose marks are those of its anchor.
        return max(_end(part) for item in node.value for part in (item if isinstance(item, tuple) else (item,)))
    is_block_text = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    return int(node.end_mark.line) + (0 if is_block_text else 1)


def _apply(lines: Sequence[str], cuts: Sequence[_Cut]) -> str:
    result = list(lines)
    if result and not result[-1].endswith("\n"):
        result[-1] += "\n"
    # Insertions come before what is replaced at their place; of several at one place the first stays first.
    ordered = sorted(cuts, key=lambda cut: (cut.start, cut.end))
    for cut in reversed(ordered):  # from the end, so that line numbers hold
        result[cut.start : cut.end] = [cut.lines]
    return "".join(result)
