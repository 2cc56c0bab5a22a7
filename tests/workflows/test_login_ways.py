"""The ways into a cluster, on an account and a cluster in memory."""

import pytest

from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.identity import ClusterInfo, KubeIdentity
from kaccess.model.names import kube_group
from kaccess.model.policy import Group
from kaccess.model.state import Card, CardLine
from kaccess.rbac.request import Request
from kaccess.workflows.can_i import live_answer
from kaccess.workflows.login import Credentials, NoEntry, Target, find_access
from kaccess.workflows.own_roles import OwnRoles
from tests.workflows.fakes import ACCOUNT, Broken, World

ROLE = f"arn:aws:iam::{ACCOUNT}:role/kaccess/kaccess-data"
TARGET = Target("cardo", "cardo-eks", "eu-south-1")


class Side(World):
    """What one principal sees: `group` is theirs in the cluster; none: the cluster does not know them."""

    def __init__(self, group, namespaces=("staging",)):
        super().__init__(who="ana")
        self.group, self.reached = group, namespaces

    def identity(self):
        if not self.group:
            raise LoginNeeded("401")
        return KubeIdentity("ana", (kube_group(self.group),))

    def cards(self, groups):
        lines = tuple(CardLine(name, "viewer", probe="get pods") for name in self.reached)
        return tuple(Card("kaccess-system", "card", group, lines) for group in groups)

    def allowed_each(self, requests):
        if not self.group:
            raise LoginNeeded("401")
        return tuple(request.namespace in self.reached for request in requests)


class Identity:
    """What AWS tells of the caller: `groups` None: nothing. Counts the questions."""

    def __init__(self, groups, roles=()):
        self.groups, self.roles, self.asked, self.tried = groups, roles, 0, []

    def iam_groups(self):
        self.asked += 1
        if self.groups is None:
            raise Broken("not allowed to call iam:ListGroupsForUser")
        return self.groups

    def may_assume(self, iam_role):
        self.tried.append(iam_role)
        return iam_role in self.roles


def credentials(own, identity, as_role=None):
    return Credentials(own.adapters(), OwnRoles(identity), lambda _: as_role.adapters())


def ways(found):
    return [(way.role.group if way.role else None, way.namespaces) for way in found.ways]


def test_without_a_policy_the_roles_of_all_iam_groups_are_tried():
    identity = Identity(("data", "payments"), {ROLE})
    found = find_access(TARGET, credentials(Side("payments"), identity, Side("data", ("production",))))
    assert ways(found) == [(None, ("staging",)), ("data", ("production",))]
    assert found.namespaces == ("production", "staging")
    assert len(identity.tried) == 2


def test_the_policy_alone_tells_where_iam_does_not():
    target = Target("cardo", "cardo-eks", "eu-south-1", groups=(Group("data", target="data", assume=True),))
    found = find_access(target, credentials(Side(None), Identity(None, {ROLE}), Side("data")))
    assert ways(found) == [("data", ("staging",))]


def test_a_policy_without_roles_to_assume_asks_iam_nothing():
    identity = Identity(("data",), {ROLE})
    target = Target("cardo", "cardo-eks", "eu-south-1", groups=())
    assert ways(find_access(target, credentials(Side("payments"), identity))) == [(None, ("staging",))]
    assert (identity.asked, identity.tried) == (0, [])


def test_of_the_policys_roles_only_those_of_own_groups_are_tried():
    identity = Identity(("crew",), ())
    groups = (Group("data", target="data", assume=True), Group("ops", target="crew", assume=True, mfa=True))
    target = Target("cardo", "cardo-eks", "eu-south-1", groups=groups)
    found = find_access(target, credentials(Side("payments"), identity))
    assert [role.rsplit("/", 1)[-1] for role in identity.tried] == ["kaccess-ops"]
    assert "set mfa_serial in your AWS profile" in found.skipped[0].reason


def test_a_role_that_the_cluster_does_not_know_is_no_way_in():
    with pytest.raises(NoEntry, match="user/ana"):
        find_access(TARGET, credentials(Side(None), Identity(("data",), {ROLE}), Side(None)))


@pytest.mark.parametrize(
    ("iam_groups", "groups", "advice"),
    [
        (None, None, "name that as iam_role in ~/.config/kaccess/config.yaml or use an AWS profile that assumes it"),
        (("data",), None, "set mfa_serial in your AWS profile"),
        (None, (Group("ops", target="ops", assume=True, mfa=True),), "set mfa_serial in your AWS profile"),
        (("ops",), (Group("ops", target="ops", assume=True, mfa=True),), "kaccess-ops; it asks for MFA"),
        ((), None, ""),
        (None, (Group("ops", target="ops", assume=True),), ""),
    ],
)
def test_who_gets_in_nowhere_is_told_how_a_role_may_open_the_way(iam_groups, groups, advice):
    target = Target("cardo", "cardo-eks", "eu-south-1", groups=groups)
    with pytest.raises(NoEntry) as caught:
        find_access(target, credentials(Side(None), Identity(iam_groups)))
    assert advice in str(caught.value)
    assert bool(advice) is ("role" in str(caught.value))


def test_a_lapsed_line_of_a_card_is_skipped_with_its_reason():
    side = Side("payments", ("staging", "production"))
    side.allowed_each = lambda requests: tuple(request.namespace == "staging" for request in requests)
    found = find_access(TARGET, credentials(side, Identity(())))
    assert found.namespaces == ("staging",)
    assert [skipped.what for skipped in found.skipped] == ["namespace production, role viewer"]


def test_a_cluster_of_another_account_is_refused():
    with pytest.raises(KaccessError, match="use another profile"):
        find_access(Target("cardo", "cardo-eks", "eu-south-1", "999900001111"), credentials(Side("x"), Identity(())))


def test_a_known_endpoint_asks_eks_nothing_and_an_unknown_account_has_no_roles():
    side, identity = Side("payments"), Identity(("data",), {ROLE})
    side.failing["cluster"] = Broken("not allowed")
    info = ClusterInfo("cardo-eks", "arn:aws:eks:eu-south-1::cluster/cardo-eks", "https://x", "", "")
    found = find_access(Target("cardo", "cardo-eks", "eu-south-1", info=info), credentials(side, identity))
    assert found.info is info
    assert identity.tried == []


def test_iam_is_asked_once_for_several_clusters():
    identity = Identity(("data",), {ROLE})
    shared = credentials(Side("payments"), identity, Side("data"))
    for alias in ("cardo", "carbo"):
        find_access(Target(alias, "cardo-eks", "eu-south-1"), shared)
    assert identity.asked == 1


@pytest.mark.parametrize(("namespace", "expected"), [("staging", True), ("production", True), ("development", False)])
def test_can_i_asks_the_roles_only_where_ones_own_entry_does_not_allow_it(namespace, expected):
    identity = Identity(("data",), {ROLE})
    shared = credentials(Side("payments"), identity, Side("data", ("production",)))
    assert live_answer(TARGET, shared, Request.asked("get", "pods", namespace)) is expected
    assert bool(identity.tried) is (namespace != "staging")


def test_can_i_of_somebody_unknown_says_so():
    with pytest.raises(NoEntry):
        live_answer(TARGET, credentials(Side(None), Identity(())), Request.asked("get", "pods", "staging"))
