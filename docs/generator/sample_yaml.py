"""Examples as people write a policy: two levels a line each, and what fits into a line in one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kaccess.policy.fields import reads_as_text

_WIDTH: Final = 112
_PLAIN: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_./@* +-]*[A-Za-z0-9_./@*+-])?")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def sample_yaml(value: Mapping[str, Any]) -> str:
    """The YAML text of a mapping that holds mappings or lists."""
    return "".join(f"{line}\n" for line in _lines(value, ""))


def _lines(value: Any, indent: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    pairs = (
        [(f"{key}:", part) for key, part in value.items()]
        if isinstance(value, Mapping)
        else [("-", part) for part in value]
    )
    for start, part in pairs:
        line = f"{indent}{start} {_flow(part)}"
        if isinstance(part, str | bool) or (indent and len(line) <= _WIDTH) or not part:
            yield line
        elif start == "-":
            first, *rest = _lines(part, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}{start}"
            yield from _lines(part, f"{indent}  ")


def _flow(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(part)}' for key, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    plain = isinstance(value, str) and (_TIME.fullmatch(value) or (_PLAIN.fullmatch(value) and reads_as_text(value)))
    return value if plain else json.dumps(value)
