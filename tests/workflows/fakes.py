"""An account and a cluster in memory, which can be told to fail."""

from kaccess.model.errors import KaccessError
from kaccess.model.identity import Caller, ClusterInfo, KubeIdentity
from kaccess.model.policy import Cluster
from kaccess.model.state import Card, Entry, Namespace, State
from kaccess.workflows.ports import Adapters
from tests.planning.world import applied

ACCOUNT = "111122223333"
CLUSTER = Cluster("cardo", "cardo-eks", "eu-south-1", ACCOUNT)
INFO = ClusterInfo("cardo-eks", f"arn:aws:eks:eu-south-1:{ACCOUNT}:cluster/cardo-eks", "https://x", "", "API")


def arn(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


class World:
    """One account and one cluster. `failing` maps a method's name to the error it raises, or to a function of its
    argument that may raise one.
    """

    def __init__(self, state=State(), groups=None, namespaces=("staging", "production"), who="admin"):  # noqa: B008
        self.state = State.of([*state.items, *(Namespace(name, owned=False) for name in namespaces)])
        self.groups = groups or {}
        self.who = who
        self.failing = {}
        self.writes = []

    def adapters(self):
        return Adapters(self, self, lambda _region: self, lambda _info: self)

    def _may_fail(self, method, argument=None):
        trouble = self.failing.get(method)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None:
            trouble(argument)

    # STS and IAM
    def caller(self):
        self._may_fail("caller")
        return Caller(ACCOUNT, arn(self.who), "AIDA")

    def members(self, iam_group):
        self._may_fail("members", iam_group)
        return tuple(sorted(arn(name) for name in self.groups[iam_group]))

    def role_arn(self, name):
        self._may_fail("role_arn", name)
        return f"arn:aws:iam::{ACCOUNT}:role/some/path/{name}"

    # EKS
    def cluster(self, name):
        self._may_fail("cluster", name)
        return INFO

    def cluster_names(self):
        return ("cardo-eks",)

    def entries(self, cluster, *, all_access_policies=False):
        self._may_fail("entries")
        return tuple(self.state.all(Entry))

    def write_entry(self, cluster, change):
        self._write("write_entry", change)

    # the API server
    def identity(self):
        self._may_fail("identity")
        groups = next((entry.kube_groups for entry in self.state.all(Entry) if entry.principal == arn(self.who)), ())
        return KubeIdentity(arn(self.who), (*groups, "system:authenticated"))

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

    def write(self, change):
        self._write("write", change)

    def _write(self, method, change):
        self._may_fail(method, change)
        self.state = applied(change, self.state)
        self.writes.append(change)


class Broken(KaccessError):
    """What a fake raises when it is told to."""
