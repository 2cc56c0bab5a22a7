"""Findings, as a table and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from kaccess.model.access import Unknown
from kaccess.model.finding import Finding, Severity, Suppressed
from kaccess.model.policy import NOWHERE
from kaccess.model.shown import shown
from kaccess.report.table import table


def findings_table(findings: Iterable[Finding]) -> str:
    """The findings as a table for a terminal."""
    return table(
        (
            (str(each.severity), each.id, each.cluster, each.where, each.what, _place(each) or each.kind.fix)
            for each in findings
        ),
        ("severity", "finding", "cluster", "where", "what", "place, or what to do"),
        (None, None, None, 40, 44, 36),
    )


def unknown_lines(cluster: str, unknown: Iterable[Unknown]) -> list[str]:
    """What cannot be seen of a cluster, a line each."""
    return [shown(f"{cluster}: unknown: {each.who}: {each.reason}") for each in unknown]


def count_line(findings: Iterable[Finding], suppressed: int, ended: int) -> str:
    """How many findings there are of each severity, and how many the policy accepts."""
    counts = Counter(each.severity for each in findings)
    words = [f"{counts[severity]} {severity}" for severity in sorted(Severity, reverse=True) if counts[severity]]
    line = f"findings: {', '.join(words) or 'none'}; {suppressed} suppressed by the policy"
    again = "1 counts" if ended == 1 else f"{ended} count"
    return f"{line}; {again} again, because a suppression is over" if ended else line


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding for machines, with its kind's words."""
    return {
        "id": finding.id,
        "severity": str(finding.severity),
        "cluster": finding.cluster,
        "where": finding.where,
        "what": finding.what,
        "principal": finding.principal or None,
        "place": _place(finding) or None,
        "detail": list(finding.detail),
        "title": finding.kind.title,
        "why": finding.kind.why,
        "fix": finding.kind.fix,
        "reference": finding.kind.reference or None,
    }


def suppressed_json(suppressed: Suppressed) -> dict[str, Any]:
    """A finding that is accepted, or once was, and by which line."""
    by = suppressed.by
    until = by.until.isoformat() if by.until else None
    line = {"reason": by.reason, "until": until, "place": str(by.place)}
    return {**finding_json(suppressed.finding), "suppression": line}


def _place(finding: Finding) -> str:
    return "" if finding.place == NOWHERE else str(finding.place)
