"""What an audit says: access, findings and what is unknown, cluster by cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kaccess.audit.snapshot import ClusterSnapshot, Snapshot, Unread
from kaccess.model.access import Access, Unknown
from kaccess.model.finding import Finding, Suppressed
from kaccess.model.policy import NOWHERE, Place


@dataclass(frozen=True)
class ClusterAudit:
    """One cluster. All are sorted: access by principal, findings with the worst first.

    `ended` are suppressions that are over, though what they suppressed is still there; it counts among the findings.
    `place` is where the policy names the cluster.
    """

    snapshot: ClusterSnapshot
    access: tuple[Access, ...]
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    ended: tuple[Suppressed, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    place: Place = NOWHERE

    @property
    def cluster(self) -> str:
        """Its alias."""
        return self.snapshot.cluster


@dataclass(frozen=True)
class Audit:
    """Several clusters, as they were in a snapshot."""

    snapshot: Snapshot
    clusters: tuple[ClusterAudit, ...]

    @property
    def taken_at(self) -> datetime:
        """When it was read."""
        return self.snapshot.taken_at

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The clusters that could not be read."""
        return self.snapshot.unread

    def findings(self) -> Iterator[Finding]:
        """All findings that count, the worst first."""
        yield from sorted((each for cluster in self.clusters for each in cluster.findings), key=lambda one: one.order)
