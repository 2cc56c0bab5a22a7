"""One person out of everything, and what is left of them."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from kaccess.model.errors import Missing, Usage
from kaccess.model.identity import AccessKey, Principal, UserFacts
from kaccess.model.plan import Skipped
from kaccess.model.policy import Grant, Group, NamespaceChoice, Offboarded, Policy, Role, SourceKind
from kaccess.model.rule import Rule
from kaccess.model.state import AccessPolicy, Entry, IamRole, State
from kaccess.workflows.apply import apply
from kaccess.workflows.fleet import survey_fleet
from kaccess.workflows.offboard import Leaver, find_leaver, plan_barring, plan_leaving, what_is_left
from tests.workflows.fakes import ACCOUNT, LONG_AGO, Account, World, arn, cluster_of, row

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
OTHER = "999900001111"
CARDO = cluster_of("cardo")


def policy(*groups, clusters=(CARDO,)):
    where = NamespaceChoice(names=("staging",))
    return Policy(
        clusters={cluster.alias: cluster for cluster in clusters},
        groups={group.name: group for group in groups},
        roles={"reader": Role("reader", (Rule(("get",), ("",), ("pods",)),))},
        grants=tuple(Grant(group.name, "reader", where) for group in groups),
    )


def without(wanted, principal):
    return replace(wanted, offboarded=(Offboarded(principal, NOW),))


def fleet_of(world, wanted):
    return survey_fleet(wanted, [CARDO], lambda _: world.adapters(), NOW)


def agree(world, wanted):
    fleet = fleet_of(world, wanted)
    for found in (*fleet.accounts, *fleet.clusters):
        list(apply(found.plan(), found.write, wait=lambda _: None))


PAYMENTS = Group("payments", target="payments")
DATA = Group("data", target="data", assume=True, session_seconds=7200)


def find(user, *accounts):
    clusters = tuple(cluster_of(f"c{number}", each.account) for number, each in enumerate(accounts))
    return find_leaver(
        user, policy(clusters=clusters), lambda cluster: next(a for a in accounts if a.account == cluster.account)
    )


def test_a_user_is_found_by_name_or_arn_with_the_path_that_iam_says():
    account = Account()
    pathed = f"arn:aws:iam::{ACCOUNT}:user/team/ana"
    account.facts["ana"] = UserFacts("ana", Principal(pathed), (), (), console_password=False, mfa_devices=())
    for user in ("ana", arn("ana"), pathed):
        assert find(user, account).arn == pathed


def test_a_user_that_iam_no_longer_has_is_named_all_the_same():
    leaver = find("gone", Account())
    assert leaver == Leaver(arn("gone"), unknown="IAM has no user 'gone'")
    assert find(arn("gone"), Account()).arn == arn("gone")


@pytest.mark.parametrize(
    "user",
    ["", "x y", "team/ana", "s\u00fc\u00df", "a" * 65, "arn:bad", "arn:aws:s3:::b", f"{arn('')}", f"{arn('a b')}"],
)
def test_what_can_be_nobody_is_a_usage_error_before_anybody_is_asked(user):
    account = Account()
    with pytest.raises(Usage, match="expected"):
        find(user, account)
    assert account.calls == []


def test_a_role_needs_no_facts():
    role = f"arn:aws:iam::{ACCOUNT}:role/x/oncall"
    account = Account()
    assert (find(role, account).arn, find(role, account).facts) == (role, None)
    assert account.calls == []


def test_a_name_is_looked_for_in_every_account():
    here, there = Account(), Account({"data": ["eva"]}, account=OTHER)
    assert find("eva", here, there).arn == arn("eva", OTHER)
    with pytest.raises(Usage, match=f"{ACCOUNT}, {OTHER}.*ARN"):
        find("gone", here, there)


def test_the_leaver_loses_their_entry_and_nobody_else_loses_anything():
    world = World(groups={"payments": ["ana", "ben"]})
    agree(world, policy(PAYMENTS))
    before = world.state
    wanted, leaver = without(policy(PAYMENTS), arn("ana")), Leaver(arn("ana"))
    found = fleet_of(world, wanted).clusters[0]
    (change,) = plan_leaving(leaver, found).changes
    list(apply(plan_leaving(leaver, found), found.write))
    assert before.items - world.state.items == {change.before}
    assert change.before.principal == arn("ana")


def test_a_leaver_goes_although_their_group_cannot_be_read():
    world = World(groups={"payments": ["ana", "ben"]})
    agree(world, policy(PAYMENTS))
    world.failing["members"] = Missing("IAM has no group 'payments'")
    found = fleet_of(world, without(policy(PAYMENTS), arn("ana"))).clusters[0]
    plan = plan_leaving(Leaver(arn("ana")), found)
    assert [change.key.name for change in plan.changes] == [arn("ana")]
    assert plan.skipped == ()


def test_entries_and_rows_of_every_path_go():
    """Of a user who was deleted and made again under another path."""
    old = f"arn:aws:iam::{ACCOUNT}:user/old/ana"
    mine = {"kube_groups": ("kaccess:payments",)}
    rows = [replace(row(each, "kaccess:payments", owned=True), username=each) for each in (old, arn("ana"))]
    world = World(State.of([Entry(old, **mine), Entry(arn("ana"), **mine), *rows]), mode="API_AND_CONFIG_MAP")
    world.groups["payments"] = ["ana"]
    wanted = without(policy(PAYMENTS), arn("ana"))
    found = fleet_of(world, wanted).clusters[0]
    plan = plan_leaving(Leaver(arn("ana")), found)
    assert {(change.key.kind, change.key.name) for change in plan.changes} == {
        (kind, name) for kind in ("entry", "row") for name in (old, arn("ana"))
    }
    list(apply(plan, found.write))
    assert world.state.all(Entry) == []


def test_whoever_can_assume_a_role_is_barred_from_it():
    world = World(groups={"data": ["eva", "dan"], "payments": ["ana"]})
    agree(world, policy(DATA, PAYMENTS))
    wanted = without(policy(DATA, PAYMENTS), arn("eva"))
    fleet = fleet_of(world, wanted)
    leaver = find_leaver("eva", wanted, lambda _: world.account)
    (change,) = plan_barring(leaver, wanted, fleet.accounts[0]).changes
    assert isinstance(change.item, IamRole)
    assert '"Deny"' in change.item.trust
    nobody = Leaver(arn("ana"), world.account.user_facts("ana"))
    assert plan_barring(nobody, wanted, fleet.accounts[0]).changes == ()


def left(world, wanted, leaver):
    return [str(each) for each in what_is_left(leaver, wanted, fleet_of(world, wanted), NOW)]


def test_all_that_iam_still_has_is_listed():
    world = World()
    facts = UserFacts(
        "eva",
        Principal(arn("eva")),
        ("data", "admins"),
        (AccessKey("AKIA1", active=True, last_used=LONG_AGO), AccessKey("AKIA2", active=False)),
        console_password=True,
        mfa_devices=("arn:mfa",),
        skipped=(Skipped("last use of AKIA2", "not allowed"),),
    )
    lines = left(world, policy(DATA), Leaver(arn("eva"), facts))
    for said in (
        "member of IAM group data: ",
        "member of IAM group admins: ",
        "access key AKIA1 (active, last used 2020-01-01T00:00:00Z): ",
        "access key AKIA2 (inactive, no use known): ",
        "password for the AWS console: ",
        "MFA device arn:mfa: ",
        "last use of AKIA2: could not be read: not allowed",
        # now, the longest session, and a token's life
        "sessions of the role kaccess-data that they may have open, until 2026-11-24T14:15:00Z at the latest: ",
        "tokens of service accounts: ",
    ):
        assert [line for line in lines if line.startswith(said)], said


def test_sessions_are_listed_only_of_roles_they_can_have_assumed():
    world = World()
    facts = UserFacts("ana", Principal(arn("ana")), ("payments",), (), console_password=False, mfa_devices=())
    assert not [line for line in left(world, policy(DATA), Leaver(arn("ana"), facts)) if "kaccess-data" in line]
    unknown = replace(facts, iam_groups=None)
    for leaver in (Leaver(arn("ana"), unknown), Leaver(arn("ana"))):
        assert [line for line in left(world, policy(DATA), leaver) if "kaccess-data" in line]


def test_what_others_gave_them_in_a_cluster_is_listed_and_stays():
    groups = ("kaccess:payments", "ops")
    entry = Entry(arn("ana"), groups, owned=False, access_policies=(AccessPolicy("AmazonEKSViewPolicy"),))
    world = World(State.of([entry, row(arn("ana"), "hidden-ops"), row(arn("ben"), "ops")]), mode="API_AND_CONFIG_MAP")
    lines = left(world, policy(PAYMENTS), Leaver(arn("ana")))
    assert {line.partition(": ask")[0] for line in lines if line.startswith("cardo: ")} == {
        f"cardo: access entry of someone else's on {arn('ana')} (ops, AmazonEKSViewPolicy)",
        f"cardo: row of aws-auth of someone else's on {arn('ana')} (hidden-ops)",
    }


def test_roles_and_permission_sets_that_kaccess_does_not_control_are_named():
    groups = (
        Group("oncall", SourceKind.IAM_ROLE, f"arn:aws:iam::{ACCOUNT}:role/oncall"),
        Group("platform", SourceKind.PERMISSION_SET, "Platform"),
    )
    world = World()
    world.account.roles = {groups[0].target}
    world.account.permission_sets = {
        "Platform": f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_Platform_0000000000000001"
    }
    lines = left(world, policy(*groups), Leaver(arn("ana")))
    assert [line for line in lines if groups[0].target in line]
    assert [line for line in lines if "the permission set Platform" in line]
