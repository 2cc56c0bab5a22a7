"""What is added to a list of a policy as one line of YAML, in the flow style that policies use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from kaccess.model.policy import Grant, Offboarded
from kaccess.policy.fields import reads_as_text
from kaccess.policy.shapes import time_text

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.@/+-]*")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


def grant_text(grant: Grant, *, spaced: bool) -> str:
    """`{group: ..., role: ..., namespaces: [...], ...}` with named namespaces; `spaced`: spaces inside the braces."""
    pairs = [
        ("group", quoted(grant.group)),
        ("role", quoted(grant.role)),
        ("namespaces", _list_text(grant.namespaces.names)),
        ("clusters", _list_text(grant.clusters) if grant.clusters else ""),
        ("until", time_text(grant.until) if grant.until else ""),
        ("reason", quoted(grant.reason) if grant.reason else ""),
        ("by", quoted(grant.by) if grant.by else ""),
        ("at", time_text(grant.at) if grant.at else ""),
    ]
    return _flow(pairs, spaced=spaced)


def offboarded_text(offboarded: Offboarded, *, spaced: bool) -> str:
    """`{principal: ..., at: ..., ...}`; `spaced` as for grants."""
    pairs = [
        ("principal", quoted(offboarded.principal)),
        ("at", time_text(offboarded.at)),
        ("by", quoted(offboarded.by) if offboarded.by else ""),
        ("reason", quoted(offboarded.reason) if offboarded.reason else ""),
    ]
    return _flow(pairs, spaced=spaced)


def quoted(text: str) -> str:
    """`text` as a YAML scalar, quoted wherever a YAML reader might take it for something else."""
    if _PLAIN.fullmatch(text) and reads_as_text(text):
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _list_text(words: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, words))}]"


def _flow(pairs: Iterable[tuple[str, str]], *, spaced: bool) -> str:
    inner = ", ".join(f"{key}: {value}" for key, value in pairs if value)
    return f"{{ {inner} }}" if spaced else f"{{{inner}}}"
