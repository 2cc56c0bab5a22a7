"""Tables for a terminal, tens of thousands of lines long if need be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from textwrap import wrap

GAP = "  "


def table(rows: Iterable[Sequence[str]], headers: Sequence[str], widths: Sequence[int | None]) -> str:
    """Rows as a table; a cell that is longer than its column may be is wrapped."""
    cells = [[_lines(cell, width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    columns = zip(*cells, strict=True) if cells else [()] * len(headers)
    space = [
        max(len(header), max((len(line) for cell in column for line in cell), default=0))
        for header, column in zip(headers, columns, strict=True)
    ]
    lines = [_line(headers, space), GAP.join("-" * width for width in space)]
    lines += (line for row in cells for line in _row(row, space))
    return "\n".join(lines)


def _row(cells: Sequence[Sequence[str]], space: Sequence[int]) -> Iterator[str]:
    for parts in zip_longest(*cells, fillvalue=""):
        yield _line(parts, space)


def _line(parts: Sequence[str], space: Sequence[int]) -> str:
    return GAP.join(part.ljust(width) for part, width in zip(parts, space, strict=True)).rstrip()


@lru_cache(maxsize=4096)
def _lines(cell: str, width: int | None) -> tuple[str, ...]:
    """The lines of a cell; thousands of rows say the same."""
    return tuple(wrap(cell, width, break_on_hyphens=False)) if width and len(cell) > width else (cell,)
