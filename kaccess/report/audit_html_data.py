"""An audit as the data of its page: what many rows share is there once, and rows speak of it by its number.

The page's script (`html/model.js`) reads it. Lists stand for records, in the order that the functions here give them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any, Final

from kaccess.audit.access import is_card
from kaccess.audit.result import Audit, ClusterAudit
from kaccess.audit.stock import AUTHENTICATED
from kaccess.model.access import Access, Arrival, Level, Reach, Step, StepKind
from kaccess.model.finding import Finding, FindingKind, Severity, Suppressed
from kaccess.model.names import PREFIX
from kaccess.model.policy import NOWHERE, Place
from kaccess.model.shown import shown
from kaccess.report.rules import rule_line

_STEP_KINDS: Final = {kind: number for number, kind in enumerate(StepKind)}


class _Numbered:
    """Values that are written once each, with the number of each."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Hashable, int] = {}

    def number(self, key: Hashable, value: Callable[[], Any]) -> int:
        """The number of what has this key; `value` is asked for it the first time."""
        found = self._numbers.get(key)
        if found is None:
            made = value()
            found = self._numbers[key] = len(self.values)
            self.values.append(made)
        return found


class PageData:
    """Collects the data of a page."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._steps, self._rules, self._reaches, self._sets, self._kinds = (_Numbered() for _ in range(5))
        self._set_of: dict[int, int] = {}
        self._ended = {id(each.finding): each for cluster in audit.clusters for each in cluster.ended}

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        clusters = self._audit.clusters
        numbers = {each.cluster: number for number, each in enumerate(clusters)}
        access = [
            self._access(number, each)
            for number, cluster in enumerate(clusters)
            for each in cluster.access
            if _is_spoken_of(each)
        ]
        findings = [self._finding(numbers[each.cluster], each) for each in self._audit.findings()]
        suppressed = [self._suppressed(number, each) for number, one in enumerate(clusters) for each in one.suppressed]
        return {
            "takenAt": self._audit.taken_at.isoformat(),
            "levels": [str(level) for level in Level],
            "severities": [str(severity) for severity in Severity],
            "stepKinds": [kind.value for kind in StepKind],
            "clusters": [_cluster(each) for each in clusters],
            "access": access,
            "findings": findings,
            "suppressed": suppressed,
            "steps": self._steps.values,
            "rules": self._rules.values,
            "reaches": self._reaches.values,
            "sets": self._sets.values,
            "findingKinds": self._kinds.values,
            "unread": [[shown(each.cluster), shown(each.reason)] for each in self._audit.unread],
        }

    def _access(self, cluster: int, access: Access) -> list[Any]:
        arrivals = [
            [self._steps_of(arrival.steps), self._set(arrival.reaches)]
            for arrival in access.arrivals
            if not _is_silent(arrival)
        ]
        return [cluster, shown(access.principal), arrivals, [shown(each) for each in access.unknown]]

    def _steps_of(self, steps: Iterable[Step]) -> list[int]:
        return [self._steps.number(step, partial(_step, step)) for step in steps]

    def _set(self, reaches: tuple[Reach, ...]) -> int:
        # All who come to a subject hold the same tuple of what it is given, so that its identity saves the work.
        found = self._set_of.get(id(reaches))
        if found is None:
            numbers = tuple(dict.fromkeys(self._reach(reach) for reach in reaches if not _is_left_out(reach)))
            found = self._set_of[id(reaches)] = self._sets.number(numbers, lambda: numbers)
        return found

    def _reach(self, reach: Reach) -> int:
        return self._reaches.number(
            reach,
            lambda: [
                self._steps_of(reach.steps),
                shown(reach.namespace),
                shown(reach.role.removeprefix(PREFIX)),
                -1 if reach.rules is None else self._rules_of(reach),
                int(reach.level),
                shown(reach.origin),
                int(reach.is_foreign),
            ],
        )

    def _rules_of(self, reach: Reach) -> int:
        return self._rules.number(reach.rules, lambda: [shown(rule_line(rule)) for rule in reach.rules or ()])

    def _finding(self, cluster: int, finding: Finding) -> list[Any]:
        ended = self._ended.get(id(finding))
        return [
            self._kinds.number(finding.kind, lambda: _kind(finding.kind)),
            cluster,
            shown(finding.where),
            shown(finding.what),
            shown(finding.principal),
            _place(finding.place),
            [shown(each) for each in finding.detail],
            _line_of(ended) if ended else None,
        ]

    def _suppressed(self, cluster: int, suppressed: Suppressed) -> list[Any]:
        return [*self._finding(cluster, suppressed.finding)[:-1], _line_of(suppressed)]


def _cluster(cluster: ClusterAudit) -> dict[str, Any]:
    about = cluster.snapshot
    return {
        "alias": shown(about.cluster),
        "name": shown(about.name),
        "account": about.account,
        "region": about.region,
        "mode": about.mode,
        "namespaces": sorted(shown(namespace.name) for namespace in about.namespaces),
        "unknown": [[shown(each.who), shown(each.reason)] for each in cluster.unknown],
    }


def _step(step: Step) -> list[Any]:
    return [_STEP_KINDS[step.kind], shown(step.name), shown(step.place)]


def _kind(kind: FindingKind) -> list[Any]:
    return [kind.id, int(kind.severity), kind.title, kind.why, kind.fix, kind.reference]


def _line_of(suppressed: Suppressed) -> list[str]:
    by = suppressed.by
    return [shown(by.reason), by.until.isoformat() if by.until else "", _place(by.place)]


def _place(place: Place) -> str:
    return "" if place == NOWHERE else shown(str(place))


def _is_left_out(reach: Reach) -> bool:
    return reach.is_stock or is_card(reach)


def _is_spoken_of(access: Access) -> bool:
    """Principals of IAM always; a subject of Kubernetes if it has more than every cluster gives it."""
    if access.unknown or access.principal.startswith("arn:"):
        return True
    return not all(_is_left_out(reach) for reach in access.reaches())


def _is_silent(arrival: Arrival) -> bool:
    """Whether it says nothing that is not so of everybody."""
    return arrival.steps[-1].name == AUTHENTICATED and all(_is_left_out(reach) for reach in arrival.reaches)
