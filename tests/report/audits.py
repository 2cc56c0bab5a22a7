"""Audits to make reports of: a company of two clusters with something of everything, and one as large as they come."""

from datetime import datetime, timedelta, timezone

from kaccess.audit.inventory import Inventory
from kaccess.audit.snapshot import AccountSnapshot, ClusterSnapshot, IamGroup, IamUser, PolicyText, Snapshot, Unread
from kaccess.model.names import binding_name, kube_group, kube_role_name
from kaccess.model.policy import Backend
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import AccessPolicy, AwsAuth, Binding, Entry, KubeRole, Namespace
from kaccess.rbac.aggregate import ClusterRole
from kaccess.workflows.audit import audit

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
ACCOUNT = "111122223333"

POLICY = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}
  decumano: {name: decumano-eks, region: eu-central-1, account: "111122223333"}
namespaces:
  payments-development: {}
  payments-production: {}
  data-staging: {}
roles:
  viewer:
    rules:
      - {apiGroups: [""], resources: [pods, pods/log, services], verbs: [get, list, watch]}
  developer:
    allow: [create-workloads]
    rules:
      - {apiGroups: [""], resources: [pods, pods/log, services], verbs: [get, list, watch]}
      - {apiGroups: [apps], resources: [deployments, statefulsets], verbs: [create, update, patch, delete]}
  debugger:
    allow: [exec]
    rules:
      - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
grants:
  - {group: payments-developers, role: developer, namespaces: [payments-development]}
  - {group: payments-developers, role: viewer, namespaces: [payments-production]}
  - {group: data-engineers, role: debugger, namespaces: [data-staging]}
audit:
  suppress:
    - {id: cluster-admin-access-policy, where: "*", reason: "the emergency role, sealed", until: 2027-01-01T00:00:00Z}
    - {id: everybody-bound, where: "*", reason: "until the <b>portal</b> has a role", until: 2026-11-01T00:00:00Z}
