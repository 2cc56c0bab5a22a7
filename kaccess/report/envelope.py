"""The JSON that every command prints with `-o json`, on success and on failure alike.

    {"apiVersion": "kaccess/v1", "kind": "Plan", "status": "success", "exitCode": 0,
     "data": {...}, "errors": ["..."], "warnings": ["..."]}

`status` is `success`, `partial` (something was skipped or failed, the rest was done) or `error` (nothing was done).
New keys may come; a key that is here keeps its meaning within the version.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

VERSION: Final = "kaccess/v1"


def envelope(
    kind: str,
    data: Any,  # noqa: ANN401 - whatever JSON the kind carries
    *,
    exit_code: int,
    errors: Sequence[str] = (),
    warnings: Sequence[str] = (),
    is_large: bool = False,
) -> str:
    """The envelope as JSON text, indented unless it `is_large`: a machine's alone, and written ten times as fast."""
    status = "success" if not errors else "partial" if data is not None else "error"
    body = {
        "apiVersion": VERSION,
        "kind": kind,
        "status": status,
        "exitCode": exit_code,
        "data": data,
        "errors": list(errors),
        "warnings": list(warnings),
    }
    return json.dumps(body, indent=None if is_large else 2, ensure_ascii=False)
