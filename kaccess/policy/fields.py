"""Typed reading of nodes: a mapping with known keys, text, lists of text, flags; each problem noted at its place.

A reader always gets a value back, an empty one where the file has something else, so that reading goes on and finds
the next problem too. YAML readers disagree on whether `no`, `012345678901` or `1e3` is text; what one of them would
take for something else is refused unless it is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TypeVar

from kaccess.model.errors import Usage
from kaccess.model.policy import Place
from kaccess.policy.document import Mapping, Node, Scalar, Sequence
from kaccess.policy.problems import Report, did_you_mean, show
from kaccess.policy.shapes import time_of

_NULL: Final = re.compile(r"~|null|Null|NULL|")
_BOOL: Final = re.compile(r"true|false|yes|no|on|off", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(
    r"[-+]?(0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9]+(e[-+]?[0-9]+)?|\.inf|\.nan)",
    re.IGNORECASE | re.ASCII,
)

_KINDS: Final = {"nothing": _NULL, "a boolean to some YAML readers": _BOOL, "a number": _NUMBER}

T = TypeVar("T")


def is_null(node: Node | None) -> bool:
    """Whether the node is absent or has no value."""
    return node is None or (isinstance(node, Scalar) and node.plain and bool(_NULL.fullmatch(node.text)))


def fields(
    node: Node, what: str, report: Report, *, known: Iterable[str], required: Iterable[str] = ()
) -> dict[str, Node]:
    """The values of a mapping by key. `what` names the mapping in problems: `a grant`."""
    if not isinstance(node, Mapping):
        report.refuse(node.place, f"{what} must be a mapping of {', '.join(known)}")
        return {}
    known = tuple(known)
    for key, _ in node.pairs:
        if key.text not in known:
            hint = did_you_mean(key.text, known) or f"; it has {', '.join(known)}"
            report.refuse(key.place, f"unknown key {show(key.text)} in {what}{hint}")
    for name in required:
        if node.get(name) is None:
            report.refuse(node.place, f"{what} needs {name}")
    return {key.text: value for key, value in node.pairs if key.text in known}


def named(node: Node | None, what: str, report: Report, read: Callable[[Scalar, Node], T]) -> dict[str, T]:
    """What `read` makes of each name and value in a section such as `clusters`; a section without a value is empty."""
    if node is None or is_null(node):
        return {}
    if not isinstance(node, Mapping):
        report.refuse(node.place, f"{what} must be a mapping from names")
        return {}
    return {key.text: read(key, value) for key, value in node.pairs}


def items(node: Node | None, what: str, report: Report) -> tuple[Node, ...]:
    """The items of a list; a list without a value is empty."""
    if node is None or is_null(node):
        return ()
    if not isinstance(node, Sequence):
        report.refuse(node.place, f"{what} must be a list")
        return ()
    return node.items


def text(node: Node | None, what: str, report: Report, *, may_be_empty: bool = False) -> str:
    """The text of a scalar; empty, with a problem noted, for anything that is not certainly text."""
    if node is None:
        return ""
    if not isinstance(node, Scalar):
        report.refuse(node.place, f"{what} must be text")
        return ""
    other = _other_than_text(node)
    if other == "nothing" or not (node.text or may_be_empty):
        report.refuse(node.place, f"{what} has no value")
        return ""
    if other:
        report.refuse(node.place, f'{what} must be text and {node.text} is {other}; write "{node.text}" in quotes')
    return node.text


def texts(node: Node | None, what: str, report: Report) -> tuple[str, ...]:
    """The texts of a list, without their places."""
    return tuple(word for word, _ in placed_texts(node, what, report))


def placed_texts(
    node: Node | None, what: str, report: Report, *, may_be_empty: bool = False
) -> tuple[tuple[str, Place], ...]:
    """The texts of a list, each with its place; an empty list is a problem, a repeated text a warning."""
    if node is None:
        return ()
    if isinstance(node, Scalar) and not is_null(node):
        report.refuse(node.place, f"{what} must be a list; write [{node.text}]")
        return ()
    found = items(node, what, report)
    if not found and (is_null(node) or isinstance(node, Sequence)):
        report.refuse(node.place, f"{what} must not be empty")
    words: dict[str, Place] = {}
    for item in found:
        word = text(item, what, report, may_be_empty=may_be_empty)
        if word in words:
            report.warn(item.place, f"{show(word)} is listed twice in {what}")
        words.setdefault(word, item.place)
    return tuple(words.items())


def flag(node: Node | None, what: str, report: Report) -> bool:
    """A `true` or `false`; false where absent."""
    if node is None:
        return False
    if not (isinstance(node, Scalar) and node.plain and node.text in ("true", "false")):
        report.refuse(node.place, f"{what} must be true or false")
        return False
    return node.text == "true"


def moment(node: Node | None, what: str, report: Report) -> datetime | None:
    """The moment that a text names, in UTC; None where absent, and, with a problem noted, where it names none."""
    word = text(node, what, report)
    if node is None or not word:
        return None
    try:
        return time_of(word)
    except Usage as error:
        report.refuse(node.place, f"{what}: {error}")
        return None


def reads_as_text(text: str) -> bool:
    """Whether every YAML reader takes `text` without quotes for text, and not for a number, a boolean or nothing."""
    return not any(pattern.fullmatch(text) for pattern in _KINDS.values())


def _other_than_text(node: Scalar) -> str:
    if not node.plain:
        return ""
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(node.text)), "")
