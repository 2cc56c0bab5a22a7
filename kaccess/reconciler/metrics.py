"""What a reconciler counts and measures, for Prometheus; the only file that imports prometheus_client."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from kaccess.reconciler.turn import Ending, Round, Turn

_PREFIX = "kaccess_reconciler"
_SECONDS = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._known: set[str] = set()
        self._rounds = self._counter("rounds", "Rounds that ended, by how: done, problem or skipped.", "result")
        self._turns = self._counter("turns", "What became of each cluster in each round.", "cluster", "ending")
        self._changes = self._counter(
            "changes",
            "Changes attempted, by the kind of thing, what was to be done, and what became of it.",
            *("cluster", "kind", "operation", "outcome"),
        )
        self._failures = self._counter(
            "failures", "Clusters that could not be read, plans refused, changes failed.", "cluster", "reason"
        )
        self._skipped = self._gauge("skipped", "Things the last round left out, such as unreadable groups.", "cluster")
        self._drift = self._gauge("drift", "Things that differed from the policy when the last round began.", "cluster")
        self._success = self._gauge(
            "last_success_timestamp_seconds",
            "When the cluster was last seen or made to agree with the policy, in seconds since 1970.",
            "cluster",
        )
        self._leader = self._gauge("is_leader", "Whether this process leads the cluster (1) or not (0).", "cluster")
        self._valid = self._gauge("policy_valid", "Whether the last round could use the policy (1) or not (0).")
        self._seconds = Histogram(
            f"{_PREFIX}_round_duration_seconds", "How long rounds took.", registry=self._registry, buckets=_SECONDS
        )

    def round(self, finished: Round) -> None:
        """A round ended."""
        self._seconds.observe(finished.seconds)
        self._valid.set(0 if finished.policy_error else 1)
        problem = any(turn.is_problem for turn in finished.turns)
        self._rounds.labels("skipped" if finished.policy_error else "problem" if problem else "done").inc()
        for turn in finished.turns:
            self._turn(turn, finished.started_at.timestamp() + finished.seconds)

    def leading(self, clusters: Mapping[str, bool]) -> None:
        """Which clusters this process leads. One that left the policy is led no more."""
        for cluster in self._known - clusters.keys():
            self._leader.labels(cluster).set(0)
        self._known |= clusters.keys()
        for cluster, leads in clusters.items():
            self._leader.labels(cluster).set(int(leads))

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)

    @property
    def content_type(self) -> str:
        """The media type of `text`."""
        return CONTENT_TYPE_LATEST

    def _turn(self, turn: Turn, ended: float) -> None:
        self._turns.labels(turn.cluster, turn.ending.value).inc()
        if turn.agrees:
            self._success.labels(turn.cluster).set(ended)
        if turn.ending in {Ending.UNREACHED, Ending.REFUSED}:
            self._failures.labels(turn.cluster, turn.ending.value).inc()
        if turn.plan is None:
            return
        self._drift.labels(turn.cluster).set(len(turn.plan.changes))
        self._skipped.labels(turn.cluster).set(len(turn.plan.skipped))
        for outcome in turn.outcomes:
            change, became = outcome.change, outcome.status.value
            self._changes.labels(turn.cluster, change.key.kind, change.operation.value, became).inc()
            if outcome.reason:
                self._failures.labels(turn.cluster, f"change {became}").inc()

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", about, labels, registry=self._registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", about, labels, registry=self._registry)
