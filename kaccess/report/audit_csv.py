"""An audit's access as CSV, for spreadsheets: a line for each chain to each role. Findings are not in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from kaccess.audit.result import Audit
from kaccess.model.access import Level
from kaccess.model.shown import shown
from kaccess.report.access import AccessRow, access_rows, chain

HEADERS: Final = ("cluster", "principal", "level", "role", "namespaces", "comes in by", "granted at", "unknown")
"""`namespaces` has `*` for the whole cluster; `granted at` are the lines of the policy, none for what others made."""

_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""How a cell begins that spreadsheets take for a formula; the last four are the wide forms of the first."""


def audit_csv(audit: Audit) -> str:
    """All of the access, and what cannot be seen, with a line of headers; the last line has no end.

    What is the same in many namespaces is one line: of five thousand people in five hundred namespaces there would be
    more lines than spreadsheets have.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADERS)
    writer.writerows([_cell(value) for value in line] for line in _lines(audit))
    return text.getvalue().removesuffix("\n")


def _lines(audit: Audit) -> Iterator[tuple[str, ...]]:
    for row in access_rows(audit):
        if row.steps:
            yield _line(row)
    for cluster in audit.clusters:
        for each in cluster.unknown:
            yield cluster.cluster, each.who, str(Level.UNKNOWN), "", "", "", "", each.reason


def _line(row: AccessRow) -> tuple[str, ...]:
    given = row.given
    namespaces = " ".join(namespace or "*" for namespace in given.namespaces)
    places = "; ".join(given.origins)
    return row.cluster, row.principal, str(given.level), given.role, namespaces, chain(row.steps), places, ""


def _cell(value: str) -> str:
    """What a spreadsheet shows as it is: an apostrophe before what it would calculate."""
    return shown(f"'{value}" if value.startswith(_FORMULA) else value)
