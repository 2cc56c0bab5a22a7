"""Every call of every method under every fault: an error of this room in one line, never a smaller answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import pytest
from botocore.config import Config

from kaccess.aws import session as session_module
from kaccess.aws.eks import Eks
from kaccess.aws.errors import AccessDenied, AwsError, ExpiredCredentials, Throttled, Unreachable
from kaccess.aws.iam import Iam
from kaccess.aws.session import AwsSession
from kaccess.model.errors import KaccessError
from kaccess.model.identity import ClusterInfo
from kaccess.model.plan import Change
from kaccess.model.state import Entry
from tests.aws.answers import FakeEntries, entry, json_error, members, user, xml_error
from tests.aws.assumed import allows, policy, put, role, trust
from tests.aws.conftest import KEY, REGION, SECRET, TOKEN, without_retries
from tests.aws.fake_iam import FakeIam
from tests.kube.stub_server import BROKEN, Answer, Asked, StubServer

ANA = Entry(user("ana"), ("kaccess:a",))
MORE = replace(ANA, kube_groups=("kaccess:a", "kaccess:b"))
CARDO = ClusterInfo("cardo", f"arn:aws:eks:{REGION}:111122223333:cluster/cardo", "https://127.0.0.1", "Q0E=", "API")


class Aws(FakeIam):
    """One account in which every method has something to find."""

    def __init__(self) -> None:
        super().__init__()
        self.page = 1
        self.groups = {"data": {"kaccess-assume": allows("data")}, "more": {}}
        put(self, role())
        put(self, role("more"))
        self.add_role("AWSReservedSSO_Dev_0123456789abcdef", trust(), path="/aws-reserved/sso.amazonaws.com/")
        self.entries = FakeEntries(entry(ANA.principal, "kaccess:a"), entry(user("ben"), "kaccess:a"), page=1)

    def __call__(self, asked: Asked) -> Answer:
        if "Action" not in (asked.body or {}):
            return self.entries(asked) if "access-" in asked.path else Answer(200, {"clusters": ["cardo"]})
        return (
            members(["ana"], "" if "Marker" in asked.body else "m")
            if asked.body["Action"] == "GetGroup"
            else super().__call__(asked)
        )

    def kept(self) -> str:
        """All that a write could change."""
        return repr((self.roles, self.groups, self.entries.entries))


Rooms: TypeAlias = tuple[Iam, Eks]
IMPATIENT = 0.5
"""Seconds that the clients wait where the fault is silence; other calls must be answered in that time, too."""


@pytest.fixture(scope="module")
def rooms(_server: StubServer) -> Rooms:
    """One session for all cases: what takes time is to make its clients."""
    return rooms_with(_server, without_retries())


@pytest.fixture(scope="module")
def impatient_rooms(_server: StubServer) -> Rooms:
    return rooms_with(_server, without_retries(IMPATIENT))


def rooms_with(server: StubServer, config: Config) -> Rooms:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET, "SESSION_TOKEN": TOKEN}.items():
            patch.setenv(f"AWS_{name}", value)
        patch.setenv("AWS_ENDPOINT_URL", server.endpoint)
        patch.setattr(session_module, "_CONFIG", config)
        session = AwsSession(region=REGION)
        iam, eks = Iam(session), Eks(session, REGION)
        for service in ("iam", "sts", "eks"):
            session.client(service, REGION if service == "eks" else None)
    return iam, eks


def operation(asked: Asked) -> str:
    """IAM's name for a call."""
    if "Action" in (asked.body or {}):
        return f"{'sts' if asked.body['Action'] == 'GetCallerIdentity' else 'iam'}:{asked.body['Action']}"
    if asked.path == "/access-policies":
        return "eks:ListAccessPolicies"
    if asked.path.endswith("/access-policies"):
        return "eks:ListAssociatedAccessPolicies"
    if asked.path.endswith("/access-entries"):
        return "eks:CreateAccessEntry" if asked.method == "POST" else "eks:ListAccessEntries"
    if "/access-entries/" in asked.path:
        return {"GET": "eks:DescribeAccessEntry", "POST": "eks:UpdateAccessEntry", "DELETE": "eks:DeleteAccessEntry"}[
            asked.method
        ]
    return "eks:ListClusters"


@dataclass(frozen=True)
class Method:
    """A method with every call that it makes."""

    run: Callable[[Iam, Eks], object]
    calls: tuple[str, ...]


