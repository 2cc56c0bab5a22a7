r"""Kubernetes' protobuf bodies, read into the JSON shape; kubectl's typed commands send nothing else.

Only decoding is needed: every client that sends protobuf also accepts JSON. The wire format is that of protobuf's
encoding guide, the envelope (`k8s\0`, then `runtime.Unknown`) that of the Kubernetes API concepts page.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from kaccess.sandbox.kube.statuses import bad_request
from kaccess.sandbox.kube.store import Json
from kaccess.sandbox.kube.types import INLINE, Field, Message, Type, message

MEDIA_TYPE: Final = "application/vnd.kubernetes.protobuf"
MAGIC: Final = b"k8s\x00"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read_envelope(body: bytes) -> tuple[str, str, bytes]:
    """The apiVersion, the kind and the encoded object of a body.

    Raises:
        StatusError: 400, it is no such body.
    """
    if not body.startswith(MAGIC):
        raise bad_request("the body is not Kubernetes protobuf: it does not start with its magic number")
    with _refusing_malformed():
        unknown = dict(_wire(body[len(MAGIC) :]))
        type_meta = {number: _text(value) for number, value in _wire(_as_bytes(unknown.get(1, b"")))}
        return type_meta.get(1, ""), type_meta.get(2, ""), _as_bytes(unknown.get(2, b""))


def decode(data: bytes, name: str) -> dict[str, Any]:
    """The JSON shape of an encoded message of the type `name`.

    Raises:
        StatusError: 400, it is malformed or has fields that are not in `types.txt`.
    """
    with _refusing_malformed():
        return _decode_message(data, message(name))


@contextmanager
def _refusing_malformed() -> Iterator[None]:
    try:
        yield
    except (struct.error, ValueError, OverflowError) as error:
        raise bad_request(f"the protobuf body is malformed: {error}") from error


def _decode_message(data: bytes, kind: Message) -> dict[str, Any]:
    decoded: dict[str, Any] = {}
    for number, value in _wire(data):
        field = kind.by_number.get(number)
        if field is None:
            raise bad_request(f"{kind.name} has no protobuf field {number} that this API server knows")
        if field.name == INLINE:
            decoded |= _decode_message(_as_bytes(value), message(field.type.message))
        else:
            _add(decoded, field, value)
    return decoded


def _add(decoded: dict[str, Any], field: Field, value: int | bytes) -> None:
    """Put one occurrence of a field into the JSON object; zero values that stand for absence are left out."""
    if field.type.code == "list":
        decoded.setdefault(field.name, []).append(_decode_value(value, field.type.of_item()))
    elif field.type.code == "map":
        pair = dict(_wire(_as_bytes(value)))
        item = field.type.of_item()
        decoded.setdefault(field.name, {})[_text(pair.get(1, b""))] = _decode_value(pair.get(2, _zero(item)), item)
    else:
        one = _decode_value(value, field.type)
        if field.explicit or one not in ("", 0, None, {}):
            decoded[field.name] = one


def _decode_value(value: int | bytes, kind: Type) -> Json:
    if kind.code == "message":
        return _decode_message(_as_bytes(value), message(kind.message))
    if kind.code == "list":  # only where a message wraps it: protobuf has no lists of lists
        return [_decode_value(item, kind.of_item()) for _, item in _wire(_as_bytes(value))]
    return _SCALARS[kind.code](value)


def _zero(kind: Type) -> int | bytes:
    return 0 if kind.code in {"i", "b"} else b""


def _text(value: int | bytes) -> str:
    return _as_bytes(value).decode()


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise bad_request("the protobuf body is malformed: a number where a message or text belongs")
    return value


def _integer(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise bad_request("the protobuf body is malformed: text where a number belongs")
    return value - (1 << 64) if value >= 1 << 63 else value


def _double(value: int | bytes) -> float:
    number: float = struct.unpack("<d", struct.pack("<Q", _integer(value)))[0]
    return number


def _quantity(value: int | bytes) -> str:
    return _text(dict(_wire(_as_bytes(value))).get(1, b""))


def _int_or_string(value: int | bytes) -> int | str:
    parts = dict(_wire(_as_bytes(value)))
    return _text(parts.get(3, b"")) if parts.get(1) else _integer(parts.get(2, 0))


def _time(value: int | bytes) -> str | None:
    parts = dict(_wire(_as_bytes(value)))
    seconds = _integer(parts.get(1, 0))
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ") if parts else None


def _micro_time(value: int | bytes) -> str | None:
    parts = dict(_wire(_as_bytes(value)))
    at = _EPOCH + timedelta(seconds=_integer(parts.get(1, 0)), microseconds=_integer(parts.get(2, 0)) // 1000)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if parts else None


def _raw(value: int | bytes) -> Json:
    raw = dict(_wire(_as_bytes(value))).get(1, b"")
    return json.loads(_as_bytes(raw) or b"null")


_SCALARS: Final = {
    "s": _text,
    "i": _integer,
    "d": _double,
    "b": lambda value: bool(_integer(value)),
    "y": lambda value: base64.b64encode(_as_bytes(value)).decode(),
    "q": _quantity,
    "x": _int_or_string,
    "t": _time,
    "u": _micro_time,
    "r": _raw,
}


def _wire(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The (field number, value) pairs of a message in the order of the wire."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire_type == _BYTES:
            length, at = _varint(data, at)
        elif wire_type in {_FIXED64, _FIXED32}:
            length = 8 if wire_type == _FIXED64 else 4
        else:
            raise bad_request(f"the protobuf body is malformed: wire type {wire_type}")
        chunk = data[at : at + length]
        at += length
        if len(chunk) != length:
            raise bad_request("the protobuf body is malformed: it ends in the middle of a field")
        yield number, chunk if wire_type == _BYTES else int.from_bytes(chunk, "little")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value & (1 << 64) - 1, at
    raise bad_request("the protobuf body is malformed: a number does not end")
