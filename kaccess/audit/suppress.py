"""Which findings the policy accepts, and which of its acceptances are over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase

from kaccess.model.finding import Finding, Suppressed
from kaccess.model.policy import Suppression


def suppressed(
    findings: Iterable[Finding], suppressions: Iterable[Suppression], now: datetime
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], tuple[Suppressed, ...]]:
    """The findings that count, those that do not, and, of those that count, the ones that once did not."""
    by_id: dict[str, list[Suppression]] = {}
    for each in suppressions:
        by_id.setdefault(each.id, []).append(each)
    counting: list[Finding] = []
    accepted: list[Suppressed] = []
    ended: list[Suppressed] = []
    for finding in findings:
        matching = [each for each in by_id.get(finding.id, ()) if fnmatchcase(finding.where, each.where)]
        good = next((each for each in matching if not each.ended(now)), None)
        if good is not None:
            accepted.append(Suppressed(finding, good))
            continue
        counting.append(finding)
        ended += [Suppressed(finding, each) for each in matching[:1]]
    return tuple(counting), tuple(accepted), tuple(ended)