"""

READ = ("get", "list", "watch")
VIEWER = (Rule(READ, ("",), ("pods", "pods/log", "services")),)
DEVELOPER = (*VIEWER, Rule(("create", "update", "patch", "delete"), ("apps",), ("deployments", "statefulsets")))
DEBUGGER = (Rule(("create",), ("",), ("pods/exec",)),)
GRANTED = (
    ("payments-development", "payments-developers", "developer", DEVELOPER),
    ("payments-production", "payments-developers", "viewer", VIEWER),
    ("data-staging", "data-engineers", "debugger", DEBUGGER),
)
CLUSTER_ROLES = (
    ClusterRole("view", VIEWER),
    ClusterRole("secret-reader", (Rule(READ, ("",), ("secrets",)),)),
    ClusterRole("cluster-admin", (Rule(("*",), ("*",), ("*",)), Rule(("*",), non_resource_urls=("*",)))),
)
PEOPLE = {
    "ana": ("payments-developers",),
    "ben": ("payments-developers", "data-engineers"),
    "carla": ("data-engineers",),
    "dimitri": ("payments-developers",),
    "eva": ("data-engineers",),
}

MARKUP = (
    "<script>document.title='owned'</script>",
    "</script><img src=x onerror=\"document.title='owned'\">",
    "'\"><b>bold</b>&amp;`|*_[x](https://example.invalid)",
    '=HYPERLINK("https://example.invalid")',
    "@cmd \u202egnp.exe\u2066 \u05d0\u05d1\u05d2",
    "x" * 900,
    "${data} $$ {{7*7}}",
    "<!--",
    "tab\tnew\nline",
)
"""Names of Kubernetes users, who may be called anything."""


def arn(name, kind="user"):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def _bind(namespace, name, role, *subjects, kind="ClusterRole"):
    return Binding(namespace, name, RoleRef(kind, role), subjects)


def _inventory(*foreign):
    roles, bindings = [], []
    for namespace, group, role, rules in GRANTED:
        ref = RoleRef("Role", kube_role_name(role))
        roles.append(KubeRole(namespace, ref.name, rules))
        bindings.append(Binding(namespace, binding_name(group, role), ref, (Subject.group(kube_group(group)),)))
    owned = frozenset(item.key for item in (*roles, *bindings))
    return Inventory(tuple(roles), CLUSTER_ROLES, (*bindings, *foreign), owned)


def _entry(name):
    return Entry(arn(name), tuple(sorted(map(kube_group, PEOPLE[name]))), username=arn(name), created_at=NOW)


def _cluster(alias, region, entries, foreign, aws_auth=None):
    names = ("payments-development", "payments-production", "data-staging", "monitoring", "idle")
    namespaces = tuple(Namespace(name, owned=False) for name in names)
    mode = "API_AND_CONFIG_MAP"
    return ClusterSnapshot(
        alias,
        f"{alias}-eks",
        ACCOUNT,
        region,
        mode,
        entries,
        aws_auth or AwsAuth(),
        "",
        namespaces,
        _inventory(*foreign),
        (),
    )


def company_snapshot(odd_names=()):
    """Two clusters; `odd_names` are Kubernetes users who read secrets in one of them."""
    scraper = Subject("ServiceAccount", "scraper", "monitoring")
    foreign = (
        _bind("", "everybody-views", "view", Subject.group("system:authenticated")),
        _bind("monitoring", "scraper", "secret-reader", scraper),
        _bind("payments-production", "hotfix", "cluster-admin", Subject.group("kaccess:data-engineers")),
        *(
            _bind("monitoring", f"odd-{number}", "secret-reader", Subject("User", name))
            for number, name in enumerate(odd_names)
        ),
    )
    breakglass = Entry(
        arn("emergency", "role"),
        (),
        False,
        created_at=NOW,
        access_policies=(
            AccessPolicy("AmazonEKSClusterAdminPolicy"),
            AccessPolicy("AmazonEKSNovelPolicy", ("data-*",)),
        ),
    )
    old = Entry(arn("zoe"), ("system:masters",), False, arn("zoe"), backend=Backend.AWS_AUTH)
    cardo = _cluster("cardo", "eu-south-1", (*map(_entry, PEOPLE), breakglass), foreign, AwsAuth((old,)))
    decumano = _cluster("decumano", "eu-central-1", (_entry("ana"), _entry("ben")), (), AwsAuth((), ("444455556666",)))
    users = tuple(
        IamUser(arn(name), NOW - timedelta(days=500), groups, last_used=NOW - timedelta(days=3), use_is_known=True)
        for name, groups in {**PEOPLE, "zoe": ()}.items()
    )
    account = AccountSnapshot(ACCOUNT, users, (IamGroup("payments-developers"), IamGroup("data-engineers")))
    return Snapshot(
        NOW,
        (cardo, decumano),
        (account,),
        (PolicyText("policies/kaccess.yaml", POLICY),),
        (Unread("forum", "the API server does not answer"),),
    )


def company_audit(odd_names=()):
    return audit(company_snapshot(odd_names))


def large_snapshot(users=5000, groups=300, namespaces=500, bindings=20_000):
    """One cluster with so many users, each in three groups, and bindings of groups spread over the namespaces."""
    names = [f"team-{number:03}-{('development', 'staging', 'production')[number % 3]}" for number in range(namespaces)]
    roles = ("view", "edit", "secret-reader", "debugger")
    cluster_roles = (*CLUSTER_ROLES, ClusterRole("edit", DEVELOPER), ClusterRole("debugger", DEBUGGER))
    bound = [
        _bind(
            names[(number * 7) % namespaces], f"b{number}", roles[number % 11 % 4], Subject.group(f"g{number % groups}")
        )
        for number in range(bindings)
    ]
    entries = tuple(
        Entry(
            arn(f"user-{number:04}"),
            tuple(sorted({f"g{(number * step) % groups}" for step in (1, 7, 31)})),
            False,
            created_at=NOW,
        )
        for number in range(users)
    )
    cluster = ClusterSnapshot(
        "cardo",
        "cardo-eks",
        ACCOUNT,
        "eu-south-1",
        "API",
        entries,
        namespaces=tuple(Namespace(name, owned=False) for name in names),
        rbac=Inventory((), cluster_roles, tuple(bound)),
        identity_providers=(),
    )
    members = tuple(IamUser(entry.principal, NOW) for entry in entries)
    return Snapshot(NOW, (cluster,), (AccountSnapshot(ACCOUNT, members),), (PolicyText("kaccess.yaml", POLICY),))
