"""Several clusters and accounts at once."""

import threading
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from kaccess.model.errors import FAILED, LoginNeeded
from kaccess.model.policy import Grant, Group, NamespaceChoice, Offboarded, Policy, Role, SourceKind
from kaccess.model.rule import Rule
from kaccess.model.state import Entry, IamGroupPolicy, IamRole, State
from kaccess.workflows.fleet import NothingRead, survey_fleet
from kaccess.workflows.rollout import Job, roll_out
from tests.workflows.fakes import ACCOUNT, Account, Broken, World, arn, cluster_of

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
OTHER = "999900001111"
REAL = {"north": ACCOUNT, "south": ACCOUNT, "far": OTHER}
SSO = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Platform_"


class Fleet:
    """Two clusters of one account and one of another, with one policy for all."""

    def __init__(self, **groups):
        self.accounts = {account: Account({"payments": ["ana"]}, account=account) for account in (ACCOUNT, OTHER)}
        self.clusters = {alias: cluster_of(alias, account) for alias, account in REAL.items()}
        self.worlds = {
            alias: World(account=self.accounts[cluster.account], cluster=cluster)
            for alias, cluster in self.clusters.items()
        }
        self.groups = {"payments": Group("payments", target="payments"), **groups}
        self.offboarded = ()

    def policy(self):
        where = NamespaceChoice(names=("staging",))
        return Policy(
            clusters=self.clusters,
            groups=self.groups,
            roles={"reader": Role("reader", (Rule(("get",), ("",), ("pods",)),))},
            grants=tuple(Grant(name, "reader", where) for name in self.groups),
            offboarded=self.offboarded,
        )

    def survey(self):
        return survey_fleet(
            self.policy(), self.clusters.values(), lambda cluster: self.worlds[cluster.alias].adapters(), NOW
        )

    def agree(self):
        found = self.survey()
        jobs = [[Job(each.plan(), each.write) for each in those] for those in (found.accounts, found.clusters)]
        return found, roll_out(*jobs, lambda *_: None, wait=lambda _: None)

    def people(self, alias):
        return {entry.principal for entry in self.worlds[alias].state.all(Entry)}


def test_iam_is_read_once_for_an_account():
    fleet = Fleet()
    fleet.survey()
    assert fleet.accounts[ACCOUNT].calls.count("members") == 1
    assert fleet.accounts[OTHER].calls.count("members") == 1


def test_every_cluster_gets_the_people_of_its_own_account():
    fleet = Fleet()
    found, _ = fleet.agree()
    assert [each.name for each in found.clusters] == list(REAL)
    assert {alias: fleet.people(alias) for alias in REAL} == {
        alias: {arn("ana", account)} for alias, account in REAL.items()
    }
    assert all(not each.plan().changes for each in fleet.survey().clusters)


def test_a_cluster_that_does_not_answer_is_reported_and_the_others_are_done():
    fleet = Fleet()
    fleet.worlds["south"].failing["owned"] = Broken("nobody there")
    found, _ = fleet.agree()
    assert [str(failure) for failure in found.failures] == ["south: nobody there"]
    assert [each.name for each in found.clusters] == ["north", "far"]
    assert fleet.people("far")
    assert not fleet.people("south")


def test_each_cluster_is_seen_once_whatever_became_of_it():
    fleet = Fleet()
    fleet.worlds["north"].failing["owned"] = Broken("nobody there")
    fleet.worlds["south"].failing["cluster"] = Broken("no such cluster")
    adapters, seen = (lambda cluster: fleet.worlds[cluster.alias].adapters()), []
    survey_fleet(
        fleet.policy(), fleet.clusters.values(), adapters, NOW, lambda: seen.append(threading.current_thread())
    )
    assert seen == [threading.main_thread()] * 3


def test_failures_are_told_in_the_order_of_the_policy_wherever_they_happened():
    fleet = Fleet()
    fleet.worlds["south"].failing["entries"] = Broken("no entries")
    fleet.worlds["north"].failing["owned"] = Broken("nobody there")
    assert [failure.name for failure in fleet.survey().failures] == ["north", "south"]


def test_bad_credentials_of_one_account_do_not_stop_the_other():
    fleet = Fleet()
    fleet.accounts[OTHER].failing["members"] = LoginNeeded("expired")
    found, _ = fleet.agree()
    assert [str(failure) for failure in found.failures] == ["far: expired"]
    assert fleet.people("north")


@pytest.mark.parametrize(
    ("errors", "code"), [((LoginNeeded("a"),) * 3, 5), ((LoginNeeded("a"), Broken("b"), Broken("c")), FAILED)]
)
def test_where_nothing_can_be_read_each_cluster_says_why(errors, code):
    fleet = Fleet()
    for world, error in zip(fleet.worlds.values(), errors, strict=True):
        world.failing["cluster"] = error
    with pytest.raises(NothingRead) as failed:
        fleet.survey()
    assert failed.value.exit_code == code
    assert str(failed.value).splitlines() == [f"{alias}: {error}" for alias, error in zip(REAL, errors, strict=True)]


