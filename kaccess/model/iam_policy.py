"""The documents of IAM policies as text that is equal where they say the same.

Whoever writes a document and whoever reads it back from IAM pass it through here, so that they can be compared as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def canonical(document: Mapping[str, Any]) -> str:
    """A policy document as compact JSON with sorted keys.

    Within a statement IAM makes no difference between a value and a list of that one value, between the orders of a
    list, and between `true` and `"true"`; here they are one text. The order of statements is kept, as IAM keeps it.
    """
    statements = document.get("Statement", [])
    each = statements if isinstance(statements, list) else [statements]
    return json.dumps(
        {**document, "Statement": [_plain(statement) for statement in each]}, sort_keys=True, separators=(",", ":")
    )


def same_policy(one: str, other: str) -> bool:
    """Whether two policy documents, as JSON, say the same."""
    return one == other or canonical(json.loads(one)) == canonical(json.loads(other))


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        parts = sorted({_scalar(part) for part in value})
        return parts[0] if len(parts) == 1 else parts
    return _scalar(value)


def _scalar(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
