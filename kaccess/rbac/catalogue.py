"""The hazards a role may hold, as data: what reaches further than it looks, and how bad that is.

Sources: Kubernetes' "Role Based Access Control Good Practices" and the API server's own checks. How rules are matched
with them is `kaccess.rbac.risk`'s part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from kaccess.model.rule import RBAC_GROUP

Severity: TypeAlias = Literal["refuse", "warn"]
"""`refuse`: whoever holds it can give themselves more. `warn`: it reaches further than the resource it names."""


@dataclass(frozen=True)
class Hazard:
    """A class of permissions: any of `verbs` on any of `targets`.

    A target is an API group and a resource (`pods`, `pods/exec`). A verb that starts with `verb_prefix` is a hit on
    whatever resource it stands. `everything` means every verb on every resource of some API group.
    """

    id: str
    severity: Severity
    title: str
    why: str
    verbs: tuple[str, ...] = ()
    targets: tuple[tuple[str, str], ...] = ()
    verb_prefix: str = ""
    everything: bool = False


def _in(group: str, *resources: str) -> tuple[tuple[str, str], ...]:
    return tuple((group, resource) for resource in resources)


_READ = ("get", "list", "watch")
_PUT = ("create", "update", "patch")
_WRITE = (*_PUT, "delete", "deletecollection")
_AUTHENTICATION = "authentication.k8s.io"

HAZARDS: Final[tuple[Hazard, ...]] = (
    Hazard(
        "wildcard-all",
        "refuse",
        "every verb on every resource of an API group",
        "it covers what exists and what will be added later; of all groups (*), RBAC objects and secrets too",
        everything=True,
    ),
    Hazard(
        "escalate",
        "refuse",
        "may write roles with more rights than it holds",
        "the verb escalate switches off the API server's check against privilege escalation",
        verbs=("escalate",),
        targets=_in(RBAC_GROUP, "roles", "clusterroles"),
    ),
    Hazard(
        "bind",
        "refuse",
        "may bind roles whose rights it does not hold",
        "the verb bind switches off the API server's check against privilege escalation",
        verbs=("bind",),
        targets=_in(RBAC_GROUP, "roles", "clusterroles"),
    ),
    Hazard(
        "impersonate",
        "refuse",
        "may act as someone else",
        "whoever impersonates a user, group or service account has all of its rights",
        verbs=("impersonate",),
        targets=(
            *_in("", "users", "groups", "serviceaccounts"),
            *_in(_AUTHENTICATION, "users", "groups", "serviceaccounts", "nodes", "uids"),
        ),
        verb_prefix="impersonate",
    ),
    Hazard(
        "rbac-write",
        "refuse",
        "may write roles and bindings",
        "it can hand on its own rights past the policy, or take away the rights of others",
        verbs=_WRITE,
        targets=_in(RBAC_GROUP, "roles", "rolebindings", "clusterroles", "clusterrolebindings"),
    ),
    Hazard(
        "token-minting",
        "refuse",
        "may mint service account tokens",
        "a token has the rights of its service account and outlives the grant",
        verbs=("create",),
        targets=_in("", "serviceaccounts/token"),
    ),
    Hazard(
        "nodes-proxy",
        "refuse",
        "may talk to the kubelets through the API server",
        "any verb on nodes/proxy runs commands in every pod of the node, past admission and the audit log",
        verbs=(*_READ, *_WRITE),
        targets=_in("", "nodes/proxy"),
    ),
    Hazard(
        "secrets-read",
        "warn",
        "reads secrets",
        "list and watch show the contents as get does, and so do the answers to patch and delete",
        # An empty patch, and a deletion that only pretends (dryRun=All), are answered with the whole secret.
        verbs=(*_READ, "patch", "delete", "deletecollection"),
        targets=_in("", "secrets"),
    ),
    Hazard(
        "pods-exec",
        "warn",
        "runs commands in containers",
        "a shell in a pod has the secrets, the service account and the network of that pod",
        verbs=("get", *_PUT),
        targets=_in("", "pods/exec", "pods/attach", "pods/ephemeralcontainers"),
    ),
    Hazard(
        "pods-portforward",
        "warn",
        "opens connections to ports of pods",
        "it reaches ports that no service and no network policy opens",
        verbs=("get", "create"),
        targets=_in("", "pods/portforward"),
    ),
    Hazard(
        "pods-proxy",
        "warn",
        "sends HTTP requests to pods and services through the API server",
        "they reach ports that no network policy opens, and come from the API server's address",
        verbs=(*_READ, *_WRITE),
        targets=_in("", "pods/proxy", "services/proxy"),
    ),
    Hazard(
        "create-workloads",
        "warn",
        "starts or changes workloads",
        "a pod may mount every secret and run as every service account of its namespace",
        verbs=_PUT,
        targets=(
            *_in("", "pods", "replicationcontrollers"),
            *_in("apps", "deployments", "statefulsets", "daemonsets", "replicasets"),
            *_in("batch", "jobs", "cronjobs"),
        ),
    ),
    Hazard(
        "namespace-relabel",
        "warn",
        "may change the labels of its namespace",
        "labels decide pod security, network policies, quotas and which grants reach the namespace",
        verbs=("update", "patch"),
        targets=_in("", "namespaces", "namespaces/status", "namespaces/finalize"),
    ),
    Hazard(
        "persistent-volumes",
        "warn",
        "may write persistent volumes",
        "a hostPath volume opens the file system of a node",
        verbs=_PUT,
        targets=_in("", "persistentvolumes"),
    ),
    Hazard(
        "csr-approval",
        "warn",
        "may approve certificate signing requests",
        "a signed client certificate is a new identity, under any name, that cannot be revoked",
        verbs=("update", "patch"),
        targets=_in("certificates.k8s.io", "certificatesigningrequests/approval"),
    ),
    Hazard(
        "admission-control",
        "warn",
        "may change what the API server admits",
        "a webhook or admission policy reads and rewrites what others create, secrets included",
        verbs=_WRITE,
        targets=_in(
            "admissionregistration.k8s.io",
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
        ),
    ),
)
