"""A whole account: who is in it, what policies let them assume, and when they were last seen."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from kaccess.audit.snapshot import Assuming, IamGroup
from kaccess.aws import account_details
from kaccess.aws.errors import AwsError
from kaccess.model.identity import AccessKey, Caller, UserFacts

BORN = datetime(2026, 1, 2, tzinfo=timezone.utc)
ROLE = "arn:aws:iam::111122223333:role/r"
TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}


def arn(name: str) -> str:
    return f"arn:aws:iam::111122223333:user/{name}"


def allow(action: Any, resource: Any = ROLE, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


class Account:
    """An account in memory that plays session and IAM client; `report` is its credential report."""

    def __init__(self) -> None:
        self.pages: list[dict[str, Any]] = [{}]
        self.report: str | None = None
        self.asked: list[str] = []

    def user(self, name: str, *statements: dict[str, Any], groups: tuple[str, ...] = (), attached: Any = ()) -> None:
        policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}]
        raw = {"Arn": arn(name), "CreateDate": BORN, "GroupList": list(groups), "UserPolicyList": policies}
        raw["AttachedManagedPolicies"] = [{"PolicyName": each, "PolicyArn": f"arn:{each}"} for each in attached]
        self.pages[-1].setdefault("UserDetailList", []).append(raw)

    def caller(self) -> Caller:
        return Caller("111122223333", arn("olga"), "AIDA")

    def client(self, _service: str) -> Account:
        return self

    def calling(self, operation: str) -> Any:
        self.asked.append(operation)
        return nullcontext()

    def get_account_authorization_details(self, Marker: str = "0", **_: Any) -> dict[str, Any]:  # noqa: N803
        page = int(Marker)
        more = page + 1 < len(self.pages)
        empty = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
        return {**empty, **self.pages[page], "IsTruncated": more, "Marker": str(page + 1)}

    def get_credential_report(self) -> dict[str, bytes]:
        if self.report is None:
            raise AwsError("there is none", operation="iam:GetCredentialReport", code="ReportNotPresent")
        return {"Content": self.report.encode()}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    key = AccessKey("AKIA", active=True, last_used=BORN + timedelta(days=9))
    facts = UserFacts("x", None, (), (key,), console_password=False, mfa_devices=())
    monkeypatch.setattr(account_details.user_facts, "read", lambda _session, _name: facts)
    return made


def read(account: Account, *concerned: str) -> Any:
    return account_details.read(account, map(arn, concerned))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "assuming"),
    [
        (allow("sts:AssumeRole"), Assuming((ROLE,))),
        (allow(["s3:Get*", "STS:assume*"], [ROLE, "b"]), Assuming((ROLE, "b"))),
        (allow("sts:GetCallerIdentity"), Assuming()),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, Assuming(("*",))),
        ({"Effect": "Allow", "NotAction": "sts:*", "Resource": "*"}, Assuming()),
        (allow("*", "*"), Assuming(("*",), is_admin=True)),
        (allow("sts:*", "*", Condition={"Bool": {"x": "true"}}), Assuming(("*",))),
        (allow("sts:AssumeRole", "*", "Deny"), Assuming((), ("*",))),
        (allow("sts:AssumeRole", "*", "Deny", Condition={"Bool": {"x": "true"}}), Assuming()),
    ],
)
def test_what_a_policy_lets_assume(account: Account, statement: dict[str, Any], assuming: Assuming) -> None:
    account.user("ana", statement)
    assert read(account).users[0].assuming == assuming


def test_attached_policies_count_in_their_default_version(account: Account) -> None:
    account.user("ana", attached=("mine", "AdministratorAccess", "ReadOnlyAccess"))
    versions = [
        {"IsDefaultVersion": False, "Document": {"Statement": allow("sts:AssumeRole", "old")}},
        {"IsDefaultVersion": True, "Document": {"Statement": allow("sts:AssumeRole", "new", "Deny")}},
    ]
    account.pages[0]["Policies"] = [{"Arn": "arn:mine", "PolicyVersionList": versions}]
    assert read(account).users[0].assuming == Assuming(("*",), ("new",), is_admin=True)


def test_all_pages_are_read(account: Account) -> None:
    account.user("ana", groups=("team",))
    account.pages.append({"GroupDetailList": [{"GroupName": "team", "GroupPolicyList": []}]})
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": allow("sts:*", "*")}}]
    role = {"Arn": ROLE, "CreateDate": BORN, "AssumeRolePolicyDocument": TRUST, "RolePolicyList": policies}
    account.pages.append({"RoleDetailList": [role]})
    found = read(account)
    assert [user.iam_groups for user in found.users] == [("team",)]
    assert found.iam_groups == (IamGroup("team"),)
    (one,) = found.iam_roles
    assert (one.arn, one.created_at, one.assuming) == (ROLE, BORN, Assuming(("*",)))
    assert found.members("team") == found.users


def test_the_credential_report_says_who_was_seen_when(account: Account) -> None:
    account.user("ana")
    account.user("ben")
    account.user("new")
    account.report = (
        "user,arn,password_last_used,access_key_1_last_used_date,access_key_2_last_used_date\n"
        f"ana,{arn('ana')},2026-03-01T00:00:00+00:00,2026-05-01T00:00:00Z,N/A\n"
        f"ben,{arn('ben')},no_information,N/A,N/A\n"
    )
    seen = {user.name: (user.use_is_known, user.last_used) for user in read(account, "ana").users}
    may = datetime(2026, 5, 1, tzinfo=timezone.utc)
    assert seen == {"ana": (True, may), "ben": (True, None), "new": (False, None)}


def test_without_a_report_the_users_who_come_in_are_asked_one_by_one(account: Account) -> None:
    account.user("ana")
    account.user("ben")
    seen = {user.name: user.last_used for user in read(account, "ana").users}
    assert seen == {"ana": BORN + timedelta(days=9), "ben": None}


def test_of_who_has_a_password_it_is_said_that_it_is_not_known(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = UserFacts("ana", None, (), (), console_password=True, mfa_devices=())
    monkeypatch.setattr(account_details.user_facts, "read", lambda _session, _name: facts)
    account.user("ana")
    found = read(account, "ana")
    assert not found.users[0].use_is_known
    assert "aws iam generate-credential-report" in found.skipped[0]


def test_thousands_are_not_asked_one_by_one_and_that_is_said(account: Account) -> None:
    names = [f"u{number}" for number in range(account_details.MANY_USERS + 1)]
    for name in names:
        account.user(name)
    found = read(account, *names)
    assert not any(user.use_is_known for user in found.users)
    assert "aws iam generate-credential-report" in found.skipped[0]
