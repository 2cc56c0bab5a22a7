"""One of each kind of finding, planted in a cluster; each function returns where it is to be found."""

from dataclasses import replace
from datetime import timedelta

from kaccess.audit.snapshot import Assuming
from kaccess.model.rule import Rule, Subject
from kaccess.model.state import AccessPolicy, Entry

from .worlds import NOW, OLD, ONCALL_ROLE, PODS, arn, group, user

GRANTS = "grants:\n"
SINCE = NOW - timedelta(days=100)
BOT = Subject("ServiceAccount", "bot", "legacy")


def orphan(cluster):
    cluster.entries.append(Entry(arn("gone"), (), False, arn("gone"), created_at=OLD))
    return "access entry " + arn("gone")


def recreated(cluster):
    cluster.users.append(user("eva"))
    cluster.entries.append(Entry(arn("eva"), (), False, arn("eva"), stale=True))
    return "access entry " + arn("eva")


def shadowed(cluster):
    cluster.row(arn("ana"), "ops")
    return "aws-auth row " + arn("ana")


def duplicate(cluster):
    note = f"kube-system/aws-auth: {arn('ana')} is there 2 times"
    cluster.aws_auth = replace(cluster.aws_auth, notes=(*cluster.aws_auth.notes, note), duplicates=(note,))
    return "ConfigMap kube-system/aws-auth"


def malformed(cluster):
    note = "kube-system/aws-auth: mapusers is ignored by the server"
    cluster.aws_auth = replace(cluster.aws_auth, notes=(*cluster.aws_auth.notes, note))
    return "ConfigMap kube-system/aws-auth"


def unreadable(cluster):
    cluster.aws_auth_error = "kube-system/aws-auth: mapRoles, line 1: not one YAML document"
    return "ConfigMap kube-system/aws-auth"


def admitted(cluster):
    cluster.aws_auth = replace(cluster.aws_auth, accounts=("444455556666",))
    return "ConfigMap kube-system/aws-auth"


def masters(cluster):
    cluster.users.append(user("max"))
    cluster.row(arn("max"), "system:masters")
    return "aws-auth row " + arn("max")


def cluster_admin(cluster):
    cluster.users.append(user("root"))
    policies = (AccessPolicy("AmazonEKSClusterAdminPolicy"),)
    cluster.entries.append(Entry(arn("root"), (), False, arn("root"), access_policies=policies))
    return "access entry " + arn("root")


def wider_trust(cluster):
    cluster.users.append(user("zoe", assuming=Assuming(("*",))))
    return "IAM role " + ONCALL_ROLE


def dormant(cluster):
    cluster.users[0] = replace(cluster.users[0], last_used=SINCE)
    return "IAM user " + arn("ana")


def admin_binding(cluster):
    cluster.bind("", "everything", "cluster-admin", BOT)
    return "ClusterRoleBinding everything"


def writer(cluster):
    cluster.cluster_role("operator", Rule(("get", "update"), ("",), ("configmaps",)))
    cluster.bind("", "operates", "operator", BOT)
    return "ClusterRoleBinding operates"


def everybody(cluster):
    cluster.cluster_role("pods", *PODS)
    cluster.bind("", "all", "pods", group("system:authenticated"))
    return "ClusterRoleBinding all"


def anonymous(cluster):
    cluster.cluster_role("pods", *PODS)
    cluster.bind("", "open", "pods", group("system:unauthenticated"))
    return "ClusterRoleBinding open"


def foreign(cluster):
    cluster.cluster_role("pods", *PODS)
    cluster.bind("staging", "by-hand", "pods", BOT)
    return "RoleBinding staging/by-hand"


def foreign_everywhere(cluster):
    cluster.cluster_role("pods", *PODS)
    cluster.bind("", "everywhere", "pods", BOT)
    return "ClusterRoleBinding everywhere"


