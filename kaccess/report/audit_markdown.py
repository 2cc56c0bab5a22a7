"""An audit as Markdown, for a wiki or an issue: numbers, the matrix of principals by level, and the findings.

Whatever somebody else chose is written as code, in a fence that it cannot close, so that it is no markup.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from kaccess.audit.result import Audit, ClusterAudit
from kaccess.model.access import Access, Level
from kaccess.model.finding import Finding, Severity, Suppressed
from kaccess.model.policy import NOWHERE
from kaccess.model.shown import shown
from kaccess.report.access import short
from kaccess.report.audit_spoken import highest_levels, where

_WORST_FIRST: Final = tuple(sorted(Level, reverse=True))[:-1]
"""All levels but none."""


def audit_markdown(audit: Audit) -> str:
    """The whole report."""
    findings = list(audit.findings())
    lines = [
        "# Access audit",
        "",
        f"As of {audit.taken_at:%Y-%m-%d %H:%M} UTC.",
        "",
        *(f"- not read: {code(str(each))}" for each in audit.unread),
        "",
        *_summary(audit.clusters),
        *(line for cluster in audit.clusters for line in _matrix(cluster)),
        *_findings(findings),
        *_accepted(each for cluster in audit.clusters for each in cluster.suppressed),
        *(line for cluster in audit.clusters for line in _unknown(cluster)),
    ]
    return "\n".join(lines)


def _summary(clusters: Iterable[ClusterAudit]) -> Iterator[str]:
    yield f"| cluster | principals | {' | '.join(map(str, _WORST_FIRST))} | findings | accepted |"
    yield f"|---|--:|{'--:|' * len(_WORST_FIRST)}--:|--:|"
    for cluster in clusters:
        highest = [max(levels.values()) for access in cluster.access if (levels := highest_levels(access))]
        counts = Counter(highest)
        numbers = (len(highest), *(counts[level] for level in _WORST_FIRST))
        found = (len(cluster.findings), len(cluster.suppressed))
        yield f"| {cell(cluster.cluster)} | {' | '.join(map(str, (*numbers, *found)))} |"


def _matrix(cluster: ClusterAudit) -> Iterator[str]:
    """Who has which level where; of several levels in one namespace the highest."""
    yield from ("", f"## Access to {code(cluster.cluster)}", "")
    yield f"| principal | {' | '.join(map(str, _WORST_FIRST))} |"
    yield f"|---|{'---|' * len(_WORST_FIRST)}"
    yield from (line for access in cluster.access if (line := _matrix_line(access)))


def _matrix_line(access: Access) -> str:
    by_level: dict[Level, list[str]] = {}
    for namespace, level in highest_levels(access).items():
        by_level.setdefault(level, []).append(where(namespace))
    cells = (", ".join(map(cell, by_level.get(level, ()))) for level in _WORST_FIRST)
    return f"| {cell(short(access.principal))} | {' | '.join(cells)} |" if by_level else ""


def _findings(findings: list[Finding]) -> Iterator[str]:
    counts = Counter(each.severity for each in findings)
    words = [f"{counts[severity]} {severity}" for severity in sorted(Severity, reverse=True) if counts[severity]]
    yield from ("", "## Findings", "", ", ".join(words) or "None.")
    for kind, those in groupby(findings, key=lambda each: each.kind):
        yield from ("", f"### {str(kind.severity).capitalize()}: {plain(kind.title)} (`{kind.id}`)", "")
        yield f"- Why: {plain(kind.why)}"
        yield f"- Fix: {plain(kind.fix)}"
        if kind.reference:
            yield f"- Read more: <{kind.reference}>"
        yield ""
        yield from map(_finding_line, those)


def _finding_line(finding: Finding) -> str:
    place = "" if finding.place == NOWHERE else f" ({code(str(finding.place))})"
    return f"- {code(finding.cluster)} {code(finding.where)}{place}: {code(finding.what)}"


def _accepted(suppressed: Iterable[Suppressed]) -> Iterator[str]:
    lines = [_accepted_line(each) for each in suppressed]
    if lines:
        yield from ("", "## Accepted by the policy", "", *lines)


def _accepted_line(suppressed: Suppressed) -> str:
    by = suppressed.by
    until = f", until {by.until:%Y-%m-%d}" if by.until else ""
    finding = suppressed.finding
    return f"- {code(finding.cluster)} {code(finding.where)} (`{finding.id}`): {code(by.reason)}{until}"


def _unknown(cluster: ClusterAudit) -> Iterator[str]:
    if cluster.unknown:
        yield from ("", f"## What cannot be seen of {code(cluster.cluster)}", "")
        yield from (f"- {code(each.who)}: {code(each.reason)}" for each in cluster.unknown)


def code(text: str) -> str:
    """Text as code, in a fence longer than any run of backticks in it."""
    inner = shown(text)
    fence = "`" * (max(map(len, re.findall("`+", inner)), default=0) + 1)
    padded = f" {inner} " if inner[:1] in "` " or inner[-1:] in "` " else inner
    return f"{fence}{padded}{fence}"


def cell(text: str) -> str:
    """The same in a table, whose cells end at a bar even within code."""
    return code(text).replace("|", "\\|")


def plain(text: str) -> str:
    """Words of the catalogue, whose names in backticks stay code."""
    return re.sub(r"(`[^`]*`)|([*_<>\[\]|])", lambda match: match[1] or f"\\{match[2]}", text)
