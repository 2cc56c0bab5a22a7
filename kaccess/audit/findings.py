"""All that is to be found in one cluster."""

from __future__ import annotations

from kaccess.audit import find_bindings, find_entries, find_policy, find_roles
from kaccess.audit.case import Case
from kaccess.audit.result import ClusterAudit
from kaccess.audit.suppress import suppressed
from kaccess.audit.unknown import unknown_access

FINDERS = (*find_entries.FINDERS, *find_bindings.FINDERS, *find_roles.FINDERS, *find_policy.FINDERS)


def judge(case: Case) -> ClusterAudit:
    """The audit of one cluster."""
    findings = sorted((finding for find in FINDERS for finding in find(case)), key=lambda each: each.order)
    counting, accepted, ended = suppressed(findings, case.policy.suppressions, case.now)
    unknown = unknown_access(case.cluster, case.account, case.access)
    place = case.policy.clusters[case.cluster.cluster].place
    return ClusterAudit(case.cluster, case.access, counting, accepted, ended, unknown, place)
