from __future__ import annotations

import pytest
from botocore.config import Config

from kaccess.aws import session as session_module
from kaccess.aws.errors import AccessDenied, AwsError, NotFound, Throttled
from kaccess.aws.iam import Iam, NoSuchGroup
from kaccess.model.errors import Missing
from tests.aws.answers import members, user, xml, xml_error
from tests.kube.stub_server import BROKEN, Answer, Asked, StubServer


def test_members_are_full_arns_sorted(iam: Iam, stub: StubServer) -> None:
    arns = [user("zoe"), user("ana", "/team/payments/"), user("a+=,.@-_B")]
    listed = "".join(f"<member><UserName>n</UserName><Arn>{arn}</Arn></member>" for arn in arns)
    stub.script(xml("GetGroup", f"<Users>{listed}</Users><IsTruncated>false</IsTruncated>"))
    assert iam.members("payments") == tuple(sorted(arns))
    assert stub.asked[0].body["GroupName"] == "payments"


def test_a_group_without_members_is_empty(iam: Iam, stub: StubServer) -> None:
    stub.script(members([]))
    assert iam.members("g") == ()


def test_pages_are_followed_as_long_as_iam_says_that_there_are_more(iam: Iam, stub: StubServer) -> None:
    stub.script(members(["a", "b"], "m1"), members([], "m2"), members(["c"]))
    assert iam.members("g") == tuple(map(user, "abc"))
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


def test_a_role_has_its_path(iam: Iam, stub: StubServer) -> None:
    arn = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-south-1/AWSReservedSSO_Dev_0123"
    role = f"<Role><RoleName>n</RoleName><Arn>{arn}</Arn></Role>"
    stub.script(xml("GetRole", role), xml_error(404, "NoSuchEntity"), xml("GetRole", ""))
    assert iam.role_arn("AWSReservedSSO_Dev_0123") == arn
    with pytest.raises(NotFound):
        iam.role_arn("gone")
    with pytest.raises(AwsError):
        iam.role_arn("odd")


def test_a_throttled_call_is_made_again(iam: Iam, stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = Config(retries={"mode": "adaptive", "total_max_attempts": 2})
    monkeypatch.setattr(session_module, "_CONFIG", session_module._CONFIG.merge(twice))
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    answers = iter([xml_error(400, "Throttling"), members(["a"])])
    stub.answer = lambda _: next(answers)
    assert iam.members("g") == (user("a"),)


def test_only_reads_are_asked_of_iam(iam: Iam, stub: StubServer) -> None:
    def answer(asked: Asked) -> Answer:
        return members(["a"]) if asked.body["Action"] == "GetGroup" else xml_error(404, "NoSuchEntity")

    stub.answer = answer
    iam.members("g")
    assert {asked.body["Action"] for asked in stub.asked} == {"GetGroup"}
