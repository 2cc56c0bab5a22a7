"""Changing lines of a kubeconfig's text and no others, so that comments and layout stay as they are.

Knows the layout that kubectl and people write: block style, the dashes of a list in one column. Whatever else it meets
gives a text that does not say what it should; its caller compares, and then writes the file anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from kaccess.kubeconfig.document import Document
from kaccess.yamltext.cuts import Cut, Lines, apply_cuts, line_after
from kaccess.yamltext.nodes import serialize


def spliced(document: Document, root: yaml.MappingNode) -> str | None:
    """The text of `document` with the values of `root`, which has the old nodes where nothing changed.

    None if the layout is not known here.
    """
    if document.root.flow_style:
        return None
    text = document.text if document.text.endswith("\n") else f"{document.text}\n"
    lines = Lines(text)
    old = {key.value: (key, value) for key, value in document.root.value}
    cuts: list[Cut] = []
    appended = ""
    for key, value in root.value:
        if key.value not in old:
            appended += _pair(key, value)
        elif old[key.value][1] is not value:
            cuts += _value_cuts(lines, *old[key.value], value)
    return apply_cuts(text, cuts) + appended


def _pair(key: yaml.Node, value: yaml.Node) -> str:
    return serialize(yaml.MappingNode("tag:yaml.org,2002:map", [(key, value)], flow_style=False))


def _value_cuts(lines: Lines, key: yaml.Node, old: yaml.Node, new: yaml.Node) -> list[Cut]:
    """Change a list item by item, anything else as a whole."""
    if isinstance(old, yaml.SequenceNode) and isinstance(new, yaml.SequenceNode) and not old.flow_style and new.value:
        return _item_cuts(lines, old, new.value)
    return [lines.cut(key.start_mark.line, max(line_after(key), line_after(old)), _pair(key, new))]


def _item_cuts(lines: Lines, node: yaml.SequenceNode, items: Sequence[yaml.MappingNode]) -> list[Cut]:
    """Drop the items that are gone, write those that changed in their place and the new ones after the last."""
    column = node.start_mark.column
    names = {_name(item): item for item in items}
    cuts = []
    for old in node.value:
        new = names.pop(_name(old), None)
        if new is not old:
            text = "" if new is None else _item(new, column)
            cuts.append(lines.cut(lines.dash(old)[0], line_after(old), text))
    end = line_after(node)
    return [*cuts, lines.cut(end, end, "".join(_item(new, column) for new in names.values()))]


def _name(item: yaml.MappingNode) -> str:
    return next((str(value.value) for key, value in item.value if key.value == "name"), "")


def _item(node: yaml.MappingNode, column: int) -> str:
    text = serialize(yaml.SequenceNode("tag:yaml.org,2002:seq", [node], flow_style=False))
    return "".join(" " * column + line for line in text.splitlines(keepends=True))
