"""How single problems of an object are worded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kaccess.sandbox.kube.statuses import Cause
from kaccess.sandbox.kube.store import Json


def required(field: str, why: str) -> Cause:
    """A field that must be there is not."""
    return Cause("FieldValueRequired", f"Required value: {why}" if why else "Required value", field)


def invalid_value(field: str, value: Json, why: str) -> Cause:
    """A field has a value that it may not have."""
    return Cause("FieldValueInvalid", f"Invalid value: {_json(value)}: {why}", field)


def unsupported(field: str, value: Json, supported: tuple[str, ...]) -> Cause:
    """A field has none of the values it may have."""
    known = ", ".join(map(_json, supported))
    return Cause("FieldValueNotSupported", f"Unsupported value: {_json(value)}: supported values: {known}", field)


def immutable(obj: dict[str, Any], before: dict[str, Any], *path: str) -> Iterator[Cause]:
    """A field that may not change has changed."""
    new: Json = obj
    old: Json = before
    for key in path:
        new, old = (new or {}).get(key), (old or {}).get(key)
    if new != old:
        yield invalid_value(".".join(path), new, "field is immutable")


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
