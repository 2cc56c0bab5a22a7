"""The types of Kubernetes objects as data: read once from `types.txt`, used by everything that must know a field.

Field validation, protobuf bodies, strategic merge patches, server-side apply and the OpenAPI documents all walk these
types, so that they cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

SCALARS: Final = {
    "s": "string",
    "i": "integer",
    "d": "number",
    "b": "boolean",
    "y": "bytes",
    "q": "quantity",
    "x": "integer or string",
    "t": "time",
    "u": "microtime",
    "r": "raw",
}
INLINE: Final = "*"

_TYPE = re.compile(r"(?P<base>\[.*\]|\{.*\}|[\w.]+)(?P<wrapped>#)?(?P<marks>[^\]}]*)")
_MARKS = re.compile(r"(?:@(?P<keys>[\w,]*))?(?P<atomic>!)?(?:~(?P<merge>\w*))?(?P<retain>\^)?(?P<explicit>\?)?")


@dataclass(frozen=True)
class Type:
    """What a value may be: a scalar (`code` of SCALARS), a `list` or `map` of `item`, or the message named `message`.

    `keys` tell a list's items apart (None: the list is atomic; empty: a set). `merge_key` is the strategic merge
    patch's (None: replaced as a whole; empty: a set of scalars).
    """

    code: str
    item: Type | None = None
    message: str = ""
    keys: tuple[str, ...] | None = None
    atomic: bool = False
    merge_key: str | None = None
    retain_keys: bool = False
    wrapped: bool = False

    def of_item(self) -> Type:
        """The type of a list's or map's items."""
        if self.item is None:
            raise ValueError(f"a {self.code} has no items")
        return self.item


RAW: Final = Type("r")


@dataclass(frozen=True)
class Field:
    """A field of a message. `explicit`: its zero value is kept, because it differs from its absence."""

    name: str
    number: int
    type: Type
    explicit: bool = False


@dataclass(frozen=True)
class Message:
    """A structured type, named `PACKAGE.NAME`."""

    name: str
    fields: tuple[Field, ...]
    atomic: bool = False

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields as JSON names them, those of inlined messages among them."""
        return {field.name: field for field in self._in_json()}

    @cached_property
    def by_number(self) -> Mapping[int, Field]:
        """The fields by their protobuf numbers, inlined messages as one field."""
        return {field.number: field for field in self.fields}

    def _in_json(self) -> Iterator[Field]:
        for field in self.fields:
            if field.name == INLINE:
                yield from message(field.type.message).by_name.values()
            else:
                yield field


def message(name: str) -> Message:
    """The message type `PACKAGE.NAME`; KeyError if there is none."""
    return _messages()[name]


def is_atomic(kind: Type) -> bool:
    """Whether server-side apply owns a value of this type as a whole: scalars and whatever is marked so."""
    if kind.code == "message":
        return kind.atomic or message(kind.message).atomic
    return kind.atomic or kind.code not in {"list", "map"} or (kind.code == "list" and kind.keys is None)


@cache
def _messages() -> Mapping[str, Message]:
    lines = files(__package__).joinpath("types.txt").read_text("utf-8").splitlines()
    parsed = [_parse_message(line) for line in lines if line and not line.startswith("#")]
    return {found.name: found for found in parsed}


def _parse_message(line: str) -> Message:
    name, *fields = line.split(" ")
    return Message(name.rstrip("!"), tuple(_parse_field(text) for text in fields if text), name.endswith("!"))


def _parse_field(text: str) -> Field:
    name, number, kind = text.split(":", 2)
    return Field(name, int(number), _parse_type(kind), kind.endswith("?"))


def _parse_type(text: str) -> Type:
    found = _TYPE.fullmatch(text)
    marks = _MARKS.fullmatch(found["marks"]) if found else None
    if found is None or marks is None:
        raise ValueError(f"types.txt: {text!r} is no type")
    base = found["base"]
    if base in SCALARS:
        return Type(base, atomic=bool(marks["atomic"]))
    item = _parse_type(base[1:-1]) if base[0] in "[{" else None
    return Type(
        code="message" if item is None else "list" if base[0] == "[" else "map",
        item=item,
        message=base if item is None else "",
        keys=None if marks["keys"] is None else tuple(filter(None, marks["keys"].split(","))),
        atomic=bool(marks["atomic"]),
        merge_key=marks["merge"],
        retain_keys=bool(marks["retain"]),
        wrapped=bool(found["wrapped"]),
    )
