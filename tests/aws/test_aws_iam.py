from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.config import Config

from kaccess.aws import session as session_module
from kaccess.aws.errors import AccessDenied, AwsError, Throttled
from kaccess.aws.iam import Iam, SeveralRoles
from kaccess.aws.iam_lists import NoSuchGroup, NoSuchRole
from kaccess.model.errors import Missing
from kaccess.model.identity import Principal
from tests.aws.answers import member, members, user, xml, xml_error
from tests.kube.stub_server import BROKEN, Answer, Asked, StubServer


def test_members_are_full_arns_sorted(iam: Iam, stub: StubServer) -> None:
    arns = [user("zoe"), user("ana", "/team/payments/"), user("a+=,.@-_B")]
    listed = "".join(map(member, arns))
    stub.script(xml("GetGroup", f"<Users>{listed}</Users><IsTruncated>false</IsTruncated>"))
    found = iam.members("payments")
    assert [each.arn for each in found] == sorted(arns)
    assert found[0].created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert stub.asked[0].body["GroupName"] == "payments"


def test_a_group_without_members_is_empty(iam: Iam, stub: StubServer) -> None:
    stub.script(members([]))
    assert iam.members("g") == ()


def test_pages_are_followed_as_long_as_iam_says_that_there_are_more(iam: Iam, stub: StubServer) -> None:
    stub.script(members(["a", "b"], "m1"), members([], "m2"), members(["c"]))
    assert [each.arn for each in iam.members("g")] == list(map(user, "abc"))
    assert [asked.body.get("Marker") for asked in stub.asked] == [None, "m1", "m2"]


FAILURES = {
    "AccessDenied": (403, AccessDenied),
    "Throttling": (400, Throttled),
    "ServiceFailure": (500, AwsError),
    "ServiceUnavailable": (503, AwsError),
    "ValidationError": (400, AwsError),
}


@pytest.mark.parametrize("code", FAILURES)
@pytest.mark.parametrize("before", [[], [members(["a"], "m1")]], ids=["first page", "second page"])
def test_an_error_is_never_an_empty_or_shorter_answer(
    iam: Iam, stub: StubServer, code: str, before: list[Answer]
) -> None:
    status, kind = FAILURES[code]
    stub.script(*before, xml_error(status, code))
    with pytest.raises(kind, match="iam:GetGroup") as caught:
        iam.members("g")
    assert isinstance(caught.value, AwsError)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "result",
    [
        "",
        "<IsTruncated>false</IsTruncated>",
        "<Users></Users>",
        "<Users><member><UserName>a</UserName></member></Users><IsTruncated>false</IsTruncated>",
        f"<Users><member><Arn>{user('a')}</Arn></member></Users><IsTruncated>false</IsTruncated>",
        "<Users></Users><IsTruncated>true</IsTruncated>",
    ],
)
def test_an_answer_that_lacks_a_part_is_no_empty_group(iam: Iam, stub: StubServer, result: str) -> None:
    stub.script(xml("GetGroup", result))
    with pytest.raises(AwsError, match="not AWS's"):
        iam.members("g")


@pytest.mark.parametrize(
    "answer", [BROKEN, Answer(200, b""), Answer(200, b"{}"), Answer(302, b""), Answer(200, b"<a/>")]
)
def test_an_answer_that_is_none_is_no_empty_group(iam: Iam, stub: StubServer, answer: Answer) -> None:
    stub.answer = lambda _: answer
    with pytest.raises(AwsError):
        iam.members("g")


def groups(*names: str) -> Answer:
    listed = "".join(f"<member><GroupName>{name}</GroupName></member>" for name in names)
    return xml("ListGroups", f"<Groups>{listed}</Groups><IsTruncated>false</IsTruncated>")


def test_a_group_that_is_not_there_is_named_with_the_one_that_was_meant(iam: Iam, stub: StubServer) -> None:
    stub.script(xml_error(404, "NoSuchEntity", "not found"), groups("admins", "payments-developers"))
    with pytest.raises(NoSuchGroup, match="did you mean 'payments-developers'") as caught:
        iam.members("payment-developers")
    assert isinstance(caught.value, Missing)


@pytest.mark.parametrize("listed", [groups(), groups("entirely-different"), xml_error(403, "AccessDenied")])
def test_a_group_that_is_not_there_and_nothing_like_it(iam: Iam, stub: StubServer, listed: Answer) -> None:
    stub.script(xml_error(404, "NoSuchEntity", "not found"), listed)
    with pytest.raises(NoSuchGroup, match="IAM has no group 'payments'; create it"):
        iam.members("payments")


def test_a_name_that_iam_does_not_take_is_an_error(iam: Iam, stub: StubServer) -> None:
    with pytest.raises(AwsError):
        iam.members("")
    assert stub.asked == []


def test_a_denial_says_what_to_ask_for(iam: Iam, stub: StubServer) -> None:
    message = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:GetGroup"
    stub.script(xml_error(403, "AccessDenied", message))
    with pytest.raises(AccessDenied) as caught:
        iam.members("g")
    assert "ask for an IAM policy that allows iam:GetGroup" in str(caught.value)
    assert message in str(caught.value)


