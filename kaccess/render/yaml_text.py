"""JSON-shaped documents as YAML text for people to read and review: block style, comments, one shape for one value.

Writing is the easy half of YAML: every text that is not plainly a word is written as JSON writes it, which YAML reads
as the same text. Nothing here reads YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_WORD: Final = re.compile(r"[A-Za-z/][A-Za-z0-9._/-]*")
_MEANS_ELSE: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_UNPRINTABLE: Final = re.compile(r"[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is in a text, and YAML wants written as a number."""

_BLOCK: Final = re.compile(r"(?![ \n])(?:[\x20-\x7e\u00a1-\u1fff]*\n)+")
"""Text that a literal block gives back as it is: whole lines, of characters that every reader of YAML takes."""


@dataclass(frozen=True)
class Document:
    """One document and what people should know of it, which is written above it as a comment."""

    body: Mapping[str, Any]
    comment: str = ""


def yaml_text(documents: Iterable[Document]) -> str:
    """The documents as one YAML stream."""
    return "".join(f"---\n{_comment(each.comment)}{''.join(_lines(each.body, 0))}" for each in documents)


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _lines(value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The lines of a mapping or list that is not empty."""
    indent = "  " * depth
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _part(f"{indent}{_text(key)}:", part, depth)
    else:
        for part in value:
            first, *rest = _lines(part, depth + 1) if _is_block(part) else [f" {_scalar(part)}\n"]
            yield f"{indent}- {first.lstrip(' ')}"
            yield from rest


def _part(start: str, value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401
    if _is_block(value):
        yield f"{start}\n"
        yield from _lines(value, depth + (1 if isinstance(value, Mapping) else 0))
    elif isinstance(value, str) and _BLOCK.fullmatch(value) and not value.endswith("\n\n"):
        yield f"{start} |\n"
        inside = "  " * (depth + 1)
        yield from (f"{inside}{line}\n" if line else "\n" for line in value.splitlines())
    else:
        yield f"{start} {_scalar(value)}\n"


def _is_block(value: Any) -> bool:  # noqa: ANN401
    """Whether a value takes lines of its own; a list of scalars is written in one."""
    if isinstance(value, Mapping):
        return bool(value)
    return _is_list(value) and any(isinstance(part, Mapping) or _is_list(part) for part in value)


def _is_list(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, Sequence) and not isinstance(value, str)


def _scalar(value: Any) -> str:  # noqa: ANN401
    if _is_list(value):
        return f"[{', '.join(map(_scalar, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    plain = _WORD.fullmatch(text) and text.lower() not in _MEANS_ELSE
    if plain:
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
