"""What Kubernetes and EKS themselves put into every cluster: recognized, so that an audit need not speak of it.

Nobody becomes quiet by a name alone. A binding is stock if it is one of the known ones with its known role and
subjects; or if its name and its role's begin as theirs do, its subjects are components, and its role is no way to more.
"""

from __future__ import annotations

from typing import Final

from kaccess.model.names import KUBE_SYSTEM
from kaccess.model.rule import Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.builtin import builtin_cluster_roles
from kaccess.rbac.risk import risks

AUTHENTICATED: Final = "system:authenticated"
UNAUTHENTICATED: Final = "system:unauthenticated"
EVERYBODY: Final = (AUTHENTICATED, UNAUTHENTICATED, "system:serviceaccounts")
"""The groups that whole crowds are in."""

_BASIC: Final = frozenset({"system:basic-user", "system:discovery", "system:public-info-viewer", "system:monitoring"})
"""The ClusterRoles that Kubernetes binds to everybody: who am I, what may I do, which resources are there."""

_DISCOVERY: Final = "system:service-account-issuer-discovery"

_KNOWN: Final = {
    "cluster-admin": ("cluster-admin", Subject.group("system:masters")),
    "eks:addon-cluster-admin": ("cluster-admin", Subject("User", "eks:addon-manager")),
    _DISCOVERY: (_DISCOVERY, Subject.group("system:serviceaccounts")),
    "aws-node": ("aws-node", Subject("ServiceAccount", "aws-node", KUBE_SYSTEM)),
    "vpc-resource-controller-rolebinding": (
        "vpc-resource-controller-role",
        Subject("User", "eks:vpc-resource-controller"),
    ),
    "eks-vpc-resource-controller-rolebinding": (
        "eks-vpc-resource-controller-role",
        Subject("User", "eks:vpc-resource-controller"),
    ),
    "metrics-server:system:auth-delegator": (
        "system:auth-delegator",
        Subject("ServiceAccount", "metrics-server", KUBE_SYSTEM),
    ),
    "metrics-server-auth-reader": (
        "extension-apiserver-authentication-reader",
        Subject("ServiceAccount", "metrics-server", KUBE_SYSTEM),
    ),
}
"""EKS's and Kubernetes' bindings by name: the role of each and its one subject."""

_EKS: Final = frozenset(
    f"eks:{name}"
    for name in (
        *("addon-manager", "authenticator", "az-poller", "certificate-controller", "certificate-controller-approver"),
        *("certificate-controller-signer", "cloud-controller-manager", "cloud-provider-extraction-migration"),
        *("cluster-event-watcher", "coredns-autoscaler", "extension-metrics-apiserver", "fargate-manager"),
        *("fargate-scheduler", "k8s-metrics", "kms-storage-migrator", "kube-proxy-fargate", "kube-proxy-windows"),
        *("network-policy-controller", "network-webhooks", "node-bootstrapper", "node-manager", "nodewatcher"),
        *("pod-identity-mutating-webhook", "service-operations", "service-operations-configmaps"),
        "tagging-controller",
    )
)
"""EKS's own components: roles and bindings of these names are as mighty as AWS needs them."""

_CONTROLLER: Final = "system:controller:"
"""Begins the names of the roles of kube-controller-manager's parts, each a service account of kube-system."""

_PREFIXES: Final = ("system:", "eks:")
_ROLES: Final = (*_PREFIXES, "extension-apiserver-authentication-reader", "vpc-resource-controller-role")


def is_stock(binding: Binding, rules: tuple[Rule, ...] | None) -> bool:
    """Whether a binding, with the rules of its role, is Kubernetes' or EKS's own."""
    role = binding.role_ref.name
    if binding.name in _BASIC or binding.name == "system:discovery":
        return binding.name == role and not binding.namespace and _is_unchanged(role, rules)
    known = _KNOWN.get(binding.name)
    if known is not None:
        return (role, binding.subjects) == (known[0], (known[1],))
    named = binding.name.startswith(_PREFIXES) and role.startswith(_ROLES)
    if not named or not all(map(is_component, binding.subjects)):
        return False
    return _is_known_component(binding) or not any(risk.severity == "refuse" for risk in risks(rules or ()))


def is_component(subject: Subject) -> bool:
    """Whether a subject is part of the control plane or a node, or runs in kube-system."""
    if subject.kind == "ServiceAccount":
        return subject.namespace == KUBE_SYSTEM
    if subject.name.startswith(("system:serviceaccount:", "system:serviceaccounts:")):
        return subject.name.split(":")[2] == KUBE_SYSTEM
    if subject.kind == "Group" and (subject.name in EVERYBODY or subject.name == "system:masters"):
        return False
    return subject.name.startswith(_PREFIXES) and not subject.name.startswith("system:anonymous")


def is_stock_role(name: str) -> bool:
    """Whether a ClusterRole of this name comes with every cluster."""
    return name in builtin_cluster_roles() or name.startswith(_PREFIXES)


def _is_unchanged(role: str, rules: tuple[Rule, ...] | None) -> bool:
    builtin = builtin_cluster_roles().get(role)
    return builtin is None or rules is None or set(rules) <= set(builtin)


def _is_known_component(binding: Binding) -> bool:
    name = binding.role_ref.name
    if binding.name != name:
        return False
    account = Subject("ServiceAccount", name.removeprefix(_CONTROLLER), KUBE_SYSTEM)
    own_user = Subject("User", name)
    if name == "system:node":
        return binding.subjects in {(), (Subject.group("system:nodes"),)}
    return name in _EKS or binding.subjects in {(account,), (own_user,)}
