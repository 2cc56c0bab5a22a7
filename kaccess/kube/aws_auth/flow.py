"""Cuts in lists and mappings in flow style, which JSON is: `[a, b]`, `{"a": 1}`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Final

import yaml

from kaccess.yamltext.cuts import Cut

_COMMA: Final = re.compile(r"(?:[^,#]|#[^\r\n]*)*,")
"""Up to the comma between two items, past comments, which may hold commas."""


def list_cuts(text: str, node: yaml.SequenceNode, dropped: Collection[int], added: Sequence[object]) -> list[Cut]:
    """Drop the items at these positions, each with the comma that goes with it, and add values after the last."""
    items = node.value
    if not items:
        at = text.index("[", node.start_mark.index) + 1
        return [Cut(at, at, ", ".join(map(json.dumps, added)))]
    cuts: list[Cut] = []
    kept_before = False
    for position, item in enumerate(items):
        if position not in dropped:
            kept_before = True
        elif kept_before:
            cuts += _item_cuts(text, item, _end(items[position - 1]), _start(item))
        elif position + 1 < len(items):
            cuts += _item_cuts(text, item, _end(item), _start(items[position + 1]))
        else:
            # The last one and none is left: a comma after it may stay only if something new comes before it.
            cuts += _item_cuts(text, item, _end(item), _end(item) if added else _end(node) - 1)
    return [*cuts, _addition(text, node, added, is_first=not kept_before)] if added else cuts


def _addition(text: str, node: yaml.SequenceNode, added: Sequence[object], *, is_first: bool) -> Cut:
    comma = _comma(text, node)
    at = _end(node.value[-1])
    return Cut(at, at, ("" if is_first else comma) + comma.join(map(json.dumps, added)))


def _item_cuts(text: str, item: yaml.Node, start: int, end: int) -> list[Cut]:
    """An item and the comma that stands between `start` and `end`, before or after it; comments there stay."""
    between = text[start:end]
    if not between.strip(", \t\r\n") and "," in between:
        return [Cut(min(start, _start(item)), max(end, _end(item)))]
    comma = _COMMA.match(between)
    cuts = [Cut(_start(item), _end(item))]
    return [Cut(start + comma.end() - 1, start + comma.end()), *cuts] if comma else cuts


def add_key(node: yaml.MappingNode, key: str, value: object) -> Cut:
    """Add a key after the last one of a mapping that has some."""
    at = _end(node.value[-1][1])
    return Cut(at, at, f", {json.dumps(key)}: {json.dumps(value)}")


def _comma(text: str, node: yaml.SequenceNode) -> str:
    """What stands between two items here: a comma, and the space or new line that the list has after its commas."""
    items = node.value
    if len(items) > 1:
        between = text[_end(items[-2]) : _start(items[-1])]
    else:
        between = "," + (text[text.index("[", node.start_mark.index) + 1 : _start(items[0])] or " ")
    return between if not between.strip(", \t\r\n") else ", "


def _start(node: yaml.Node) -> int:
    return int(node.start_mark.index)


def _end(node: yaml.Node) -> int:
    return int(node.end_mark.index)