METHODS = {
    "members": Method(lambda iam, _: iam.members("g"), ("iam:GetGroup",)),
    "role": Method(lambda iam, _: iam.role("kaccess-data"), ("iam:GetRole",)),
    "permission set": Method(lambda iam, _: iam.permission_set_role("Dev"), ("iam:ListRoles",)),
    "assume roles": Method(
        lambda iam, _: iam.assume_roles(["data"]),
        ("iam:ListRoles", "iam:GetRole", "iam:GetAccountAuthorizationDetails"),
    ),
    "create role": Method(
        lambda iam, _: iam.write(Change(None, role("new"), "x")), ("sts:GetCallerIdentity", "iam:CreateRole")
    ),
    "update role": Method(
        lambda iam, _: iam.write(Change(role(), role(session_seconds=7200, trust=trust(mfa=True)), "x")),
        ("sts:GetCallerIdentity", "iam:GetRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"),
    ),
    "delete role": Method(lambda iam, _: iam.write(Change(role(), None, "x")), ("iam:GetRole", "iam:DeleteRole")),
    "put group policy": Method(
        lambda iam, _: iam.write(Change(None, policy("more", "more"), "x")),
        ("iam:GetGroupPolicy", "iam:PutGroupPolicy"),
    ),
    "delete group policy": Method(
        lambda iam, _: iam.write(Change(policy(), None, "x")), ("iam:GetGroupPolicy", "iam:DeleteGroupPolicy")
    ),
    "clusters": Method(lambda _, eks: eks.cluster_names(), ("eks:ListClusters",)),
    "entries": Method(
        lambda _, eks: eks.entries(CARDO),
        ("eks:ListAccessEntries", "eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"),
    ),
    "create entry": Method(
        lambda _, eks: eks.write_entry(CARDO, Change(None, Entry(user("cleo"), ("kaccess:a",)), "x")),
        ("eks:CreateAccessEntry",),
    ),
    "update entry": Method(
        lambda _, eks: eks.write_entry(CARDO, Change(ANA, MORE, "x")),
        ("eks:DescribeAccessEntry", "eks:UpdateAccessEntry"),
    ),
    "delete entry": Method(
        lambda _, eks: eks.write_entry(CARDO, Change(ANA, None, "x")),
        ("eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies", "eks:DeleteAccessEntry"),
    ),
}


def silence(_: Asked) -> Answer:
    time.sleep(IMPATIENT + 0.1)
    return BROKEN


def refusing(status: int, code: str) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        eks = operation(asked).startswith("eks:")
        return json_error(status, f"{code}Exception") if eks else xml_error(status, code)

    return answer


FAULTS: dict[str, tuple[Callable[[Asked], Answer], type[AwsError]]] = {
    "throttled": (refusing(400, "Throttling"), Throttled),
    "denied": (refusing(403, "AccessDenied"), AccessDenied),
    "expired": (refusing(403, "ExpiredToken"), ExpiredCredentials),
    "broken": (refusing(500, "Server"), AwsError),
    "unavailable": (lambda _: Answer(503, b"<html>busy</html>"), AwsError),
    "reset": (lambda _: BROKEN, Unreachable),
    "timeout": (silence, Unreachable),
    "a proxy's page": (lambda _: Answer(200, b"<html>log in</html>"), AwsError),
}
"""What goes wrong, and the error that it is."""


UNSEEN = ("iam:Update", "iam:Delete", "iam:Put", "iam:Create", "eks:Create", "eks:Update", "eks:Delete")
"""Writes: of an answer with 200 there is nothing to look at, so a proxy's page is as good as any."""


def cases() -> list[tuple[str, str, str]]:
    """Each call of each method under each fault."""
    return [
        (name, call, fault)
        for name, method in METHODS.items()
        for call in method.calls
        for fault in FAULTS
        if not (fault == "a proxy's page" and call.startswith(UNSEEN))
    ]


@pytest.mark.parametrize("name", METHODS)
def test_these_are_all_the_calls_of_a_method(rooms: Rooms, stub: StubServer, name: str) -> None:
    stub.answer = Aws()
    METHODS[name].run(*rooms)
    assert {operation(asked) for asked in stub.asked} == set(METHODS[name].calls)


@pytest.mark.parametrize(("name", "call", "fault"), cases())
def test_a_fault_in_any_call_is_an_error_and_writes_nothing_after_it(
    rooms: Rooms, impatient_rooms: Rooms, stub: StubServer, name: str, call: str, fault: str
) -> None:
    answer, kind = FAULTS[fault]
    asking = impatient_rooms if fault == "timeout" else rooms
    aws, calls = Aws(), METHODS[name].calls
    before = aws.kept()
    stub.answer = lambda asked: answer(asked) if operation(asked) == call else aws(asked)
    with pytest.raises(kind) as caught:
        METHODS[name].run(*asking)
    line = str(caught.value)
    assert isinstance(caught.value, KaccessError)
    assert "\n" not in line
    assert SECRET not in line
    assert TOKEN not in line
    assert call in line
    done = set(map(operation, stub.asked))
    assert done <= set(calls[: calls.index(call) + 1])
    if call != "iam:UpdateRole":  # by then the trust policy is written
        assert aws.kept() == before
    assert caught.value.__cause__ is None