def own_group(cluster):
    cluster.cluster_role("pods", *PODS)
    cluster.bind("legacy", "by-hand", "pods", group("kaccess:team"))
    return "RoleBinding legacy/by-hand"


def nobody(cluster):
    cluster.cluster_role("pods", *PODS)
    cluster.bind("legacy", "ghosts", "pods", group("ghosts"))
    return "RoleBinding legacy/ghosts"


def no_account(cluster):
    cluster.cluster_role("pods", *PODS)
    cluster.bind("legacy", "robots", "pods", Subject("ServiceAccount", "gone", "legacy"))
    return "RoleBinding legacy/robots"


def no_role(cluster):
    cluster.bind("legacy", "dangling", "gone", BOT)
    return "RoleBinding legacy/dangling"


def broad(cluster):
    cluster.bind("legacy", "deploys", "edit", BOT)
    return "ClusterRole edit"


def aggregated(cluster):
    cluster.cluster_role("widens", *PODS, rbac_authorization=True)
    made = cluster.cluster_roles[-1]
    label = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    cluster.cluster_roles[-1] = replace(made, labels=label)
    return "ClusterRole widens"


def drifted(cluster):
    gone = cluster.bindings.pop(0)
    return f"binding development/{gone.name}"


def changed(cluster):
    cluster.roles[0] = replace(cluster.roles[0], rules=(Rule(("get",), ("",), ("configmaps",)),))
    return f"role development/{cluster.roles[0].name}"


def with_grant(cluster, line):
    cluster.policy = cluster.policy.replace(GRANTS, GRANTS + line)


def expired(cluster):
    with_grant(cluster, "  - {group: team, role: viewer, namespaces: [staging], until: 2026-11-01T00:00:00Z}\n")
    return "grant of viewer to team"


def expiring(cluster):
    old, new = "[development], until: 2027-03-01", "[development], until: 2026-11-28"
    cluster.policy = cluster.policy.replace(old, new, 1)
    return "grant of viewer to team"


def unending(cluster):
    """The group's grant is to another role, which reads secrets."""
    role = "  reader:\n    allow: [secrets-read]\n    rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n"
    cluster.policy = cluster.policy.replace(GRANTS, role + GRANTS)
    with_grant(cluster, "  - {group: oncall, role: reader, namespaces: [staging]}\n")
    cluster.own("staging", "oncall", "reader", Rule(("get",), ("",), ("secrets",)))
    return "grant of reader to oncall"


def exceeded(cluster):
    cluster.policy += "tests:\n  - team cannot get services in development\n"
    cluster.users[0] = replace(cluster.users[0], iam_groups=("oncall", "team"))
    return "team cannot get services in development"


def kind_of(plant):
    """The id of what a plant is found as."""
    return plant.partition("/")[0]


PLANTS = {
    "entry-orphan": orphan,
    "entry-recreated": recreated,
    "row-shadowed": shadowed,
    "row-duplicate": duplicate,
    "aws-auth-malformed": malformed,
    "aws-auth-unreadable": unreadable,
    "account-admitted": admitted,
    "system-masters": masters,
    "cluster-admin-access-policy": cluster_admin,
    "trust-wider": wider_trust,
    "dormant": dormant,
    "cluster-admin-binding": admin_binding,
    "aws-auth-writable": writer,
    "everybody-bound": everybody,
    "anonymous-bound": anonymous,
    "foreign-binding": foreign,
    "foreign-binding/cluster-wide": foreign_everywhere,
    "own-group-bound": own_group,
    "nobody-bound": nobody,
    "nobody-bound/service-account": no_account,
    "role-missing": no_role,
    "broad-role": broad,
    "aggregated-role": aggregated,
    "drift": drifted,
    "owned-changed": changed,
    "grant-expired": expired,
    "grant-expiring": expiring,
    "grant-unending": unending,
    "test-exceeded": exceeded,
}
"""By id; where there are several of one, with a word after a slash."""
