"""The cuts that change one row of a section's text, in whatever layout it has.

What is new in block style is written plainly, as `kubectl edit` shows such files; in flow style as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Final

import yaml

from kaccess.kube.aws_auth import flow
from kaccess.kube.aws_auth.rows import ARN_FIELDS, GROUPS, USERNAME, Row
from kaccess.kube.aws_auth.sections import Section, is_blank
from kaccess.model.state import Entry
from kaccess.yamltext.cuts import Cut, Lines, line_after

_PLAIN: Final = re.compile(r"[A-Za-z][\w+=,.@/:{}-]*[\w}]", re.ASCII)
"""Texts that mean themselves in block style; among them all ARNs and groups that kaccess writes."""

_NOTHING: Final = re.compile(r"^(?:null|Null|NULL|~|\[\s*\])(?=[ \t]*(?:#|\r?$))", re.MULTILINE)
"""A list without rows on a line of its own, or a null."""

_ANCHOR: Final = re.compile(r"\s*&[^\s,\[\]{}]+")
_ALIAS: Final = re.compile(r"\s*\*[^\s,\[\]{}]+")


def append_row(section: Section, entry: Entry) -> list[Cut]:
    """Write a row for `entry` after the last one."""
    text, root = section.text, section.root
    if root is None or not root.value:
        return [_first_row(section, entry)]
    if root.flow_style:
        return flow.list_cuts(text, root, (), [_values(section.name, entry)])
    _, column = Lines(text).dash(root.value[0])
    return [_insertion(text, line_after(root), _row_lines(section.name, entry, column))]


def drop_rows(section: Section, numbers: Collection[int]) -> list[Cut]:
    """Take the rows with these numbers away, with nothing of their neighbours."""
    root = section.root
    if root is None or not numbers:
        return []
    if root.flow_style:
        return flow.list_cuts(section.text, root, {number - 1 for number in numbers}, ())
    items = [root.value[number - 1] for number in sorted(numbers)]
    cuts = _item_cuts(section.text, items)
    # An empty text would do for the server; other tools expect a list.
    return cuts if len(items) < len(root.value) else [*cuts, _insertion(section.text, line_after(root), ["[]"])]


def set_groups(section: Section, row: Row, groups: Sequence[str]) -> list[Cut]:
    """Give a row these groups: those that stay keep their place and text, new ones come after them."""
    text = section.text
    added = [name for name in groups if name not in row.groups]
    if GROUPS not in row.fields:
        return [_groups_field(text, row, added)]
    key, value = row.fields[GROUPS]
    colon = text.index(":", key.end_mark.index) + 1
    if value.start_mark.index < colon:
        return [_instead_of_alias(text, colon, groups)]
    if not isinstance(value, yaml.SequenceNode):
        return [_instead_of_null(colon, value, groups)]
    dropped = {position for position, name in enumerate(row.groups) if name not in groups}
    if value.flow_style:
        return flow.list_cuts(text, value, dropped, added)
    return _block_groups(text, colon, value, dropped, added)


def _item_cuts(text: str, items: Sequence[yaml.Node]) -> list[Cut]:
    """Drop whole items of a block list."""
    lines = Lines(text)
    return [lines.cut(lines.dash(item)[0], line_after(item)) for item in items]


def _block_groups(
    text: str, colon: int, node: yaml.SequenceNode, dropped: Collection[int], added: Sequence[str]
) -> list[Cut]:
    items = [node.value[position] for position in sorted(dropped)]
    cuts = _item_cuts(text, items)
    if added:
        _, column = Lines(text).dash(node.value[0])
        return [*cuts, _insertion(text, line_after(node), [f"{' ' * column}- {_scalar(name)}" for name in added])]
    anchor = _ANCHOR.match(text, colon)
    at = anchor.end() if anchor else colon
    return [Cut(at, at, " []"), *cuts] if len(items) == len(node.value) else cuts


def _groups_field(text: str, row: Row, groups: Sequence[str]) -> Cut:
    if row.node.flow_style:
        return flow.add_key(row.node, GROUPS, list(groups))
    return _insertion(text, line_after(row.node), _groups_lines(" " * row.node.start_mark.column, groups))


def _instead_of_alias(text: str, colon: int, groups: Sequence[str]) -> Cut:
    """Write the list out here, so that whoever else has the alias keeps what it has."""
    found = _ALIAS.match(text, colon)
    return Cut(colon, found.end() if found else colon, f" {json.dumps(groups)}")


def _instead_of_null(colon: int, value: yaml.Node, groups: Sequence[str]) -> Cut:
    start, end = value.start_mark.index, value.end_mark.index
    return Cut(start, end, json.dumps(groups)) if end > start else Cut(colon, colon, f" {json.dumps(groups)}")


def _first_row(section: Section, entry: Entry) -> Cut:
    """The first row of a section without rows: instead of what stands for nothing, or after its comments."""
    text, lines = section.text, _row_lines(section.name, entry, 0)
    nothing = _NOTHING.search(text)
    if is_blank(text):
        return Cut(0, len(text), "\n".join([*lines, ""]))
    if nothing:
        return Cut(nothing.start(), nothing.end(), _newline(text).join(lines))
    if section.root is None:
        return _insertion(text, len(text.splitlines()), lines)
    return flow.list_cuts(text, section.root, (), [_values(section.name, entry)])[0]


def _row_lines(section: str, entry: Entry, column: int) -> list[str]:
    """The lines of a row in block style."""
    indent = " " * column
    return [
        f"{indent}- {ARN_FIELDS[section]}: {_scalar(entry.principal)}",
        f"{indent}  {USERNAME}: {_scalar(entry.username)}",
        *_groups_lines(f"{indent}  ", entry.kube_groups),
    ]


def _groups_lines(indent: str, groups: Sequence[str]) -> list[str]:
    return [f"{indent}{GROUPS}:", *(f"{indent}  - {_scalar(name)}" for name in groups)]


def _values(section: str, entry: Entry) -> dict[str, object]:
    return {ARN_FIELDS[section]: entry.principal, USERNAME: entry.username, GROUPS: list(entry.kube_groups)}


def _insertion(text: str, line: int, new: Sequence[str]) -> Cut:
    """Write lines before this line, in the text's own way of ending them."""
    newline = _newline(text)
    at = Lines(text).start(line)
    begun = text[:at] and not text[:at].endswith(("\n", "\r"))
    return Cut(at, at, (newline if begun else "") + newline.join([*new, ""]))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
