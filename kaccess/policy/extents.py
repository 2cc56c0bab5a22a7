"""Which lines of its file each grant takes: what is asked of Git, to learn who wrote it."""

from __future__ import annotations

from kaccess.model.policy import Place
from kaccess.policy.document import Sequence
from kaccess.policy.edited import root_of
from kaccess.policy.files import PolicyFile


def grant_lines(file: PolicyFile) -> dict[Place, range]:
    """The lines, counted from 1, of each grant of a file that was loaded; from its first word to its last."""
    grants = root_of(file).get("grants")
    items = grants.items if isinstance(grants, Sequence) else ()
    return {item.place: _lines(file.text, item.place.line, item.start, item.end) for item in items}


def _lines(text: str, first: int, start: int, end: int) -> range:
    """Empty lines and comments behind a block belong to what follows."""
    lines = text[start:end].split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return range(first, first + max(len(lines), 1))
