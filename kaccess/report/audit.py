"""A whole audit, as text for people and as JSON for machines, with the snapshot that it rests on."""

from __future__ import annotations

from typing import Any, Final

from kaccess.audit.codec import encode
from kaccess.audit.result import Audit, ClusterAudit
from kaccess.policy.shapes import time_text
from kaccess.report.access import access_json, access_table
from kaccess.report.findings import count_line, finding_json, findings_table, suppressed_json, unknown_lines

VERSION: Final = "kaccess.audit/v1"


def audit_text(audit: Audit) -> str:
    """Access, what is unknown, and the findings."""
    findings = list(audit.findings())
    suppressed, ended = (sum(len(each) for each in lists) for lists in _suppressions(audit))
    parts = [access_table(audit)]
    parts += [line for each in audit.clusters for line in unknown_lines(each.cluster, each.unknown)]
    parts += ["", findings_table(findings)] if findings else [""]
    return "\n".join([*parts, count_line(findings, suppressed, ended)])


def _suppressions(audit: Audit) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    return [each.suppressed for each in audit.clusters], [each.ended for each in audit.clusters]


def audit_json(audit: Audit) -> dict[str, Any]:
    """An audit for machines; `--as-of` and `audit diff` read it back by its `snapshot`."""
    return {
        "version": VERSION,
        "takenAt": audit.taken_at.isoformat(),
        "judged_at": time_text(audit.taken_at),
        "clusters": [_cluster_json(each) for each in audit.clusters],
        **access_json(audit),
        "findings": [finding_json(each) for each in audit.findings()],
        "suppressed": [suppressed_json(each) for cluster in audit.clusters for each in cluster.suppressed],
        "unread": [{"cluster": each.cluster, "reason": each.reason} for each in audit.unread],
        "snapshot": encode(audit.snapshot),
    }


def _cluster_json(cluster: ClusterAudit) -> dict[str, Any]:
    return {
        "cluster": cluster.cluster,
        "name": cluster.snapshot.name,
        "account": cluster.snapshot.account,
        "region": cluster.snapshot.region,
        "authenticationMode": cluster.snapshot.mode,
        "unknown": [{"who": each.who, "reason": each.reason} for each in cluster.unknown],
        "endedSuppressions": [suppressed_json(each) for each in cluster.ended],
    }
