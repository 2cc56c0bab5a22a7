"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from textwrap import fill

from tabulate import tabulate

from kaccess.model.shown import shown


def table(rows: Iterable[Sequence[str]], headers: Sequence[str], widths: Sequence[int | None]) -> str:
    """Rows as a table; a cell that is longer than its column may be is wrapped."""
    cells = [[_cell(cell, width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    text = tabulate(cells, headers, tablefmt="simple", disable_numparse=True, preserve_whitespace=True)
    return "\n".join(line.rstrip() for line in text.splitlines())


@lru_cache(maxsize=4096)
def _cell(cell: str, width: int | None) -> str:
    """A cell in lines, in which a terminal obeys nothing; thousands of rows say the same.

    Wrapped here since tabulate breaks words at hyphens.
    """
    text = shown(cell)
    return fill(text, width, break_on_hyphens=False) if width and len(text) > width else text
