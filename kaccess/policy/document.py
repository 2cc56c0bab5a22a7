"""YAML text to a small tree of nodes that know their places; what the nodes mean is left to the readers.

The tree is built from parser events, without recursion and with budgets for depth and size, so that no document can
exhaust the stack or the memory. Scalars stay text: which text is a number or a time is decided by who expects one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

from kaccess.model.policy import Place
from kaccess.policy.problems import Report, show

_ODD_BREAK: Final = re.compile("[\x85\u2028\u2029]")
"""Line breaks in YAML 1.1 alone: with them in it, a file would grant one thing here and another elsewhere."""

MAX_DEPTH: Final = 16
"""Twice what the format needs."""
MAX_NODES: Final = 250_000
"""Values in a document, each alias counted as what it repeats; a full file of the shortest grants has fewer."""


@dataclass(frozen=True, eq=False)
class Scalar:
    """A piece of text; `plain` if it is not quoted. `start` and `end` are offsets in the document."""

    place: Place
    start: int
    end: int
    text: str
    plain: bool


@dataclass(frozen=True, eq=False)
class Sequence:
    """A list. The `end` of a block (not `flow`) is where the next thing begins, behind comments and empty lines."""

    place: Place
    start: int
    end: int
    flow: bool
    items: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Mapping:
    """Keys and values in the order of the file, duplicates left out. `end` is as in Sequence."""

    place: Place
    start: int
    end: int
    flow: bool
    pairs: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping


def parse(text: str, file: str, report: Report) -> Mapping | None:
    """The mapping that a policy file is; None, with what is wrong in the report, if it is not one."""
    if odd := _ODD_BREAK.search(text):
        what = f"U+{ord(odd[0]):04X} ends a line to some YAML readers and not to others"
        report.refuse(_place_at(text, odd.start(), file), f"the character {what}; take it out")
        return None
    try:
        root = _Builder(file, report).build(YAML(typ="safe", pure=True).parse(text))
    except _Stop as stop:
        report.refuse(stop.place, stop.message)
        return None
    except YAMLError as error:
        report.refuse(*_yaml_problem(error, text, file))
        return None
    if root is None or (isinstance(root, Scalar) and root.plain and not root.text):
        report.refuse(Place(file), "the file is empty; `kaccess init` writes a first policy")
        return None
    if not isinstance(root, Mapping):
        report.refuse(root.place, "a policy is a mapping that starts with `apiVersion: kaccess/v1`")
        return None
    return root


class _Stop(Exception):
    """The rest of the document is not worth reading, or not safe to read."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


@dataclass
class _Open:
    """A collection whose end has not been met."""

    event: CollectionStartEvent
    children: list[Node]
    size: int = 1


class _Builder:
    """Builds one document's tree from its events."""

    def __init__(self, file: str, report: Report) -> None:
        self._file = file
        self._report = report
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._root: Node | None = None
        self._documents = 0

    def build(self, events: Iterator[Event]) -> Node | None:
        for event in events:
            self._take(event)
        return self._root

    def _take(self, event: Event) -> None:
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Stop(self._place(event), "a second YAML document; a policy file holds one")
        elif isinstance(event, AliasEvent):
            self._add(*self._aliased(event), event)
        elif isinstance(event, CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, ScalarEvent):
            self._check_tag(event)
            self._add(self._scalar(event), 1, event)
        elif isinstance(event, CollectionEndEvent):
            opened = self._open.pop()
            self._add(self._collection(opened, event), opened.size, opened.event)

    def _begin(self, event: CollectionStartEvent) -> None:
        self._check_tag(event)
        if len(self._open) >= MAX_DEPTH:
            needed = f"a policy needs {MAX_DEPTH // 2}"
            raise _Stop(self._place(event), f"nested more than {MAX_DEPTH} levels deep; {needed}")
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(event, []))

    def _add(self, node: Node, size: int, event: NodeEvent) -> None:
        if event.anchor and not isinstance(event, AliasEvent):
            self._anchors[event.anchor] = (node, size)
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.children.append(node)
        parent.size += size
        if parent.size > MAX_NODES:
            many = f"more than {MAX_NODES} values, each alias counted as what it repeats"
            raise _Stop(self._place(event), f"{many}; split the policy into a folder of files, without such aliases")

    def _aliased(self, event: AliasEvent) -> tuple[Node, int]:
        """The node an alias repeats, with the alias's own place and extent; what is inside stays where it is."""
        if event.anchor not in self._anchors:
            raise _Stop(self._place(event), f"the alias *{event.anchor} has no anchor &{event.anchor} before it")
        target = self._anchors[event.anchor]
        if target is None:
            raise _Stop(self._place(event), f"the alias *{event.anchor} stands inside what it repeats")
        node, size = target
        place, start, end = self._place(event), event.start_mark.index, event.end_mark.index
        if isinstance(node, Scalar):
            return replace(node, place=place, start=start, end=end), size
        return replace(node, place=place, start=start, end=end, flow=True), size

    def _check_tag(self, event: CollectionStartEvent | ScalarEvent) -> None:
        if event.ctag is not None:
            raise _Stop(self._place(event), f"the tag {show(str(event.ctag))} is not read here; quote text instead")

    def _scalar(self, event: ScalarEvent) -> Scalar:
        start, end = event.start_mark.index, event.end_mark.index
        return Scalar(self._place(event), start, end, event.value, plain=event.style is None)

    def _collection(self, opened: _Open, end: CollectionEndEvent) -> Node:
        first, stop, flow = opened.event.start_mark.index, end.end_mark.index, bool(opened.event.flow_style)
        place = self._place(opened.event)
        if isinstance(opened.event, MappingStartEvent):
            return Mapping(place, first, stop, flow, self._pairs(opened.children))
        return Sequence(place, first, stop, flow, tuple(opened.children))

    def _pairs(self, children: list[Node]) -> tuple[tuple[Scalar, Node], ...]:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._report.refuse(key.place, "a key must be text")
            elif key.plain and key.text == "<<":
                self._report.refuse(key.place, "merge keys (<<) are not read; write the keys out")
            elif key.text in pairs:
                first = pairs[key.text][0].place
                self._report.refuse(key.place, f"the key {show(key.text)} stands here and at {first}")
            else:
                pairs[key.text] = (key, _at_key(key, value))
        return tuple(pairs.values())

    def _place(self, event: Event) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)


def _at_key(key: Scalar, value: Node) -> Node:
    """The value; one that is not there has the place of its key, not that of whatever comes next in the file."""
    return replace(value, place=key.place) if isinstance(value, Scalar) and value.start == value.end else value


def _place_at(text: str, position: int, file: str) -> Place:
    before = text[:position]
    return Place(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _yaml_problem(error: YAMLError, text: str, file: str) -> tuple[Place, str]:
    if isinstance(error, ReaderError):
        place = _place_at(text, error.position, file)
        return place, f"the character {show(chr(error.character))} is not allowed in YAML"
    if not isinstance(error, MarkedYAMLError) or not isinstance(error.problem_mark, StringMark):
        return Place(file), f"not YAML: {error}".splitlines()[0]
    mark = error.problem_mark
    place = Place(file, mark.line + 1, mark.column + 1)
    if text[mark.index : mark.index + 1] == "\t":
        is_indent = not text[text.rfind("\n", 0, mark.index) + 1 : mark.index].strip()
        return place, "a tab; YAML is indented with spaces" if is_indent else "a tab; write spaces here"
    return place, f"not YAML: {error.problem}"
