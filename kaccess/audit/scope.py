"""Which rules give something in namespaces: those that speak of more than what belongs to the cluster as a whole.

Source: the API reference of Kubernetes 1.36. The scope of custom resources is not known; they count as namespaced.
"""

from __future__ import annotations

from typing import Final

from kaccess.model.rule import Rule

_CLUSTER_SCOPED: Final = {
    "": ("componentstatuses", "groups", "namespaces", "nodes", "persistentvolumes", "users"),
    "admissionregistration.k8s.io": ("*",),
    "apiextensions.k8s.io": ("*",),
    "apiregistration.k8s.io": ("*",),
    "authentication.k8s.io": ("groups", "selfsubjectreviews", "tokenreviews", "uids", "userextras", "users"),
    "authorization.k8s.io": ("selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews"),
    "certificates.k8s.io": ("certificatesigningrequests", "clustertrustbundles", "signers"),
    "flowcontrol.apiserver.k8s.io": ("*",),
    "internal.apiserver.k8s.io": ("*",),
    "metrics.k8s.io": ("nodes",),
    "networking.k8s.io": ("ingressclasses", "ipaddresses", "servicecidrs"),
    "node.k8s.io": ("*",),
    "rbac.authorization.k8s.io": ("clusterrolebindings", "clusterroles"),
    "resource.k8s.io": ("deviceclasses", "devicetaintrules", "resourceslices"),
    "scheduling.k8s.io": ("priorityclasses",),
    "storage.k8s.io": ("csidrivers", "csinodes", "storageclasses", "volumeattachments", "volumeattributesclasses"),
    "storagemigration.k8s.io": ("*",),
}
"""By API group, the resources that are in no namespace; `*`: all of the group."""


def gives_in_namespaces(rule: Rule) -> bool:
    """Whether the rule, bound for the whole cluster, gives something in its namespaces."""
    return any(
        not {"*", resource.partition("/")[0]} & {*_CLUSTER_SCOPED.get(group, ())}
        for group in rule.api_groups
        for resource in rule.resources
    )
