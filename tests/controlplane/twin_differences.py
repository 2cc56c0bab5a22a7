"""Where the sandbox still differs from a real server, and why. A difference that is not here fails the run, as does one
that is here and no longer occurs.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

BY_DESIGN = "by design"


@dataclass(frozen=True)
class Known:
    """Differences by the names of steps and the places in their answers, in shell patterns."""

    steps: str
    place: str
    status: str
    reason: str

    def covers(self, step: str, place: str) -> bool:
        return fnmatchcase(step, self.steps) and fnmatchcase(place, self.place)


def _by_design(steps: str, place: str, reason: str) -> Known:
    return Known(steps, place, BY_DESIGN, reason)


RUNNING = (
    *("cronjobs", "daemonsets", "deployments", "events", "jobs", "persistentvolumeclaims", "pods", "replicasets"),
    *("services", "statefulsets"),
)
"""Kinds whose columns tell mostly of what runs."""

KNOWN = (
    # What is served at all.
    _by_design("discovery /api*", "* (not in the sandbox)", "it serves the kinds that roles of developers speak of"),
    _by_design("discovery /api*, aggregated", "items*", "it serves the kinds that roles of developers speak of"),
    _by_design("discovery /version*", "minor", "it is of the version that its kubectl is of"),
    _by_design("discovery /version*", "gitVersion", "it says what it is"),
    _by_design("discovery /", "status", "nobody reads the list of its paths"),
    _by_design("discovery /metrics", "status", "it measures nothing"),
    _by_design("discovery /*nonsense*", "content type", "one form for all that is not there"),
    _by_design("discovery /api/v1*", "resources.*/proxy.verbs", "nothing runs that could be reached by proxy"),
    _by_design("discovery /openapi/v3*", "content type", "the real server calls its JSON text"),
    # No controllers, no nodes, no network.
    *(
        _by_design(f"{plural}: *as table*", "*columns.* (not in the sandbox)", "nothing runs that they could tell of")
        for plural in RUNNING
    ),
    _by_design("events: *as table*", "columns.Age (in the sandbox alone)", "events happen to what runs"),
    _by_design("events: *as table*", "columns.Name.priority", "events happen to what runs"),
    _by_design("services: *as table*", "columns.Cluster-IP.*", "there is no network that services have addresses in"),
    _by_design("services: create with*", "message", "the real server fails at the address before the name"),
    _by_design("services: create with*", "details.causes.*", "the real server fails at the address before the name"),
    _by_design("daemonsets: *", "*annotations*", "a trace of a version of the API that is gone"),
    _by_design("jobs: *", "metadata.labels*", "labels for pods that are never made"),
    _by_design("jobs: create with a broken name", "*", "labels for pods that are never made"),
    _by_design("jobs: delete*", "warnings", "there are no pods that could be left behind"),
    _by_design("jobs: delete, dry run", "kind", "the real one waits for its pods to go first"),
    _by_design("jobs: what is left", "items*", "the real one waits for its pods to go first"),
    _by_design("pods: delete*", "metadata.generation", "a kubelet would have to end it first"),
    _by_design("persistentvolumeclaims: *delete*", "status", "no controller protects a claim that is in use"),
    _by_design("persistentvolumeclaims: *delete*", "items*", "no controller protects a claim that is in use"),
    _by_design("persistentvolumeclaims: what is left", "items*", "no controller protects a claim that is in use"),
    _by_design("the cluster's CA", "status", "no controller publishes it"),
    # Words of the real server's inside.
    _by_design("*: update another uid", "message", "the real server tells of the key in its storage"),
    _by_design("nobody impersonates", "*", "the real server speaks of the finer verbs that came with 1.36"),
    _by_design("list namespaces", "items*managers", "what it is born with is managed by nobody"),
    _by_design("get default", "managers", "what it is born with is managed by nobody"),
    _by_design("*: watch from a broken version", "status", "a client's mistake is no failure of the server"),
)
