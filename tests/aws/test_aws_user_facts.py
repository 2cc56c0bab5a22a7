from __future__ import annotations

from datetime import datetime, timezone

import pytest

from kaccess.aws.errors import AccessDenied, AwsError, ExpiredCredentials, Unreachable
from kaccess.aws.iam import Iam
from kaccess.aws.iam_lists import NoSuchUser
from kaccess.model.errors import Missing
from kaccess.model.identity import AccessKey, Principal, UserFacts
from tests.aws.answers import ACCOUNT, user, xml, xml_error
from tests.aws.fake_iam import KEYS, FakeIam
from tests.kube.stub_server import BROKEN, Answer, StubServer

ALL = UserFacts(
    name="ana",
    principal=Principal(user("ana", "/team/")),
    iam_groups=("a", "b"),
    access_keys=(
        AccessKey(KEYS[0], active=True, last_used=datetime(2026, 11, 20, 10, tzinfo=timezone.utc)),
        AccessKey(KEYS[1], active=False),
    ),
    console_password=True,
    mfa_devices=(f"arn:aws:iam::{ACCOUNT}:mfa/ana",),
)


def failing(stub: StubServer, **answers: Answer) -> None:
    """An IAM that answers these actions otherwise."""
    fake = FakeIam()
    stub.answer = lambda asked: answers.get(asked.body["Action"]) or fake(asked)


def test_all_that_iam_says_of_a_user(iam: Iam, stub: StubServer) -> None:
    failing(stub)
    found = iam.user_facts("ana")
    assert found == ALL
    assert found.principal is not None
    assert found.principal.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def test_a_user_without_a_password_has_none(iam: Iam, stub: StubServer) -> None:
    failing(stub, GetLoginProfile=xml_error(404, "NoSuchEntity"))
    found = iam.user_facts("ana")
    assert found.console_password is False
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("action", "part", "what"),
    [
        ("GetUser", "principal", "IAM user ana"),
        ("ListGroupsForUser", "iam_groups", "IAM groups of ana"),
        ("ListAccessKeys", "access_keys", "access keys of ana"),
        ("GetLoginProfile", "console_password", "console password of ana"),
        ("ListMFADevices", "mfa_devices", "MFA devices of ana"),
    ],
)
def test_what_may_not_be_read_is_named(iam: Iam, stub: StubServer, action: str, part: str, what: str) -> None:
    failing(stub, **{action: xml_error(403, "AccessDenied", "no")})
    found = iam.user_facts("ana")
    assert getattr(found, part) is None
    assert [each.what for each in found.skipped] == [what]
    assert f"not allowed to call iam:{action}" in found.skipped[0].reason
    others = {"principal", "iam_groups", "access_keys", "console_password", "mfa_devices"} - {part}
    assert all(getattr(found, other) == getattr(ALL, other) for other in others)


@pytest.mark.parametrize(
    "answer", [xml_error(400, "Throttling"), xml_error(500, "ServiceFailure"), xml("x", ""), BROKEN]
)
@pytest.mark.parametrize("action", ["ListGroupsForUser", "ListAccessKeys", "GetLoginProfile", "ListMFADevices"])
def test_a_part_that_fails_in_any_way_is_named_and_never_empty(
    iam: Iam, stub: StubServer, action: str, answer: Answer
) -> None:
    failing(stub, **{action: answer})
    found = iam.user_facts("ana")
    assert len(found.skipped) == 1
    assert None in (found.iam_groups, found.access_keys, found.console_password, found.mfa_devices)


def test_keys_are_listed_although_their_last_use_may_not_be_read(iam: Iam, stub: StubServer) -> None:
    failing(stub, GetAccessKeyLastUsed=xml_error(403, "AccessDenied"))
    found = iam.user_facts("ana")
    assert found.access_keys == (AccessKey(KEYS[0], active=True), AccessKey(KEYS[1], active=False))
    assert [each.what for each in found.skipped] == [f"last use of {key} of ana" for key in KEYS]


def test_a_user_who_is_not_there_is_missing(iam: Iam, stub: StubServer) -> None:
    listed = xml(
        "ListUsers", "<Users><member><UserName>anna</UserName></member></Users><IsTruncated>false</IsTruncated>"
    )
    failing(stub, GetUser=xml_error(404, "NoSuchEntity"), ListUsers=listed)
    with pytest.raises(NoSuchUser, match="no user 'ana'; did you mean 'anna'") as caught:
        iam.user_facts("ana")
    assert isinstance(caught.value, Missing)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (BROKEN, Unreachable),
        (xml_error(500, "ServiceFailure"), AwsError),
        (xml_error(403, "ExpiredToken"), ExpiredCredentials),
    ],
)
def test_an_iam_that_does_not_answer_at_all_is_an_error(
    iam: Iam, stub: StubServer, answer: Answer, kind: type[AwsError]
) -> None:
    failing(stub, GetUser=answer)
    with pytest.raises(kind) as caught:
        iam.user_facts("ana")
    assert not isinstance(caught.value, AccessDenied)


def test_a_login_that_ends_in_between_is_an_error(iam: Iam, stub: StubServer) -> None:
    failing(stub, ListMFADevices=xml_error(403, "ExpiredToken"))
    with pytest.raises(ExpiredCredentials):
        iam.user_facts("ana")
