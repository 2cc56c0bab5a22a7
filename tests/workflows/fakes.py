"""Accounts and clusters in memory, which can be told to fail."""

from datetime import datetime, timezone

from kaccess.model.errors import KaccessError, Missing
from kaccess.model.identity import Caller, ClusterInfo, KubeIdentity, Principal, UserFacts
from kaccess.model.names import IAM_PATH
from kaccess.model.policy import Backend, Cluster
from kaccess.model.state import AwsAuth, Card, Entry, IamGroupPolicy, IamRole, Namespace, State
from kaccess.workflows.ports import Adapters
from tests.planning.world import applied

ACCOUNT = "111122223333"
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)


def cluster_of(alias, account=ACCOUNT, backend=Backend.AUTO):
    return Cluster(alias, f"{alias}-eks", "eu-south-1", account, backend)


CLUSTER = cluster_of("cardo")


def arn(name, account=ACCOUNT):
    return f"arn:aws:iam::{account}:user/{name}"


def row(principal, *groups, owned=False, username=""):
    return Entry(principal, tuple(sorted(groups)), owned=owned, username=username, backend=Backend.AWS_AUTH)


class Fails:
    """`failing` maps a method's name to the error it raises, or to a function of its argument that may raise one.

    `calls` are the names of all methods that were called.
    """

    def __init__(self):
        self.failing = {}
        self.calls = []

    def _may_fail(self, method, argument=None):
        self.calls.append(method)
        trouble = self.failing.get(method)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None:
            trouble(argument)


class Account(Fails):
    """One account's STS and IAM. `groups` are names of users; `roles` are ARNs; everybody is as old as `born` says."""

    def __init__(self, groups=None, who="admin", account=ACCOUNT, roles=(), permission_sets=None):
        super().__init__()
        self.groups = groups or {}
        self.who = who
        self.account = account
        self.roles = set(roles)
        self.permission_sets = permission_sets or {}
        self.born = {}
        self.iam = State()
        self.facts = {}
        self.writes = []

    def _principal(self, principal):
        return Principal(principal, self.born.get(principal, LONG_AGO))

    def caller(self):
        self._may_fail("caller")
        return Caller(self.account, arn(self.who, self.account), "AIDA")

    def members(self, iam_group):
        self._may_fail("members", iam_group)
        if iam_group not in self.groups:
            raise Missing(f"IAM has no group {iam_group!r}")
        return tuple(sorted(self._principal(arn(name, self.account)) for name in self.groups[iam_group]))

    def role(self, name):
        self._may_fail("role", name)
        made = {f"arn:aws:iam::{self.account}:role{IAM_PATH}{role.name}" for role in self.iam.all(IamRole)}
        for role in self.roles | made:
            if role.rpartition("/")[2] == name:
                return self._principal(role)
        raise Missing(f"IAM has no role {name!r}")

    def permission_set_role(self, name):
        self._may_fail("permission_set_role", name)
        return self._principal(self.permission_sets[name])

    def assume_roles(self, iam_groups):
        self._may_fail("assume_roles", iam_groups)
        return self.iam.items

    def user_facts(self, name):
        self._may_fail("user_facts", name)
        if name in self.facts:
            return self.facts[name]
        groups = tuple(group for group, names in sorted(self.groups.items()) if name in names)
        if not groups:
            raise Missing(f"IAM has no user {name!r}")
        principal = self._principal(arn(name, self.account))
        return UserFacts(name, principal, groups, (), console_password=False, mfa_devices=())

    def write(self, change):
        self._may_fail("write", change)
        assert isinstance(change.item, IamRole | IamGroupPolicy)
        self.iam = applied(change, self.iam)
        self.writes.append(change)


class World(Fails):
    """One cluster, which is also its own account's STS and IAM unless it is given another."""

    def __init__(
        self,
        state=State(),  # noqa: B008
        groups=None,
        namespaces=("staging", "production"),
        who="admin",
        *,
        account=None,
        mode="API",
        cluster=CLUSTER,
        accounts=(),
    ):
        super().__init__()
        self.state = State.of([*state.items, *(Namespace(name, owned=False) for name in namespaces)])
        self.account = account or Account(groups, who, cluster.account)
        self.account.failing = self.failing if account is None else self.account.failing
        self.mode = mode
        self.aws_auth_accounts = accounts
        self.about = cluster
        self.writes = []

    @property
    def groups(self):
        return self.account.groups

    def adapters(self):
        return Adapters(self.account, self.account, lambda _region: self, lambda _info: self)

    @property
    def info(self):
        name = f"arn:aws:eks:{self.about.region}:{self.about.account}:cluster/{self.about.name}"
        return ClusterInfo(self.about.name, name, "https://x", "", self.mode)

    # EKS
    def cluster(self, name):
        self._may_fail("cluster", name)
        return self.info

    def cluster_names(self):
        return (self.about.name,)

    def entries(self, cluster, *, all_access_policies=False):
        self._may_fail("entries")
        assert self.mode != "CONFIG_MAP"
        return tuple(entry for entry in self.state.all(Entry) if entry.backend is not Backend.AWS_AUTH)

    def identity_providers(self, cluster):
        return ()

    def write_entry(self, cluster, change):
        assert change.item.backend is not Backend.AWS_AUTH
        self._write("write_entry", change)

    # the API server
    def identity(self):
        self._may_fail("identity")
        me = arn(self.account.who)
        groups = next((entry.kube_groups for entry in self.state.all(Entry) if entry.principal == me), ())
        return KubeIdentity(me, (*groups, "system:authenticated"))

    def allowed_each(self, requests):
        return tuple(not self.failing.get("denied", set()) & {request.namespace} for request in requests)

    def namespaces(self):
        self._may_fail("namespaces")
        return tuple(self.state.all(Namespace))

    def owned(self):
        self._may_fail("owned")
        return frozenset(item for item in self.state.items if not isinstance(item, Entry | Namespace))

    def cards(self, groups):
        return tuple(card for card in self.state.all(Card) if card.group in set(groups))

    def aws_auth(self):
        self._may_fail("aws_auth")
        assert self.mode != "API"
        rows = (entry for entry in self.state.all(Entry) if entry.backend is Backend.AWS_AUTH)
        return AwsAuth(tuple(rows), self.aws_auth_accounts)

    def write(self, change):
        assert not isinstance(change.item, Entry) or change.item.backend is Backend.AWS_AUTH
        self._write("write", change)

    def _write(self, method, change):
        self._may_fail(method, change)
        self.state = applied(change, self.state)
        self.writes.append(change)


class Broken(KaccessError):
    """What a fake raises when it is told to."""
