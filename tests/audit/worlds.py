"""A cluster in memory for audits: clean, stock, or with something planted in it."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from kaccess.audit.inventory import Inventory
from kaccess.audit.snapshot import (
    AccountSnapshot,
    Assuming,
    ClusterSnapshot,
    IamGroup,
    IamUser,
    PolicyText,
    Snapshot,
    TrustedRole,
)
from kaccess.model.names import binding_name, kube_group, kube_role_name
from kaccess.model.policy import Backend
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import AwsAuth, Binding, Entry, KubeRole, Namespace
from kaccess.policy.files import PolicyFile
from kaccess.policy.load import load_files
from kaccess.policy.resolve import desired
from kaccess.rbac.aggregate import ClusterRole, aggregate
from kaccess.rbac.builtin import builtin_bindings, builtin_manifests

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
OLD = NOW - timedelta(days=400)
LAST_WEEK = NOW - timedelta(days=7)
ACCOUNT = "111122223333"

POLICY = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}
groups:
  oncall: {iam_group: oncall, assume: true}
namespaces:
  development: {}
  staging: {}
roles:
  viewer:
    rules:
      - {apiGroups: [""], resources: [pods], verbs: [get, list]}
  looker:
    rules:
      - {apiGroups: [""], resources: [services], verbs: [get]}
grants:
  - {group: team, role: viewer, namespaces: [development], until: 2027-03-01T00:00:00Z}
  - {group: oncall, role: looker, namespaces: [development], until: 2027-03-01T00:00:00Z}
"""

PODS = (Rule(("get", "list"), ("",), ("pods",)),)


def arn(name, kind="user"):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


ONCALL_ROLE = arn("kaccess/kaccess-oncall", "role")
TRUST = (
    '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},'
    '"Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}],"Version":"2012-10-17"}'
)


def user(name, *groups, **more):
    return IamUser(arn(name), OLD, groups, last_used=LAST_WEEK, use_is_known=True, **more)


def binding(namespace, name, role, *subjects, kind="ClusterRole"):
    return Binding(namespace, name, RoleRef(kind, role), tuple(subjects))


def group(name):
    return Subject.group(name)


class Cluster:
    """Parts of a cluster and its account, which tests add to; `snapshot()` makes one of them."""

    def __init__(self):
        self.entries = [
            Entry(arn("ana"), ("kaccess:team",), username=arn("ana"), created_at=NOW),
            Entry(ONCALL_ROLE, ("kaccess:oncall",), username="x:{{SessionName}}", created_at=NOW),
        ]
        self.roles, self.bindings, self.owned = [], [], set()
        self.own("development", "team", "viewer", *PODS)
        self.own("development", "oncall", "looker", Rule(("get",), ("",), ("services",)))
        self.cluster_roles = list(builtin_manifests())
        self.bindings += builtin_bindings()
        self.users = [user("ana", "team"), user("otto", "oncall")]
        self.groups = [IamGroup("team"), IamGroup("oncall", Assuming((ONCALL_ROLE,)))]
        self.iam_roles = [TrustedRole(ONCALL_ROLE, OLD, TRUST)]
        self.aws_auth = AwsAuth()
        self.aws_auth_error = ""
        self.identity_providers = ()
        self.service_accounts = ["legacy/bot"]
        self.mode = "API_AND_CONFIG_MAP"
        self.policy = POLICY
        self.namespaces = ["default", "development", "staging", "legacy"]

    def own(self, namespace, who, role, *rules):
        """What an apply makes of a grant."""
        ref = RoleRef("Role", kube_role_name(role))
        made = Binding(namespace, binding_name(who, role), ref, (group(kube_group(who)),))
        self.roles.append(KubeRole(namespace, ref.name, rules))
        self.bindings.append(made)
        self.owned |= {made.key, self.roles[-1].key}

    def bind(self, *args, **more):
        self.bindings.append(binding(*args, **more))

    def row(self, principal, *groups):
        made = Entry(principal, tuple(sorted(groups)), False, principal, backend=Backend.AWS_AUTH)
        self.aws_auth = replace(self.aws_auth, rows=(*self.aws_auth.rows, made))

    def cluster_role(self, name, *rules, **labels):
        self.cluster_roles.append(ClusterRole(name, rules, {key.replace("__", "/"): "true" for key in labels}))

    def snapshot(self):
        directory = directory_of(self.policy)
        rules = aggregate(self.cluster_roles)
        cluster_roles = tuple(replace(role, rules=rules[role.name]) for role in self.cluster_roles)
        inventory = Inventory(
            (*self.roles, *directory.roles),
            cluster_roles,
            (*self.bindings, *directory.bindings),
            frozenset({*self.owned, *directory.owned}),
        )
        namespaces = (*(Namespace(name, owned=False) for name in self.namespaces), Namespace("kaccess-system"))
        cluster = ClusterSnapshot(
            "cardo",
            "cardo-eks",
            ACCOUNT,
            "eu-south-1",
            self.mode,
            tuple(self.entries),
            None if self.aws_auth_error else self.aws_auth,
            self.aws_auth_error,
            namespaces,
            inventory,
            self.identity_providers,
            service_accounts=tuple(self.service_accounts),
        )
        account = AccountSnapshot(ACCOUNT, tuple(self.users), tuple(self.groups), tuple(self.iam_roles))
        return Snapshot(NOW, (cluster,), (account,), (PolicyText("kaccess.yaml", self.policy),))


def directory_of(text):
    """The Roles and bindings of the directory that the policy desires, as an apply leaves them."""
    policy = load_files([PolicyFile(Path("kaccess.yaml"), text)]).policy
    about = policy.clusters["cardo"]
    names = {name: {} for name in ("development", "staging", "legacy")}
    state = desired(policy, about, backend=Backend.ACCESS_ENTRIES, namespaces=names, members={}, now=NOW).state
    items = [item for item in state.items if getattr(item, "namespace", "") == "kaccess-system"]
    roles = tuple(item for item in items if isinstance(item, KubeRole))
    bindings = tuple(item for item in items if isinstance(item, Binding))
    return Inventory(roles, (), bindings, frozenset(item.key for item in (*roles, *bindings)))
