"""Where the sandbox still differs from a real server, and why. A difference that is not here fails the run, as does one
that is here and no longer occurs.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

BY_DESIGN = "by design"
TO_BE_MENDED = "to be mended"


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


def _to_be_mended(steps: str, place: str, reason: str) -> Known:
    return Known(steps, place, TO_BE_MENDED, reason)


RUNNING = (
    *("cronjobs", "daemonsets", "deployments", "events", "jobs", "persistentvolumeclaims", "pods", "replicasets"),
    *("services", "statefulsets"),
)
"""Kinds whose columns tell mostly of what runs."""
GENERIC_DELETES = ("configmaps", "cronjobs", "daemonsets", "deployments", "events", "leases", "replicasets")

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
    _by_design("jobs: delete*", "metadata.generation", "the real one waits for its pods to go first"),
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
    # What the sandbox should learn.
    _to_be_mended("*: list from a broken version", "status", "400 for a resourceVersion that is no number"),
    _to_be_mended("*: update a collection", "status", "405 for a PUT without a name"),
    _to_be_mended("*: patch of a collection", "status", "405 for a PATCH without a name"),
    _to_be_mended("*: apply with an unknown field", "status", "apply refuses fields that its schema does not know"),
    _to_be_mended("*: apply without a kind", "status", "apply refuses a body without apiVersion and kind"),
    _to_be_mended("*: apply less", "managers", "a manager stays who applied an empty set"),
    _to_be_mended("*: delete by a broken policy", "status", "422 for an unknown propagationPolicy"),
    _to_be_mended("*: delete with another kind of options", "status", "400 for options of another kind"),
    *(
        _to_be_mended(f"{plural}: delete, dry run", "kind", "a dry deletion answers with a Status, as a real one does")
        for plural in (*GENERIC_DELETES, "*role*", "secrets", "statefulsets")
    ),
    *(
        _to_be_mended(f"{plural}: delete", "kind", "a deletion of these answers with the object")
        for plural in ("persistentvolumeclaims", "pods", "serviceaccounts", "services")
    ),
    _to_be_mended("*: create elsewhere", "status", "the namespace of a cluster-wide object is passed over"),
    _to_be_mended("events: create with a broken name", "*", "names of events are path segments"),
    _to_be_mended("statefulsets: create with a broken name", "*", "names of stateful sets are labels"),
    _to_be_mended("events: update what is not there", "status", "an update creates an event"),
    _to_be_mended("namespaces: create without a name", "status", "422 instead of a failure"),
    _to_be_mended("namespaces: delete, dry run", "status.phase", "it would be Terminating"),
    _to_be_mended("namespaces: delete *", "details.kind", "conflicts name the resource, not the kind"),
    _to_be_mended("namespaces: delete *", "message", "conflicts name the resource, not the kind"),
    _to_be_mended("*: *as table*", "*columns.Data.type", "the real column is of type string"),
    _to_be_mended("deployments: *as table*", "columns.Available.type", "the real column is of type string"),
    _to_be_mended("deployments: *as table*", "columns.Up-to-date.type", "the real column is of type string"),
    _to_be_mended("serviceaccounts: *as table*", "columns.Secrets*", "the column is no more"),
    _to_be_mended("discovery /api/v1*", "apiVersion *", "the list of api/v1 has no apiVersion"),
    _to_be_mended("discovery /api/v1*", "resources.pods/portforward.kind", "PodPortForwardOptions"),
    _to_be_mended("rules of kaccess-test-admin", "status.*", "system:masters hold what everyone holds, too"),
    _to_be_mended("own review with*", "warnings", "unknown fields of reviews are warned of"),
    _to_be_mended("change uid", "status", "422 when a patch changes the uid"),
    _to_be_mended("role that gathered nothing", "rules", "it keeps its own rules while it gathers none"),
    _to_be_mended("eve creates a role of more", "status", "a create has no name that escalate could be limited to"),
    _to_be_mended("tom *", "message", "resolution errors follow the missing rules"),
)
