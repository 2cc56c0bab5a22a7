"""The resources and verbs that Kubernetes itself has: enough to see that a rule or a test speaks of none of them.

Source: the API reference of Kubernetes 1.36. Resources of other API groups are anybody's to define.
"""

from __future__ import annotations

from typing import Final

from kaccess.model.errors import Usage
from kaccess.policy.problems import did_you_mean, show

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

_SHORT_NAMES: Final = (
    "cm=configmaps ep=endpoints ev=events limits=limitranges no=nodes ns=namespaces po=pods pv=persistentvolumes "
    "pvc=persistentvolumeclaims quota=resourcequotas rc=replicationcontrollers sa=serviceaccounts svc=services "
    "cj=cronjobs deploy=deployments ds=daemonsets hpa=horizontalpodautoscalers ing=ingresses "
    "netpol=networkpolicies pdb=poddisruptionbudgets rs=replicasets sts=statefulsets"
)
"""What `kubectl api-resources` gives as short names."""
_SHORT: Final = dict(pair.split("=") for pair in _SHORT_NAMES.split())

SUBRESOURCES: Final = frozenset(
    {
        *("approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "finalize", "log", "portforward"),
        *("proxy", "resize", "scale", "status", "token"),
    }
)
"""The subresources that resources of Kubernetes itself have."""


def qualified(resource: str) -> str:
    """`deployments.apps/scale` for `deploy/scale`: short names, singulars and API groups as kubectl finds them.

    Raises:
        Usage: no API group is given and Kubernetes itself has no such resource.
    """
    name, slash, subresource = resource.partition("/")
    if "." in name or name == "*":
        return resource
    plural = _plural(name.lower())
    if plural not in CORE | HOME.keys():
        advice = did_you_mean(name, CORE | HOME.keys()) or "; write RESOURCE.APIGROUP for those of other API groups"
        raise Usage(f"Kubernetes itself has no resource {show(name)}{advice}")
    home = HOME.get(plural)
    return f"{plural}{f'.{home}' if home else ''}{slash}{subresource}"


def _plural(name: str) -> str:
    """The name that the API has for a resource; names that are not known stay as they are."""
    known = CORE | HOME.keys()
    possible = (name, _SHORT.get(name, ""), f"{name}s", f"{name}es", f"{name[:-1]}ies")
    return next((plural for plural in possible if plural in known), name)


def is_known_verb(verb: str) -> bool:
    """Whether a rule with this verb can have an effect; impersonation has a family of verbs."""
    return verb in VERBS or verb in SPECIAL_VERBS or verb.startswith("impersonate")