def test_a_list_that_goes_round_in_circles_is_an_error(iam: Iam, stub: StubServer) -> None:
    stub.answer = lambda _: members(["a"], "m1")
    with pytest.raises(AwsError, match="not AWS's"):
        iam.members("g")


def roles(action: str, *arns: str) -> Answer:
    made = "<CreateDate>2026-01-02T03:04:05Z</CreateDate>"
    each = [f"<RoleName>{arn.rpartition('/')[2]}</RoleName><Arn>{arn}</Arn>{made}" for arn in arns]
    if action == "GetRole":
        return xml(action, f"<Role>{each[0]}</Role>")
    listed = "".join(f"<member>{role}</member>" for role in each)
    return xml(action, f"<Roles>{listed}</Roles><IsTruncated>false</IsTruncated>")


SSO = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com"


def test_a_role_has_its_path(iam: Iam, stub: StubServer) -> None:
    arn = f"{SSO}/eu-south-1/AWSReservedSSO_Dev_0123"
    stub.script(roles("GetRole", arn))
    found = iam.role("AWSReservedSSO_Dev_0123")
    assert (found.arn, found.created_at) == (arn, datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))


def test_a_role_that_is_not_there_is_named_with_the_one_that_was_meant(iam: Iam, stub: StubServer) -> None:
    stub.script(xml_error(404, "NoSuchEntity"), roles("ListRoles", "arn:aws:iam::111122223333:role/x/oncall"))
    with pytest.raises(NoSuchRole, match="IAM has no role 'on-call'; did you mean 'oncall'") as caught:
        iam.role("on-call")
    assert isinstance(caught.value, Missing)


def test_a_role_that_lacks_a_part_is_no_role(iam: Iam, stub: StubServer) -> None:
    stub.script(xml("GetRole", ""))
    with pytest.raises(AwsError, match="not AWS's"):
        iam.role("odd")


DEV = f"{SSO}/eu-south-1/AWSReservedSSO_Dev_0123456789abcdef"


def test_the_role_of_a_permission_set_is_found_by_its_name(iam: Iam, stub: StubServer) -> None:
    others = [f"{SSO}/AWSReservedSSO_{name}" for name in ("DevOps_0123456789abcdef", "Dev_Ops_0123456789abcdef", "Dev")]
    stub.script(roles("ListRoles", *others, DEV))
    assert iam.permission_set_role("Dev").arn == DEV
    assert stub.asked[0].body["PathPrefix"] == "/aws-reserved/sso.amazonaws.com/"


@pytest.mark.parametrize("name", ["Dev", "Dev_Ops", "a+=,.@-_B"])
def test_the_name_of_a_permission_set_is_no_pattern(iam: Iam, stub: StubServer, name: str) -> None:
    arn = f"{SSO}/AWSReservedSSO_{name}_0123456789abcdef"
    stub.script(roles("ListRoles", f"{SSO}/AWSReservedSSO_DevXOps_0123456789abcdef", arn))
    assert iam.permission_set_role(name).arn == arn


@pytest.mark.parametrize(
    ("name", "advice"),
    [("dev", "did you mean 'Dev'"), ("Platform", "assigned in this AWS account"), ("D.v", "did you mean 'Dev'")],
)
def test_a_permission_set_without_a_role_is_missing(iam: Iam, stub: StubServer, name: str, advice: str) -> None:
    stub.script(roles("ListRoles", DEV))
    with pytest.raises(NoSuchRole, match=advice) as caught:
        iam.permission_set_role(name)
    assert isinstance(caught.value, Missing)


def test_a_permission_set_with_several_roles_is_ambiguous(iam: Iam, stub: StubServer) -> None:
    other = f"{SSO}/AWSReservedSSO_Dev_fedcba9876543210"
    stub.script(roles("ListRoles", other, DEV))
    with pytest.raises(SeveralRoles) as caught:
        iam.permission_set_role("Dev")
    assert isinstance(caught.value, Missing)
    assert DEV in str(caught.value)
    assert other in str(caught.value)


def test_a_throttled_call_is_made_again(iam: Iam, stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = Config(retries={"mode": "adaptive", "total_max_attempts": 2})
    monkeypatch.setattr(session_module, "_CONFIG", session_module._CONFIG.merge(twice))
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    answers = iter([xml_error(400, "Throttling"), members(["a"])])
    stub.answer = lambda _: next(answers)
    assert iam.members("g") == (Principal(user("a")),)


def test_only_reads_are_asked_of_iam(iam: Iam, stub: StubServer) -> None:
    def answer(asked: Asked) -> Answer:
        return members(["a"]) if asked.body["Action"] == "GetGroup" else xml_error(404, "NoSuchEntity")

    stub.answer = answer
    iam.members("g")
    assert {asked.body["Action"] for asked in stub.asked} == {"GetGroup"}
