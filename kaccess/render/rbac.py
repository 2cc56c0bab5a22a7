"""The RBAC that each persona needs in a cluster.

The reconciler's is the delicate one: it writes Roles and RoleBindings on its own, and whoever steals its identity must
get no further than the policy's roles. Kubernetes helps, since it lets nobody give what they do not hold:

- The verb `escalate`, which switches that off for Roles, is never given. The reconciler holds the rules of the
  policy's own roles instead, each where it is granted, and so can write these Roles and no wider ones.
- The verb `bind`, which switches it off for bindings, is given for the ClusterRoles that the policy's roles name, by
  their names, and in the namespaces where they are granted alone. Bound cluster-wide, the same verb would reach
  kube-system, where `edit` is a way to the whole cluster.
- It creates no namespace and may relabel only those the policy creates, which are rendered beside its RBAC.
- Nothing reaches its own namespace, where its policy and its pods are.

What remains: it may remove and replace any binding of the policy's namespaces, since what it has to remove tomorrow has
names that no one knows today; and in a cluster whose entries are in aws-auth it may write that ConfigMap, which is as
good as `system:masters`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from kaccess.model.names import AWS_AUTH, AWS_AUTH_BACKUP, KUBE_SYSTEM, OWNER, RECONCILER, SYSTEM_NAMESPACE
from kaccess.model.policy import Backend, Cluster, Policy, Role
from kaccess.model.rule import RBAC_GROUP, Rule
from kaccess.render.kube_access import KubeAccess
from kaccess.render.persona import Persona
from kaccess.render.reach import roles_by_namespace

ADMINS: Final = f"{OWNER}-admins"
AUDITORS: Final = f"{OWNER}-auditors"
"""Kubernetes groups for the access entries of people; the reconciler's is its own name."""

_WRITE: Final = ("create", "update", "delete")
_READ: Final = ("get", "list")
_RBAC_KINDS: Final = ("roles", "rolebindings")
_CLUSTER_RBAC: Final = ("clusterroles", "clusterrolebindings")

_AWS_AUTH_WARNING: Final = (
    "Who may write aws-auth may make themselves system:masters; no RBAC rule can prevent that. Move the cluster to\n"
    "access entries with `kaccess migrate` to do without this Role."
)


def kube_access(
    persona: Persona,
    policy: Policy,
    cluster: Cluster,
    now: datetime,
    *,
    also: Iterable[str] = (),
    identity_only: bool = False,
) -> KubeAccess:
    """What the persona needs in the cluster for the policy as it is at `now` (aware).

    `also` names namespaces, beyond those the policy declares, that its grants reach by pattern or labels.
    `identity_only` is for a reconciler that leaves Kubernetes objects to others.

    Raises:
        ValueError: developers, whose RBAC is what the policy grants them.
    """
    if persona is Persona.RECONCILER:
        return _reconciler(policy, cluster, also if not identity_only else None, now)
    if persona is Persona.ADMIN:
        return _admin(cluster)
    if persona is Persona.AUDITOR:
        return _auditor()
    raise ValueError(persona)


def _reconciler(policy: Policy, cluster: Cluster, also: Iterable[str] | None, now: datetime) -> KubeAccess:
    namespaces = {
        SYSTEM_NAMESPACE: (
            Rule(("create",), ("coordination.k8s.io",), ("leases",)),
            Rule(("get", "update"), ("coordination.k8s.io",), ("leases",), (RECONCILER,)),
            Rule(_READ if also is None else (*_READ, *_WRITE), ("",), ("configmaps",)),
            *(() if also is None else (Rule(_WRITE, (RBAC_GROUP,), _RBAC_KINDS),)),
        ),
        KUBE_SYSTEM: _aws_auth(cluster),
    }
    cluster_wide = _survey_rules()
    if also is not None:
        created = sorted(each.name for each in policy.namespaces.values() if each.create)
        cluster_wide += (Rule(("update",), ("",), ("namespaces",), (*created, SYSTEM_NAMESPACE)),)
        for namespace, roles in roles_by_namespace(policy, cluster, also, now).items():
            namespaces[namespace] = (Rule(_WRITE, (RBAC_GROUP,), _RBAC_KINDS), *_to_give(roles))
    comments = {KUBE_SYSTEM: _AWS_AUTH_WARNING} if cluster.backend is Backend.AWS_AUTH else {}
    return KubeAccess(RECONCILER, cluster_wide, namespaces, comments)


def _to_give(roles: Iterable[Role]) -> tuple[Rule, ...]:
    """What must be held to give these roles: their own rules, and `bind` on the ClusterRoles they name."""
    roles = tuple(roles)
    rules = dict.fromkeys(rule for role in roles for rule in role.rules)
    bound = tuple(dict.fromkeys(role.cluster_role for role in roles if role.cluster_role))
    return (*rules, *((Rule(("bind",), (RBAC_GROUP,), ("clusterroles",), bound),) if bound else ()))


def _survey_rules() -> tuple[Rule, ...]:
    return Rule(_READ, ("",), ("namespaces",)), Rule(_READ, (RBAC_GROUP,), _RBAC_KINDS)


def _aws_auth(cluster: Cluster) -> tuple[Rule, ...]:
    """Reading aws-auth, and writing it and its backup if the policy says that entries are there."""
    if cluster.backend is not Backend.AWS_AUTH:
        return (Rule(("get",), ("",), ("configmaps",), (AWS_AUTH,)),)
    return (
        Rule(("create",), ("",), ("configmaps",)),
        Rule(("get", "update"), ("",), ("configmaps",), (AWS_AUTH, AWS_AUTH_BACKUP)),
    )


def _admin(cluster: Cluster) -> KubeAccess:
    """Whoever decides about access can give it to themselves; this ClusterRole does not pretend otherwise."""
    writes_aws_auth = (
        Rule(("create",), ("",), ("configmaps",)),
        Rule(("get", "update"), ("",), ("configmaps",), (AWS_AUTH, AWS_AUTH_BACKUP)),
    )
    return KubeAccess(
        ADMINS,
        (
            Rule(("get", "list", "create", "update"), ("",), ("namespaces",)),
            Rule((*_READ, *_WRITE, "bind", "escalate"), (RBAC_GROUP,), _RBAC_KINDS),
            Rule((*_READ, "bind"), (RBAC_GROUP,), ("clusterroles",)),
            Rule(_READ, (RBAC_GROUP,), ("clusterrolebindings",)),
        ),
        {
            SYSTEM_NAMESPACE: (Rule((*_READ, *_WRITE), ("",), ("configmaps",)),),
            KUBE_SYSTEM: writes_aws_auth if cluster.backend is not Backend.ACCESS_ENTRIES else _aws_auth(cluster),
        },
        {"": "Who may bind and escalate can give themselves everything: this is an administrator of the cluster."},
    )


def _auditor() -> KubeAccess:
    return KubeAccess(
        AUDITORS,
        (*_survey_rules(), Rule(_READ, (RBAC_GROUP,), _CLUSTER_RBAC), Rule(("list",), ("",), ("serviceaccounts",))),
        {
            SYSTEM_NAMESPACE: (Rule(_READ, ("",), ("configmaps",)),),
            KUBE_SYSTEM: (Rule(("get",), ("",), ("configmaps",), (AWS_AUTH,)),),
        },
    )
