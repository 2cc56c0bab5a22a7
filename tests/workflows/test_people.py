from datetime import datetime, timezone

import pytest

from kaccess.model.errors import LoginNeeded, Missing
from kaccess.model.identity import Principal
from kaccess.model.policy import Group, SourceKind
from kaccess.workflows.people import Readers, known, left_out
from tests.workflows.fakes import ACCOUNT, LONG_AGO, Account, Broken, arn

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
ONCALL = f"arn:aws:iam::{ACCOUNT}:role/team/oncall"
ELSEWHERE = "arn:aws:iam::999900001111:role/oncall"
PLATFORM = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Platform_0123456789abcdef"


def read(account, *groups):
    return Readers(ACCOUNT, "eu-south-1", account, NOW).read(groups)


def role_group(arn_of_role):
    return Group("oncall", SourceKind.IAM_ROLE, arn_of_role)


def test_each_source_gives_its_principals():
    account = Account({"payments": ["ben", "ana"], "data": ["eva"]}, roles=[ONCALL])
    account.permission_sets = {"Platform": PLATFORM}
    groups = (
        Group("payments", target="payments"),
        Group("data", target="data", assume=True),
        role_group(ONCALL),
        Group("platform", SourceKind.PERMISSION_SET, "Platform"),
    )
    people = known(read(account, *groups))
    assert {name: [each.arn for each in those] for name, those in people.items()} == {
        "payments": [arn("ana"), arn("ben")],
        "data": [f"arn:aws:iam::{ACCOUNT}:role/kaccess/kaccess-data"],
        "oncall": [ONCALL],
        "platform": [PLATFORM],
    }


def test_a_role_that_is_still_to_be_made_is_younger_than_every_entry():
    data = Group("data", target="data", assume=True)
    account = Account({"data": ["eva"]})
    assert read(account, data)["data"].principals[0].created_at == NOW
    account.roles = {f"arn:aws:iam::{ACCOUNT}:role/kaccess/kaccess-data"}
    assert read(account, data)["data"].principals[0].created_at == LONG_AGO
    assert read(account, data)["data"].members == (Principal(arn("eva")),)


def test_a_role_of_that_name_that_others_made_is_not_used():
    account = Account({"data": ["eva"]}, roles=[f"arn:aws:iam::{ACCOUNT}:role/kaccess-data"])
    reason = left_out(read(account, Group("data", target="data", assume=True)))["data"]
    assert "delete or rename" in reason.reason
    assert not reason.missing


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        (ONCALL, [], "no role 'oncall'"),
        (f"arn:aws:iam::{ACCOUNT}:role/oncall", [ONCALL], ONCALL),
    ],
)
def test_a_role_of_this_account_must_be_there_under_its_path(wanted, there, said):
    reason = left_out(read(Account(roles=there), role_group(wanted)))["oncall"]
    assert said in reason.reason
    assert reason.missing


def test_a_role_of_another_account_is_trusted_as_it_stands():
    account = Account()
    assert read(account, role_group(ELSEWHERE))["oncall"].principals == (Principal(ELSEWHERE),)
    assert account.calls == []


@pytest.mark.parametrize("error", [Broken("IAM is too busy"), Missing("IAM has no group 'payments'")])
def test_a_failure_leaves_out_its_group_alone(error):
    account = Account({"data": ["eva"]})

    def fail(group):
        if group == "payments":
            raise error

    account.failing["members"] = fail
    people = read(account, Group("payments", target="payments"), Group("data", target="data"))
    assert list(known(people)) == ["data"]
    (skipped,) = left_out(people).values()
    assert (skipped.what, skipped.reason, skipped.missing, skipped.groups) == (
        "group payments",
        str(error),
        isinstance(error, Missing),
        ("payments",),
    )


def test_bad_credentials_are_no_matter_of_one_group():
    account = Account({"payments": ["ana"]})
    account.failing["members"] = LoginNeeded("expired")
    with pytest.raises(LoginNeeded):
        read(account, Group("payments", target="payments"))
