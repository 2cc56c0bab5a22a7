"""The resources and verbs that Kubernetes itself has: enough to see that a rule or a test speaks of none of them.

Source: the API reference of Kubernetes 1.36. Resources of other API groups are anybody's to define.
"""

from __future__ import annotations

from typing import Final

VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
"""The verbs of ordinary API requests."""

SPECIAL_VERBS: Final = ("*", "use", "bind", "escalate", "impersonate", "approve", "sign", "attest", "proxy")
"""What rules may hold besides: checked by admission and by the API server for single resources."""

CORE: Final = frozenset(
    {
        *("bindings", "componentstatuses", "configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes"),
        *("persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "replicationcontrollers"),
        *("resourcequotas", "secrets", "serviceaccounts", "services", "users", "groups"),
    }
)
"""The resources of the core API group, whose name is empty; users and groups exist for impersonation alone."""

_HOMES: Final = {
    "apps": ("controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "coordination.k8s.io": ("leases",),
    "discovery.k8s.io": ("endpointslices",),
    "networking.k8s.io": ("ingresses", "networkpolicies"),
    "policy": ("poddisruptionbudgets",),
    "rbac.authorization.k8s.io": ("clusterrolebindings", "clusterroles", "rolebindings", "roles"),
}
HOME: Final = {resource: group for group, resources in _HOMES.items() for resource in resources}
"""The API group of resources that people name without one, since kubectl finds it for them."""


SUBRESOURCES: Final = frozenset(
    {
        *("approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "finalize", "log", "portforward"),
        *("proxy", "resize", "scale", "status", "token"),
    }
)
"""The subresources that resources of Kubernetes itself have."""


def is_known_verb(verb: str) -> bool:
    """Whether a rule with this verb can have an effect; impersonation has a family of verbs."""
    return verb in VERBS or verb in SPECIAL_VERBS or verb.startswith("impersonate")
