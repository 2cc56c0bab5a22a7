"""Does an object have the shape of its type? What the API server's decoder accepts, drops and refuses."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any, Final

from kaccess.sandbox.kube.statuses import bad_request
from kaccess.sandbox.kube.store import Json
from kaccess.sandbox.kube.types import Type, message

_JSON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "message": (dict,),
    "map": (dict,),
    "list": (list,),
    "s": (str,),
    "y": (str,),
    "t": (str,),
    "u": (str,),
    "i": (int,),
    "d": (int, float),
    "b": (bool,),
    "q": (str, int, float),
    "x": (str, int),
}
_JSON_NAMES: Final = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}


@dataclass
class _Reading:
    kind: str
    api_version: str
    keeps_empty: bool
    unknown: list[str] = field(default_factory=list)


def conform(obj: dict[str, Any], type_name: str, *, keeps_empty: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The object without nulls, empty lists and maps, and fields its type does not have; the paths of those fields.

    `keeps_empty`: empty lists and maps stay, as fields that a server-side apply owns.

    Raises:
        StatusError: 400, a value has the wrong JSON type.
    """
    reading = _Reading(str(obj.get("kind", "")), str(obj.get("apiVersion", "")), keeps_empty)
    body = {key: value for key, value in obj.items() if key not in {"kind", "apiVersion"}}
    conformed = {"apiVersion": reading.api_version, "kind": reading.kind} | _message(body, type_name, "", reading)
    return conformed, reading.unknown


def _message(value: dict[str, Any], name: str, path: str, reading: _Reading) -> dict[str, Any]:
    kind, conformed = message(name), {}
    for key, item in value.items():
        where = f"{path}.{key}" if path else key
        known = kind.by_name.get(key)
        if known is None:
            reading.unknown.append(where)
        elif item is not None:
            read = _value(item, known.type, where, reading)
            if read or reading.keeps_empty or known.type.code not in {"list", "map"}:
                conformed[key] = read
    return conformed


def _value(value: Json, kind: Type, path: str, reading: _Reading) -> Json:
    if kind.code == "r":
        return value
    _require_json_type(value, _JSON_TYPES[kind.code], path, reading)
    if kind.code == "y":
        _require_base64(value, reading)
    if kind.code == "message":
        return _message(value, kind.message, path, reading)
    if kind.code == "list":
        return [_value(item, kind.of_item(), f"{path}[{index}]", reading) for index, item in enumerate(value)]
    if kind.code == "map":
        return {key: _value(item, kind.of_item(), f"{path}.{key}", reading) for key, item in value.items()}
    return value


def _require_base64(value: str, reading: _Reading) -> None:
    try:
        base64.b64decode(value, validate=True)
    except ValueError as error:
        raise bad_request(f"{_cannot_be_handled(reading)}: illegal base64 data: {error}") from error


def _cannot_be_handled(reading: _Reading) -> str:
    version = reading.api_version.rpartition("/")[2]
    return f'{reading.kind} in version "{version}" cannot be handled as a {reading.kind}'


def _require_json_type(value: Json, expected: tuple[type, ...], path: str, reading: _Reading) -> None:
    if isinstance(value, expected) and not (isinstance(value, bool) and bool not in expected):
        return
    found = _JSON_NAMES[type(value)] if value is not None else "null"
    why = f"json: cannot unmarshal {found} into field {path} of type {_JSON_NAMES[expected[0]]}"
    raise bad_request(f"{_cannot_be_handled(reading)}: {why}")
