"""YAML as nodes: the level at which a file can be changed without loss.

Building Python values would turn `on` into True and 0123 into 83 and write them back so; nodes keep each scalar as it
was written.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

import yaml

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_NULL: Final = "tag:yaml.org,2002:null"
_NO_FOLDING: Final = 2**31 - 1

_QUOTING_DUMPER: Final[Any] = type("_QuotingDumper", (_DUMPER,), {})
"""Quotes also what kubectl's YAML takes for a number or a boolean and Python's for text: `1e3`, `0o17`, `y`."""
_QUOTING_DUMPER.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?\.?[0-9]"), list("-+.0123456789"))
_QUOTING_DUMPER.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"[yYnN]$"), list("yYnN"))

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | None"


def compose(text: str) -> yaml.Node | None:
    """The root of the document; None if there is none.

    Raises:
        yaml.YAMLError, RecursionError: it is not one well-formed document, or nested beyond reason.
    """
    return yaml.compose(text, Loader=_LOADER)


def serialize(node: yaml.Node) -> str:
    """The text of a node."""
    text: str = yaml.serialize(node, Dumper=_DUMPER, allow_unicode=True, width=_NO_FOLDING)
    return text


def from_plain(value: object) -> yaml.Node:
    """The node of a value made of dicts, lists, strings, booleans and None."""
    node = compose(yaml.dump(value, Dumper=_QUOTING_DUMPER, sort_keys=False, allow_unicode=True, width=_NO_FOLDING))
    assert node is not None  # noqa: S101 - every value has a text
    return node


def to_plain(node: yaml.Node) -> Plain:
    """What a node says, scalars as their text, nulls left out: equal for what means the same to kubectl."""
    if isinstance(node, yaml.MappingNode):
        pairs = ((key.value, to_plain(value)) for key, value in node.value)
        return {key: value for key, value in pairs if value is not None}
    if isinstance(node, yaml.SequenceNode):
        return [to_plain(item) for item in node.value]
    return None if is_null(node) else node.value


def is_null(node: yaml.Node) -> bool:
    """Whether it is a null, which an empty value is too."""
    return bool(node.tag == _NULL)


def get(mapping: yaml.Node | None, key: str) -> yaml.Node | None:
    """The value of `key` if `mapping` is a mapping that has it."""
    if not isinstance(mapping, yaml.MappingNode):
        return None
    return next((value for name, value in mapping.value if name.value == key), None)


def put(mapping: yaml.MappingNode, key: str, value: yaml.Node | None) -> None:
    """Give `key` this value, in its place or at the end; None takes it away."""
    at = next((index for index, (name, _) in enumerate(mapping.value) if name.value == key), len(mapping.value))
    mapping.value[at : at + 1] = [] if value is None else [(from_plain(key), value)]


def same(left: yaml.Node, right: yaml.Node) -> bool:
    """Whether two documents have the same content in the same order, however they are laid out."""
    seen: set[tuple[int, int]] = set()  # each pair once: aliases can make a small document endless
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        if (type(one), one.tag) != (type(other), other.tag):
            return False
        if isinstance(one, yaml.ScalarNode):
            if one.value != other.value:
                return False
            continue
        parts, other_parts = _parts(one), _parts(other)
        if len(parts) != len(other_parts):
            return False
        pairs += zip(parts, other_parts, strict=True)
    return True


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value)


def explicit_tags(text: str) -> tuple[tuple[int, str], ...]:
    """The types that the text itself gives to values (`!!int`), each with its line, counted from 1.

    Raises:
        yaml.YAMLError: it is not well-formed.
    """
    tags = []
    for event in yaml.parse(text, Loader=_LOADER):
        tag = getattr(event, "tag", None)
        if tag:
            tags.append((event.start_mark.line + 1 if event.start_mark else 1, str(tag)))
    return tuple(tags)
