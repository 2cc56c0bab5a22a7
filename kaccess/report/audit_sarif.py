"""An audit's findings as SARIF 2.1.0, for code scanning and the viewers of editors.

Field names and their meaning are those of the OASIS standard "Static Analysis Results Interchange Format Version 2.1.0
Plus Errata 01".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from kaccess import __version__
from kaccess.audit.catalogue import KINDS
from kaccess.audit.result import Audit, ClusterAudit
from kaccess.model.finding import Finding, FindingKind, Severity
from kaccess.model.policy import NOWHERE, Place, Suppression
from kaccess.model.shown import shown

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS: Final = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_SCORES: Final = {
    Severity.INFO: "1.0",
    Severity.LOW: "3.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
"""Within the bands of CVSS v3 by which GitHub names severities: to 3.9 low, to 6.9 medium, to 8.9 high."""

_NUMBERS: Final = {id_: number for number, id_ in enumerate(KINDS)}


def audit_sarif(audit: Audit) -> str:
    """One run with all findings, the accepted ones as suppressed results."""
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(audit)]}, indent=1)


def _run(audit: Audit) -> dict[str, Any]:
    driver = {"name": "kaccess", "version": __version__, "rules": [_rule(kind) for kind in KINDS.values()]}
    places = {cluster.cluster: cluster.place for cluster in audit.clusters}
    results = [_result(each, None, places) for each in audit.findings()]
    results += [_result(each.finding, each.by, places) for cluster in audit.clusters for each in cluster.suppressed]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": "kaccess/audit/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(audit)],
        "results": results,
    }


def _rule(kind: FindingKind) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": kind.id,
        "shortDescription": {"text": kind.title},
        "fullDescription": {"text": kind.why},
        "help": {
            "text": f"Why it matters: {kind.why}. How to fix it: {kind.fix}.",
            "markdown": f"**Why it matters:** {kind.why}.\n\n**How to fix it:** {kind.fix}.",
        },
        "defaultConfiguration": {"level": _LEVELS[kind.severity]},
        "properties": {"tags": ["security"], "security-severity": _SCORES[kind.severity]},
    }
    return {**rule, "helpUri": kind.reference} if kind.reference else rule


def _result(finding: Finding, by: Suppression | None, places: Mapping[str, Place]) -> dict[str, Any]:
    return {
        "ruleId": finding.id,
        "ruleIndex": _NUMBERS[finding.id],
        "level": _LEVELS[finding.severity],
        "message": {
            "text": "\n".join(map(_plain, (f"{finding.cluster}: {finding.where}: {finding.what}", *finding.detail)))
        },
        "locations": [_location(finding, places[finding.cluster])],
        "partialFingerprints": {"kaccessFinding/v1": _fingerprint(finding)},
        "suppressions": [] if by is None else [_suppression(by)],
        "properties": {
            "cluster": finding.cluster,
            "severity": str(finding.severity),
            **({"principal": finding.principal} if finding.principal else {}),
        },
    }


def _plain(text: str) -> str:
    """A line of a message in which nothing is a link, as `[this](there)` is in one (SARIF 2.1.0, 3.11.6)."""
    line = shown(text)
    return line.replace("[", "\\[") if "](" in line else line


def _location(finding: Finding, of_cluster: Place) -> dict[str, Any]:
    """The thing in the cluster or in AWS, and the place in the policy that causes it, else that of the cluster.

    GitHub takes no result that is in no file.
    """
    name = f"{finding.cluster}/{finding.where}"
    logical = {"logicalLocations": [{"name": finding.where, "fullyQualifiedName": name, "kind": "resource"}]}
    return {**_physical(of_cluster if finding.place == NOWHERE else finding.place), **logical}


def _physical(place: Place) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}


def _uri(file: str) -> str:
    """A path as a URI; a relative one stays relative, to the folder that kaccess ran in."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _suppression(by: Suppression) -> dict[str, Any]:
    until = f" (until {by.until.isoformat()})" if by.until else ""
    # Without a status it is accepted, which is all there is here (SARIF 2.1.0, 3.35.3).
    said = {"kind": "external", "justification": f"{by.reason}{until}"}
    return said if by.place == NOWHERE else {**said, "location": _physical(by.place)}


def _fingerprint(finding: Finding) -> str:
    """The same from run to run, whatever line of the policy the finding is at."""
    parts = (finding.id, finding.cluster, finding.where, finding.principal)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _invocation(audit: Audit) -> dict[str, Any]:
    return {
        "executionSuccessful": not audit.unread,
        "endTimeUtc": f"{audit.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "toolExecutionNotifications": [
            *({"level": "error", "message": {"text": f"not read: {each}"}} for each in audit.unread),
            *_unknown(audit.clusters),
        ],
    }


def _unknown(clusters: Iterable[ClusterAudit]) -> list[dict[str, Any]]:
    return [
        {"level": "warning", "message": {"text": f"{cluster.cluster}: unknown: {each.who}: {each.reason}"}}
        for cluster in clusters
        for each in cluster.unknown
    ]
