"""The roles and bindings of a new EKS cluster, as its users list them.

The rules of EKS's own roles are stood in for by rules that allow everything: they may be as mighty as they like. Those
of Kubernetes' own controllers are compared on a real API server, in tests/controlplane.
"""

from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, KubeRole
from kaccess.rbac.aggregate import ClusterRole

ANYTHING = (Rule(("*",), ("*",), ("*",)),)

_USERS = (
    *("eks:addon-manager", "eks:az-poller", "eks:certificate-controller", "eks:cluster-event-watcher"),
    *("eks:coredns-autoscaler", "eks:fargate-manager", "eks:fargate-scheduler", "eks:kms-storage-migrator"),
    *("eks:network-policy-controller", "eks:network-webhooks", "eks:node-manager", "eks:nodewatcher"),
    *("eks:pod-identity-mutating-webhook", "eks:service-operations", "eks:tagging-controller", "eks:k8s-metrics"),
    *("eks:cloud-controller-manager", "eks:extension-metrics-apiserver"),
)
"""Bound to the ClusterRole of their own name, by a binding of that name."""

_ACCOUNTS = {
    "aws-node": ("aws-node", "aws-node"),
    "eks:kube-proxy": ("system:node-proxier", "kube-proxy"),
    "system:coredns": ("system:coredns", "coredns"),
    "system:metrics-server": ("system:metrics-server", "metrics-server"),
    "metrics-server:system:auth-delegator": ("system:auth-delegator", "metrics-server"),
}
"""ClusterRoleBindings to service accounts of kube-system."""

_NODES = {
    "eks:node-bootstrapper": ("eks:node-bootstrapper", Subject.group("system:bootstrappers")),
    "eks:kube-proxy-windows": ("system:node-proxier", Subject.group("eks:kube-proxy-windows")),
    "eks:kube-proxy-fargate": ("system:node-proxier", Subject.group("system:node-proxier")),
    "eks:addon-cluster-admin": ("cluster-admin", Subject("User", "eks:addon-manager")),
    "vpc-resource-controller-rolebinding": (
        "vpc-resource-controller-role",
        Subject("User", "eks:vpc-resource-controller"),
    ),
    "eks:certificate-controller-approver": (
        "eks:certificate-controller-approver",
        Subject("User", "eks:certificate-controller"),
    ),
    "eks:certificate-controller-signer": (
        "eks:certificate-controller-signer",
        Subject("User", "eks:certificate-controller"),
    ),
}

_IN_KUBE_SYSTEM = {
    "eks-vpc-resource-controller-rolebinding": (
        "eks-vpc-resource-controller-role",
        Subject("User", "eks:vpc-resource-controller"),
    ),
    "eks:addon-manager": ("eks:addon-manager", Subject("User", "eks:addon-manager")),
    "eks:authenticator": ("eks:authenticator", Subject("User", "eks:authenticator")),
    "eks:service-operations-configmaps": (
        "eks:service-operations-configmaps",
        Subject("User", "eks:service-operations"),
    ),
    "metrics-server-auth-reader": (
        "extension-apiserver-authentication-reader",
        Subject("ServiceAccount", "metrics-server", "kube-system"),
    ),
    "system::extension-apiserver-authentication-reader": (
        "extension-apiserver-authentication-reader",
        Subject("User", "system:kube-controller-manager"),
    ),
    "system:controller:token-cleaner": (
        "system:controller:token-cleaner",
        Subject("ServiceAccount", "token-cleaner", "kube-system"),
    ),
}


def _cluster_wide():
    for name in _USERS:
        yield name, name, Subject("User", name)
    for name, (role, account) in _ACCOUNTS.items():
        yield name, role, Subject("ServiceAccount", account, "kube-system")
    for name, (role, subject) in _NODES.items():
        yield name, role, subject


def stock_bindings():
    for name, role, subject in _cluster_wide():
        yield Binding("", name, RoleRef("ClusterRole", role), (subject,))
    for name, (role, subject) in _IN_KUBE_SYSTEM.items():
        yield Binding("kube-system", name, RoleRef("Role", role), (subject,))


def stock_cluster_roles():
    """Those that Kubernetes has no built-in of."""
    mighty = {role for _, role, _ in _cluster_wide() if role.startswith(("eks:", "vpc-", "aws-"))} - {"cluster-admin"}
    yield from (ClusterRole(name, ANYTHING) for name in sorted(mighty))
    for name in ("system:node-proxier", "system:coredns", "system:metrics-server", "system:auth-delegator"):
        yield ClusterRole(name, (Rule(("get", "list", "watch"), ("",), ("services",)),))


def stock_roles():
    for role, _ in _IN_KUBE_SYSTEM.values():
        rules = (Rule(("get",), ("",), ("configmaps",)),) if role.startswith("extension") else ANYTHING
        yield KubeRole("kube-system", role, rules)
