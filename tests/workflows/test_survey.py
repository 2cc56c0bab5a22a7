from datetime import datetime, timezone

import pytest

from kaccess.model.errors import LoginNeeded, Missing
from kaccess.model.identity import Caller
from kaccess.model.policy import DeclaredNamespace, Grant, Group, NamespaceChoice, Policy, Role, SourceKind
from kaccess.model.rule import Rule
from kaccess.model.state import Binding, Entry, State
from kaccess.workflows.apply import Status, apply
from kaccess.workflows.fleet import NothingRead, survey_fleet
from kaccess.workflows.survey import principal_of
from tests.workflows.fakes import ACCOUNT, CLUSTER, Account, Broken, World, arn

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
ONCALL = f"arn:aws:iam::{ACCOUNT}:role/team/oncall"
PODS = (Rule(("get",), ("",), ("pods",)),)


def policy(*grants, groups=()):
    names = {group for group, _, _ in grants}
    return Policy(
        clusters={"cardo": CLUSTER},
        groups={name: Group(name, target=name) for name in names} | {group.name: group for group in groups},
        namespaces={"development": DeclaredNamespace("development", create=True)}
        | {name: DeclaredNamespace(name) for name in ("staging", "production", "gone")},
        roles={"developer": Role("developer", PODS)},
        grants=tuple(Grant(group, role, NamespaceChoice(names=(where,))) for group, role, where in grants),
    )


def agree(world, wanted, **scope):
    found = surveyed(world, wanted)
    plan = found.plan(**scope)
    return plan, list(apply(plan, found.write, wait=lambda _: None))


def surveyed(world, wanted, cluster=CLUSTER):
    (found,) = survey_fleet(wanted, [cluster], lambda _: world.adapters(), NOW).clusters
    return found


def people(world, group):
    return {entry.principal for entry in world.state.all(Entry) if f"kaccess:{group}" in entry.kube_groups}


def test_members_get_entries_and_a_binding():
    world = World(groups={"payments": ["ana", "ben"]})
    _, outcomes = agree(world, policy(("payments", "developer", "development")))
    assert {outcome.status for outcome in outcomes} == {Status.APPLIED}
    assert people(world, "payments") == {arn("ana"), arn("ben")}
    assert agree(world, policy(("payments", "developer", "development")))[0].changes == ()


def test_a_leaver_loses_their_entry():
    world = World(groups={"payments": ["ana", "ben"]})
    agree(world, policy(("payments", "developer", "development")))
    world.groups["payments"] = ["ana"]
    agree(world, policy(("payments", "developer", "development")))
    assert people(world, "payments") == {arn("ana")}
    assert all(entry.principal != arn("ben") for entry in world.state.all(Entry))


def test_a_group_that_cannot_be_read_keeps_all_it_has_and_is_reported():
    world = World(groups={"payments": ["ana"], "data": ["eva"]})
    agree(world, policy(("payments", "developer", "development"), ("data", "developer", "staging")))

    def throttled(group):
        if group == "payments":
            raise Broken("IAM is too busy")

    world.failing["members"] = throttled
    world.groups["data"] = []
    plan, _ = agree(world, policy(("payments", "developer", "development"), ("data", "developer", "staging")))
    assert people(world, "payments") == {arn("ana")}
    assert people(world, "data") == set()
    assert [(skipped.what, skipped.reason, skipped.missing) for skipped in plan.skipped] == [
        ("group payments", "IAM is too busy", False)
    ]


def test_a_group_that_iam_does_not_know_is_missing():
    world = World()
    world.failing["members"] = Missing("IAM has no group 'paymets'")
    plan, _ = agree(world, policy(("paymets", "developer", "development")))
    assert [skipped.missing for skipped in plan.skipped] == [True]
    assert world.writes == [] or all(not isinstance(change.item, Entry | Binding) for change in world.writes)


def test_a_namespace_that_does_not_exist_is_missing_and_the_rest_is_planned():
    world = World(groups={"payments": ["ana"]})
    plan, _ = agree(world, policy(("payments", "developer", "gone"), ("payments", "developer", "staging")))
    assert [skipped.missing for skipped in plan.skipped] == [True]
    assert "gone" in str(plan.skipped[0])
    assert {binding.namespace for binding in world.state.all(Binding)} == {"staging", "kaccess-system"}


def test_a_plan_of_one_group_is_not_troubled_by_what_another_group_lacks():
    world = World(groups={"payments": ["ana"], "data": ["eva"]})
    wanted = policy(("payments", "developer", "staging"), ("data", "developer", "gone"))
    plan, _ = agree(world, wanted, groups=frozenset({"payments"}))
    assert plan.skipped == ()
    assert people(world, "payments") == {arn("ana")}
    assert people(world, "data") == set()


def test_credentials_that_end_while_groups_are_read_end_the_run():
    world = World()
    world.failing["members"] = LoginNeeded("expired")
    with pytest.raises(NothingRead, match="expired") as failed:
        surveyed(world, policy(("payments", "developer", "staging")))
    assert failed.value.exit_code == LoginNeeded.exit_code


@pytest.mark.parametrize("reader", ["entries", "owned", "namespaces", "cluster"])
def test_without_the_actual_state_there_is_no_plan(reader):
    world = World(groups={"payments": ["ana"]})
    world.failing[reader] = Broken("no answer")
    with pytest.raises(NothingRead, match="no answer"):
        surveyed(world, policy(("payments", "developer", "staging")))


def test_another_account_is_refused_with_both_numbers():
    world = World()
    elsewhere = policy()
    cluster = CLUSTER.__class__("cardo", "cardo-eks", "eu-south-1", "999900001111")
    with pytest.raises(NothingRead, match=r"999900001111.*111122223333"):
        surveyed(world, elsewhere, cluster)


def test_a_role_is_a_principal_itself():
    role = f"arn:aws:iam::{CLUSTER.account}:role/team/oncall"
    world = World()
    world.account.roles = {role}
    oncall = Group("oncall", SourceKind.IAM_ROLE, role)
    agree(world, policy(("oncall", "developer", "staging"), groups=(oncall,)))
    assert people(world, "oncall") == {role}


def test_an_empty_policy_leaves_nothing_owned_and_everything_foreign():
    foreign = Entry("arn:aws:iam::111122223333:role/argocd", ("argocd",), owned=False)
    world = World(State.of([foreign]), groups={"payments": ["ana"]})
    before = world.state
    agree(world, policy(("payments", "developer", "development"), ("payments", "developer", "staging")))
    empty = Policy(clusters={"cardo": CLUSTER})
    agree(world, empty)
    released = {"development", "kaccess-system"}
    assert {item for item in world.state.items if getattr(item, "name", "") not in released} == before.items
    assert not any(getattr(item, "owned", False) for item in world.state.items)


SESSION = "arn:aws:sts::111122223333:assumed-role/oncall/ana"


@pytest.mark.parametrize(
    ("caller", "error", "found"),
    [
        (arn("admin"), None, arn("admin")),
        (SESSION, None, ONCALL),
        (SESSION, Broken("not allowed"), SESSION),
    ],
)
def test_the_caller_is_known_as_well_as_iam_lets_them_know(caller, error, found):
    account = Account(roles=[ONCALL])
    if error:
        account.failing["role"] = error
    assert principal_of(Caller(ACCOUNT, caller, "AIDA"), account) == found


def test_credentials_that_end_are_told_even_then():
    account = Account()
    account.failing["role"] = LoginNeeded("expired")
    with pytest.raises(LoginNeeded):
        principal_of(Caller(ACCOUNT, SESSION, "AIDA"), account)
