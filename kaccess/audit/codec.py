"""Frozen dataclasses to JSON and back, by their type hints: fields that hold their default are left out.

What a newer kaccess wrote beside is ignored; what is missing has its default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from kaccess.model.errors import KaccessError

_PLAIN = frozenset({str, int, bool, float})
"""What JSON has as it is."""


class Malformed(KaccessError):
    """JSON that is not what it is taken for."""


def encode(value: Any) -> Any:  # noqa: ANN401 - whatever a dataclass holds
    """The JSON of a dataclass, or of a value in one."""
    if value is None or type(value) in _PLAIN:
        return value
    if is_dataclass(value):
        pairs = ((name, getattr(value, name), default) for name, default in _fields(value.__class__))
        return {name: encode(held) for name, held, default in pairs if held is not default and held != default}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | frozenset):
        return [encode(item) for item in (sorted(value) if isinstance(value, frozenset) else value)]
    return value.value if isinstance(value, Enum) else value.isoformat()


def decode(kind: Any, data: Any) -> Any:  # noqa: ANN401 - a type, and the value of it
    """The value of a type that `data` is the JSON of.

    Raises:
        Malformed: it is not.
    """
    try:
        return _reader(kind)(data)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Malformed(f"this is no saved audit, or a broken one ({error})") from None


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:  # noqa: ANN401 - a dataclass
    """The names of the fields and their defaults."""
    return tuple((each.name, _default(each)) for each in fields(kind))


def _default(each: Field[Any]) -> Any:  # noqa: ANN401 - of any field
    return each.default if each.default_factory is MISSING else each.default_factory()


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        (inner,) = (_reader(each) for each in args if each is not NoneType)
        return lambda data: None if data is None else inner(data)
    if origin is tuple and args[-1] is Ellipsis:
        item = _reader(args[0])
        return lambda data: tuple(map(item, data))
    if origin is tuple:
        readers = tuple(map(_reader, args))
        return lambda data: tuple(read(each) for read, each in zip(readers, data, strict=True))
    if origin is frozenset:
        item = _reader(args[0])
        return lambda data: frozenset(map(item, data))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        item = _reader(args[1])
        return lambda data: {key: item(each) for key, each in data.items()}
    return _class_reader(kind)


def _class_reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a class
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if issubclass(kind, Enum):
        read: Callable[[Any], Any] = kind
        return read
    if kind is datetime:
        return datetime.fromisoformat
    if issubclass(kind, tuple):
        return lambda data: kind(*data)
    return lambda data: _of_type(kind, data)


def _dataclass_reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a class
    hints = get_type_hints(kind)
    readers: dict[str, Callable[[Any], Any]] = {}

    def read(data: Any) -> Any:  # noqa: ANN401 - JSON
        if not readers:
            readers.update({each.name: _reader(hints[each.name]) for each in fields(kind)})
        return kind(**{name: reader(data[name]) for name, reader in readers.items() if name in data})

    return read


def _of_type(kind: type, data: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(data, kind):
        raise TypeError(f"{data!r} where {kind.__name__} belongs")
    return data