def test_a_role_to_assume_is_made_in_each_account_before_its_entries():
    fleet = Fleet(data=Group("data", target="data", assume=True))
    for account in fleet.accounts.values():
        account.groups["data"] = ["eva"]
    order = []
    for name, those in (("iam", fleet.accounts), ("eks", fleet.worlds)):
        for each in those.values():
            each.failing["write" if name == "iam" else "write_entry"] = lambda _, name=name: order.append(name)
    found, results = fleet.agree()
    assert [each.plan.cluster for each in results] == [f"account {ACCOUNT}", f"account {OTHER}", *REAL]
    assert order == sorted(order, reverse=True)
    for account in fleet.accounts.values():
        assert [role.name for role in account.iam.all(IamRole)] == ["kaccess-data"]
        assert [policy.iam_group for policy in account.iam.all(IamGroupPolicy)] == ["data"]
    assert f"arn:aws:iam::{OTHER}:role/kaccess/kaccess-data" in fleet.people("far")
    assert [each.plan().changes for each in fleet.survey().accounts] == [(), ()]
    assert found.failures == ()


def test_a_role_that_is_made_again_gets_its_entry_remade():
    fleet = Fleet(data=Group("data", target="data", assume=True))
    for account in fleet.accounts.values():
        account.groups["data"] = ["eva"]
    fleet.agree()
    role = f"arn:aws:iam::{ACCOUNT}:role/kaccess/kaccess-data"
    world = fleet.worlds["north"]
    aged = [
        Entry(item.principal, item.kube_groups, created_at=NOW) if getattr(item, "principal", "") == role else item
        for item in world.state.items
    ]
    world.state = State.of(aged)
    assert fleet.survey().clusters[0].plan().changes == ()
    fleet.accounts[ACCOUNT].iam = State()
    later = datetime(2026, 12, 1, tzinfo=timezone.utc)
    found = survey_fleet(
        fleet.policy(), fleet.clusters.values(), lambda cluster: fleet.worlds[cluster.alias].adapters(), later
    )
    changes = [change for change in found.clusters[0].plan().changes if change.item.key.name == role]
    assert [change.operation.value for change in changes] == ["delete", "create"]


def test_roles_that_cannot_be_read_freeze_their_groups_and_nothing_else():
    fleet = Fleet(data=Group("data", target="data", assume=True))
    for account in fleet.accounts.values():
        account.groups["data"] = ["eva"]
    fleet.agree()
    fleet.accounts[ACCOUNT].failing["assume_roles"] = Broken("not allowed")
    first, second = fleet.survey().accounts
    assert first.plan().changes == ()
    assert [str(skipped) for skipped in first.plan().skipped] == ["the roles to assume of groups data: not allowed"]
    assert second.plan().skipped == ()


def test_where_no_role_is_to_be_assumed_not_seeing_any_is_a_note():
    fleet = Fleet()
    fleet.accounts[ACCOUNT].failing["assume_roles"] = Broken("not allowed")
    plan = fleet.survey().accounts[0].plan()
    assert (plan.changes, plan.skipped) == ((), ())
    assert plan.notes == ("left-over roles to assume were not looked for: not allowed",)


def test_policies_that_others_put_on_a_role_to_assume_are_told_and_left():
    fleet = Fleet(data=Group("data", target="data", assume=True))
    for account in fleet.accounts.values():
        account.groups["data"] = ["eva"]
    fleet.agree()
    account = fleet.accounts[ACCOUNT]
    account.iam = State.of(
        replace(item, foreign_policies=("AdministratorAccess", "s3")) if isinstance(item, IamRole) else item
        for item in account.iam.items
    )
    first, second = (each.plan() for each in fleet.survey().accounts)
    assert (first.changes, second.notes) == ((), ())
    (note,) = first.notes
    assert "the IAM role kaccess-data has policies of others (AdministratorAccess, s3)" in note


def test_the_offboarded_are_denied_the_role_as_long_as_they_are_in_its_group():
    fleet = Fleet(data=Group("data", target="data", assume=True))
    for account in fleet.accounts.values():
        account.groups["data"] = ["eva", "dan"]
    fleet.agree()
    fleet.offboarded = (Offboarded(arn("eva"), NOW), Offboarded(arn("gone"), NOW))
    fleet.agree()
    (role,) = fleet.accounts[ACCOUNT].iam.all(IamRole)
    assert '"Effect":"Deny"' in role.trust
    assert "eva" in role.trust
    assert "gone" not in role.trust
    (other,) = fleet.accounts[OTHER].iam.all(IamRole)
    assert "Deny" not in other.trust


def test_a_permission_set_that_was_provisioned_anew_is_told():
    fleet = Fleet(platform=Group("platform", SourceKind.PERMISSION_SET, "Platform"))
    for account in fleet.accounts.values():
        account.permission_sets = {"Platform": f"{SSO}0000000000000001"}
    fleet.agree()
    assert all(not each.notes for each in fleet.survey().clusters)
    for account in fleet.accounts.values():
        account.permission_sets = {"Platform": f"{SSO}0000000000000002"}
    found, _ = fleet.agree()
    (note,) = found.clusters[0].notes
    assert "AWSReservedSSO_Platform_0000000000000001 is AWSReservedSSO_Platform_0000000000000002 now" in note
    assert fleet.people("north") == {arn("ana"), f"{SSO}0000000000000002"}
    for last in "34":  # the first of these two is never applied
        for account in fleet.accounts.values():
            account.permission_sets = {"Platform": f"{SSO}000000000000000{last}"}
        (note,) = fleet.survey().clusters[0].notes
        assert (
            f"its role AWSReservedSSO_Platform_0000000000000002 is AWSReservedSSO_Platform_000000000000000{last}"
            in note
        )
    fleet.agree()
    assert fleet.people("north") == {arn("ana"), f"{SSO}0000000000000004"}
    assert fleet.survey().clusters[0].notes == ()
