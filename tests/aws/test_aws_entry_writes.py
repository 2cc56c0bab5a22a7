from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from kaccess.aws.eks import AccessEntriesOff, Eks
from kaccess.aws.errors import AccessDenied, AwsError, Conflict, Unreachable
from kaccess.model.errors import Refused
from kaccess.model.identity import ClusterInfo
from kaccess.model.plan import Change
from kaccess.model.state import Entry, Namespace
from tests.aws.answers import CREATED, FakeEntries, entry, json_error, user
from tests.kube.stub_server import BROKEN, Asked, StubServer

Info = Callable[..., ClusterInfo]

ANA = user("ana", "/team/")
MINE = Entry(ANA, ("kaccess:a",))
MORE = replace(MINE, kube_groups=("kaccess:a", "kaccess:b"))
JOINED = Entry(ANA, ("kaccess:a", "view"), owned=False)


def writes(stub: StubServer) -> list[Asked]:
    return [asked for asked in stub.asked if asked.method != "GET"]


def groups_of(fake: FakeEntries) -> list[str]:
    return list(fake.entries[ANA]["kubernetesGroups"])


def test_create_is_one_call_with_our_tag(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = FakeEntries()
    eks.write_entry(cluster(), Change(None, MORE, "granted"))
    (asked,) = stub.asked
    assert asked.body["principalArn"] == ANA
    assert asked.body["kubernetesGroups"] == ["kaccess:a", "kaccess:b"]
    assert asked.body["type"] == "STANDARD"
    assert asked.body["tags"] == {"app.kubernetes.io/managed-by": "kaccess"}
    assert "username" not in asked.body


def test_a_principal_that_has_got_an_entry_meanwhile_is_a_conflict(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = FakeEntries(entry(ANA, "view", owned=False))
    stub.answer = fake
    with pytest.raises(Conflict, match="run again"):
        eks.write_entry(cluster(), Change(None, MINE, "granted"))
    assert groups_of(fake) == ["view"]


@pytest.mark.parametrize(
    ("live", "done"),
    [
        (entry(ANA, "kaccess:a"), True),
        (entry(ANA, "kaccess:a", owned=False), False),
        (entry(ANA, "kaccess:a", "kaccess:b"), False),
        (entry(ANA, "kaccess:a", "view"), False),
        (entry(ANA), False),
    ],
)
def test_an_entry_that_another_run_created_just_so_is_done(
    eks: Eks, stub: StubServer, cluster: Info, live: dict[str, Any], done: bool
) -> None:
    stub.answer = FakeEntries(live)
    with nullcontext() if done else pytest.raises(Conflict, match="run again"):
        eks.write_entry(cluster(), Change(None, MINE, "granted"))
    assert len(writes(stub)) == 1


UNKNOWN = json_error(400, "InvalidParameterException", "The specified principalArn is invalid: invalid principal.")


def test_a_principal_that_iam_has_just_made_is_waited_for(
    eks: Eks, stub: StubServer, cluster: Info, slept: list[float]
) -> None:
    fake, refusals = FakeEntries(), [UNKNOWN] * 3
    stub.answer = lambda asked: refusals.pop() if refusals else fake(asked)
    eks.write_entry(cluster(), Change(None, MINE, "granted"))
    assert slept == [1, 2, 3]
    assert groups_of(fake) == ["kaccess:a"]


def test_a_principal_that_does_not_come_is_an_error(
    eks: Eks, stub: StubServer, cluster: Info, slept: list[float]
) -> None:
    stub.answer = lambda _: UNKNOWN
    with pytest.raises(AwsError, match=f"EKS knows no principal {ANA}, after 19 s too"):
        eks.write_entry(cluster(), Change(None, MINE, "granted"))
    assert sum(slept) == 19


@pytest.mark.parametrize(
    ("status", "code", "line"),
    [
        (400, "ResourceLimitExceededException", "EKS allows 3,000 per cluster"),
        (400, "InvalidParameterException", "The kubernetesGroup is wrong"),
        (429, "TooManyRequestsException", "too busy"),
    ],
)
def test_other_refusals_are_not_waited_for(
    eks: Eks, stub: StubServer, cluster: Info, slept: list[float], status: int, code: str, line: str
) -> None:
    stub.answer = lambda _: json_error(status, code, "The kubernetesGroup is wrong")
    with pytest.raises(AwsError, match=line) as caught:
        eks.write_entry(cluster(), Change(None, MINE, "granted"))
    assert (caught.value.code, slept) == (code, [])


@pytest.mark.parametrize(
    ("before", "after", "live", "written"),
    [
        (MINE, MORE, ["kaccess:a"], ["kaccess:a", "kaccess:b"]),
        (MORE, MINE, ["kaccess:a", "kaccess:b"], ["kaccess:a"]),
        (JOINED, replace(JOINED, kube_groups=("view",)), ["view", "kaccess:a"], ["view"]),
        (replace(JOINED, kube_groups=("view",)), JOINED, ["view"], ["kaccess:a", "view"]),
        # what others did meanwhile stays
        (MINE, MORE, ["kaccess:a", "view", "edit"], ["edit", "kaccess:a", "kaccess:b", "view"]),
        (JOINED, replace(JOINED, kube_groups=("view",)), ["kaccess:a"], []),
        (JOINED, replace(JOINED, kube_groups=("kaccess:b", "view")), ["kaccess:a", "edit"], ["edit", "kaccess:b"]),
    ],
)
def test_update_changes_our_groups_and_nothing_else(
    eks: Eks, stub: StubServer, cluster: Info, before: Entry, after: Entry, live: list[str], written: list[str]
) -> None:
    fake = FakeEntries(entry(ANA, *live, owned=before.owned))
    stub.answer = fake
    eks.write_entry(cluster(), Change(before, after, "why"))
    assert groups_of(fake) == written
    (asked,) = writes(stub)
    assert "username" not in asked.body
    assert "tags" not in asked.body


def test_what_another_run_did_already_is_not_done_again(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = FakeEntries(entry(ANA, "kaccess:b", "kaccess:a"))
    eks.write_entry(cluster(), Change(MINE, MORE, "granted"))
    assert writes(stub) == []


@pytest.mark.parametrize("live", [["kaccess:c"], ["kaccess:a", "kaccess:c"], []])
def test_what_another_run_did_otherwise_is_a_conflict(
    eks: Eks, stub: StubServer, cluster: Info, live: list[str]
) -> None:
    fake = FakeEntries(entry(ANA, *live))
    stub.answer = fake
    with pytest.raises(Conflict, match="meanwhile"):
        eks.write_entry(cluster(), Change(MINE, MORE, "granted"))
    assert groups_of(fake) == live


def test_updating_what_is_gone_is_a_conflict(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = FakeEntries()
    with pytest.raises(Conflict, match="gone"):
        eks.write_entry(cluster(), Change(MINE, MORE, "granted"))


def test_delete_takes_our_entry_away(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = FakeEntries(entry(ANA, "kaccess:a"))
    stub.answer = fake
    eks.write_entry(cluster(), Change(MINE, None, "in no group"))
    assert fake.entries == {}


def test_deleting_what_is_gone_is_done(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = FakeEntries()
    eks.write_entry(cluster(), Change(MINE, None, "in no group"))
    assert writes(stub) == []


def test_deleting_what_goes_in_the_same_moment_is_done(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = FakeEntries(entry(ANA, "kaccess:a"))
    gone = json_error(404, "ResourceNotFoundException")
    stub.answer = lambda asked: gone if asked.method == "DELETE" else fake(asked)
    eks.write_entry(cluster(), Change(MINE, None, "in no group"))


@pytest.mark.parametrize(
    ("live", "policies", "line"),
    [
        (entry(ANA, "kaccess:a", owned=False), [], "not kaccess's"),
        (entry(ANA, "kaccess:a", "view"), [], r"someone else \(view\)"),
        (entry(ANA, "kaccess:a", "kaccess:b"), [], "meanwhile"),
        (entry(ANA, "kaccess:a"), ["arn:aws:eks::aws:cluster-access-policy/A"], "access policies"),
    ],
)
def test_an_entry_with_anything_of_someone_else_is_not_deleted(
    eks: Eks, stub: StubServer, cluster: Info, live: dict[str, Any], policies: list[str], line: str
) -> None:
    fake = FakeEntries(live)
    fake.access_policies = {ANA: policies}
    stub.answer = fake
    with pytest.raises(Conflict, match=line):
        eks.write_entry(cluster(), Change(MINE, None, "in no group"))
    assert writes(stub) == []


STALE = replace(MINE, stale=True, created_at=datetime.fromtimestamp(CREATED, timezone.utc))


def test_a_stale_entry_is_remade_by_two_changes(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = FakeEntries(entry(ANA, "kaccess:a"))
    stub.answer = fake
    eks.write_entry(cluster(), Change(STALE, None, "its principal was made anew"))
    assert fake.entries == {}
    eks.write_entry(cluster(), Change(None, MINE, "its principal was made anew"))
    assert groups_of(fake) == ["kaccess:a"]


def test_a_stale_entry_that_another_run_has_remade_stays(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = FakeEntries(entry(ANA, "kaccess:a") | {"createdAt": CREATED + 60})
    eks.write_entry(cluster(), Change(STALE, None, "its principal was made anew"))
    eks.write_entry(cluster(), Change(None, MINE, "its principal was made anew"))
    assert [asked.method for asked in writes(stub)] == ["POST"]


@pytest.mark.parametrize("live", [entry(ANA, "kaccess:a", "view"), entry(ANA, "kaccess:a", owned=False)])
def test_a_stale_entry_with_anything_of_someone_else_is_not_deleted(
    eks: Eks, stub: StubServer, cluster: Info, live: dict[str, Any]
) -> None:
    stub.answer = FakeEntries(live)
    with pytest.raises(Conflict):
        eks.write_entry(cluster(), Change(STALE, None, "its principal was made anew"))
    assert writes(stub) == []


@pytest.mark.parametrize("group", ["system:masters", "eks:admins", "view", "Kaccess:a", "kaccess", " kaccess:a"])
@pytest.mark.parametrize("before", [None, MINE])
def test_nobody_is_given_a_group_that_is_not_ours(
    eks: Eks, stub: StubServer, cluster: Info, before: Entry | None, group: str
) -> None:
    with pytest.raises(Refused, match=group):
        eks.write_entry(cluster(), Change(before, replace(MORE, kube_groups=("kaccess:a", group)), "granted"))
    assert stub.asked == []


def test_a_group_of_others_that_is_gone_is_not_given_again(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = FakeEntries(entry(ANA, "kaccess:a", owned=False))
    stub.answer = fake
    before = replace(JOINED, kube_groups=("kaccess:a", "system:masters"))
    eks.write_entry(cluster(), Change(before, replace(before, kube_groups=("kaccess:b", "system:masters")), "moved"))
    assert groups_of(fake) == ["kaccess:b"]


@pytest.mark.parametrize("change", [Change(MINE, MORE, "granted"), Change(MINE, None, "in no group")])
def test_entries_of_nodes_are_off_limits(eks: Eks, stub: StubServer, cluster: Info, change: Change) -> None:
    stub.answer = FakeEntries(entry(ANA, "kaccess:a", kind="EC2_LINUX"))
    with pytest.raises(Refused, match="EC2_LINUX"):
        eks.write_entry(cluster(), change)
    assert writes(stub) == []


@pytest.mark.parametrize(
    "change", [Change(None, MINE, "granted"), Change(MINE, MORE, "granted"), Change(MINE, None, "in no group")]
)
def test_a_write_that_fails_is_said(eks: Eks, stub: StubServer, cluster: Info, change: Change) -> None:
    fake = FakeEntries(entry(ANA, "kaccess:a"))
    for failure, kind in (
        (BROKEN, Unreachable),
        (json_error(403, "AccessDeniedException", "no"), AccessDenied),
        (json_error(500, "ServerException", "no"), AwsError),
    ):
        stub.answer = lambda asked, failure=failure: fake(asked) if asked.method == "GET" else failure
        with pytest.raises(kind):
            eks.write_entry(cluster(), change)
    assert groups_of(fake) == ["kaccess:a"]


def test_a_cluster_of_aws_auth_alone_is_not_written_to(eks: Eks, stub: StubServer, cluster: Info) -> None:
    with pytest.raises(AccessEntriesOff):
        eks.write_entry(cluster("CONFIG_MAP"), Change(None, MINE, "granted"))
    assert stub.asked == []


def test_what_lives_in_the_cluster_is_none_of_this_rooms_business(eks: Eks, cluster: Info) -> None:
    with pytest.raises(TypeError):
        eks.write_entry(cluster(), Change(None, Namespace("dev"), "granted"))
