"""The fields of an object as server-side apply counts them: flat paths, and FieldsV1, which stores them as a tree.

A path is a tuple of FieldsV1's own elements: `f:NAME` a field, `k:{...}` a list item by its keys, `v:VALUE` an element
of a set. What has structure of its own but is listed too (an item, an entry of a map) stands for its mere presence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from kaccess.sandbox.kube.store import Json
from kaccess.sandbox.kube.types import RAW, Field, Type, is_atomic, message

Path: TypeAlias = tuple[str, ...]

PRESENT: Final = object()
"""Stands as the value of a path that is there without a value of its own."""

_METADATA: Final = ("f:metadata",)
_UNOWNED: Final = frozenset(
    {("f:apiVersion",), ("f:kind",)}
    | {
        ("f:metadata", f"f:{name}")
        for name in ("name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
                     "managedFields", "resourceVersion")
    }
)  # fmt: skip
_KEY_DEFAULTS: Final = {"protocol": "TCP"}


def flatten(obj: dict[str, Any], type_name: str) -> dict[Path, Any]:
    """Every field of the object that a manager may own, with its value."""
    flat = dict(_message(obj, type_name, ()))
    return {path: value for path, value in flat.items() if _may_be_owned(path)}


def _may_be_owned(path: Path) -> bool:
    return path != _METADATA and path[:1] not in _UNOWNED and path[:2] not in _UNOWNED


def _message(value: dict[str, Any], name: str, path: Path) -> Iterator[tuple[Path, Any]]:
    fields = message(name).by_name
    for key, item in value.items():
        known = fields.get(key, Field(key, 0, RAW))
        where = (*path, f"f:{key}")
        yield from _value(item, known.type, where)
        if item == {}:
            yield where, PRESENT


def _value(value: Json, kind: Type, path: Path) -> Iterator[tuple[Path, Any]]:
    if is_atomic(kind):
        yield path, value
    elif kind.code == "message":
        yield from _message(value, kind.message, path)
    elif kind.code == "map":
        for key, item in value.items():
            yield (*path, f"f:{key}"), PRESENT
            yield from _value(item, kind.of_item(), (*path, f"f:{key}"))
    elif kind.keys:
        for item in value:
            where = (*path, item_key(item, kind.keys))
            yield where, PRESENT
            yield from _value(item, kind.of_item(), where)
    else:
        yield from (((*path, f"v:{json.dumps(item)}"), item) for item in value)


def item_key(item: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The path element of a list item that is told apart by `keys`."""
    values = {key: item.get(key, _KEY_DEFAULTS.get(key)) for key in sorted(keys)}
    return f"k:{json.dumps(values, separators=(',', ':'))}"


def encode(paths: Iterable[Path]) -> dict[str, Any]:
    """The FieldsV1 tree of these paths."""
    root: dict[str, Any] = {}
    for path in sorted(paths):
        node = root
        for element in path:
            node = node.setdefault(element, {})
        node["."] = {}
    _drop_lone_dots(root)
    return root


def _drop_lone_dots(node: dict[str, Any]) -> None:
    """A leaf is an empty object; only what has fields below it needs a dot to say that it is listed itself."""
    for child in node.values():
        if child.keys() == {"."}:
            child.clear()
        else:
            _drop_lone_dots(child)


def decode(tree: dict[str, Any], path: Path = ()) -> Iterator[Path]:
    """The paths of a FieldsV1 tree."""
    for element, child in tree.items():
        if element == ".":
            yield path
        elif child:
            yield from decode(child, (*path, element))
        else:
            yield (*path, element)


def path_text(path: Path) -> str:
    """A path as the API server's messages write it: `.spec.containers[name="web"].image`."""
    return "".join(map(_element_text, path))


def _element_text(element: str) -> str:
    mark, value = element[:2], element[2:]
    if mark == "f:":
        return f".{value}"
    if mark == "v:":
        return f"[={value}]"
    keys = json.loads(value)
    return "[" + ",".join(f"{key}={json.dumps(item)}" for key, item in keys.items()) + "]"
