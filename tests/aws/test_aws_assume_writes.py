"""Changes of roles to assume, and of the policies that let people assume them."""

from __future__ import annotations

import json

import pytest

from kaccess.aws import session as session_module
from kaccess.aws.errors import AwsError, Conflict
from kaccess.aws.iam import Iam
from kaccess.aws.iam_lists import NoSuchGroup
from kaccess.model.errors import Refused
from kaccess.model.plan import Change
from kaccess.model.state import Entry, IamRole, Item
from tests.aws.answers import ACCOUNT, user, xml_error
from tests.aws.assumed import MINE, allows, policy, put, role, trust
from tests.aws.fake_iam import FakeIam
from tests.kube.stub_server import Answer, Asked, StubServer


def written(stub: StubServer) -> list[str]:
    actions = [asked.body["Action"] for asked in stub.asked]
    return [action for action in actions if not action.startswith(("Get", "List"))]


def test_a_role_is_created_with_path_tags_and_duration(iam: Iam, aws: FakeIam, stub: StubServer) -> None:
    iam.write(Change(None, role("a,b", session_seconds=7200), "granted"))
    made = aws.roles["kaccess-a,b"]
    assert made == {
        "path": "/kaccess/",
        "trust": trust(),
        "seconds": 7200,
        "tags": MINE | {"kaccess.io/group": "a:b"},  # a tag's value takes no comma
    }
    assert "a,b" in stub.asked[-1].body["Description"]


def test_only_what_differs_is_updated(iam: Iam, made: FakeIam, stub: StubServer) -> None:
    iam.write(Change(role(), role(session_seconds=7200), "policy"))
    iam.write(Change(role(session_seconds=7200), role(session_seconds=7200, trust=trust(mfa=True)), "policy"))
    assert written(stub) == ["UpdateRole", "UpdateAssumeRolePolicy"]
    assert iam.assume_roles(["data"]) == {role(session_seconds=7200, trust=trust(mfa=True)), policy()}


def test_a_tag_that_names_another_group_is_set_right(iam: Iam, made: FakeIam, stub: StubServer) -> None:
    made.roles["kaccess-data"]["tags"]["kaccess.io/group"] = "other"
    iam.write(Change(role(group="other", name="kaccess-data"), role(), "drift"))
    assert written(stub) == ["TagRole"]
    assert iam.assume_roles([]) == {role(), policy()}


def test_an_update_that_another_run_began_is_finished(iam: Iam, made: FakeIam, stub: StubServer) -> None:
    made.roles["kaccess-data"]["trust"] = trust(mfa=True)
    iam.write(Change(role(), role(session_seconds=7200, trust=trust(mfa=True)), "policy"))
    assert written(stub) == ["UpdateRole"]


AFTER = role(session_seconds=7200, trust=trust(mfa=True))


@pytest.mark.parametrize(
    ("change", "live"),
    [
        (Change(None, role(), "granted"), role()),
        (Change(role(), AFTER, "policy"), AFTER),
        (Change(role(), None, "gone"), None),
    ],
)
def test_what_another_run_did_already_is_done(
    iam: Iam, aws: FakeIam, stub: StubServer, change: Change, live: IamRole | None
) -> None:
    if live:
        put(aws, live)
    iam.write(change)
    assert set(written(stub)) <= {"CreateRole"}
    assert iam.assume_roles([]) == (frozenset({live}) if live else frozenset())


@pytest.mark.parametrize("change", [Change(None, role(), "a"), Change(role(), AFTER, "b"), Change(role(), None, "c")])
@pytest.mark.parametrize(("path", "tags"), [("/", MINE), ("/kaccess/", {"team": "x"}), ("/kaccess/sub/", MINE)])
def test_a_role_of_others_is_never_touched(
    iam: Iam, aws: FakeIam, stub: StubServer, change: Change, path: str, tags: dict[str, str]
) -> None:
    put(aws, role(), path, **tags)
    before = json.dumps(aws.roles)
    with pytest.raises(Conflict, match="someone else's"):
        iam.write(change)
    assert json.dumps(aws.roles) == before


@pytest.mark.parametrize(
    ("change", "live"),
    [
        (Change(None, role(), "granted"), role(trust=trust(mfa=True))),
        (Change(role(), AFTER, "policy"), role(session_seconds=10800)),
        (Change(role(), AFTER, "policy"), role(trust=trust(denied=("ana",)))),
        (Change(role(), AFTER, "policy"), None),
        (Change(role(), None, "gone"), role(session_seconds=7200)),
    ],
)
def test_what_is_not_as_planned_is_a_conflict(iam: Iam, aws: FakeIam, change: Change, live: IamRole | None) -> None:
    if live:
        put(aws, live)
    with pytest.raises(Conflict, match="run again"):
        iam.write(change)
    assert iam.assume_roles([]) == (frozenset({live}) if live else frozenset())


def test_a_role_is_deleted(iam: Iam, made: FakeIam) -> None:
    iam.write(Change(role(), None, "gone"))
    assert made.roles == {}


def test_a_role_that_something_is_attached_to_stays(iam: Iam, made: FakeIam) -> None:
    made.in_use = {"kaccess-data"}
    with pytest.raises(Conflict, match=r"in use by someone else.*must detach all policies first"):
        iam.write(Change(role(), None, "gone"))
    assert "kaccess-data" in made.roles


def test_a_policy_from_its_beginning_to_its_end(iam: Iam, aws: FakeIam, stub: StubServer) -> None:
    put(aws, role())
    iam.write(Change(None, policy(), "granted"))
    iam.write(Change(None, policy(), "another run did this already"))
    assert iam.assume_roles([]) == {role(), policy()}
    aws.groups["data"]["kaccess-assume"] = changed = allows("other")
    iam.write(Change(policy(document=changed), policy(), "drift"))
    iam.write(Change(policy(), None, "gone"))
    iam.write(Change(policy(), None, "gone already"))
    assert written(stub) == ["PutGroupPolicy", "PutGroupPolicy", "DeleteGroupPolicy"]
    assert aws.groups == {"data": {"access": "{}"}}


@pytest.mark.parametrize(
    ("change", "live"),
    [
        (Change(None, policy(), "granted"), allows("other")),
        (Change(policy(document=allows("third")), policy(), "drift"), allows("other")),
        (Change(policy(document=allows("third")), policy(), "drift"), None),
        (Change(policy(), None, "gone"), allows("other")),
    ],
)
def test_a_policy_that_is_not_as_planned_is_a_conflict(
    iam: Iam, aws: FakeIam, stub: StubServer, change: Change, live: str | None
) -> None:
    if live:
        aws.groups["data"]["kaccess-assume"] = live
    with pytest.raises(Conflict, match="run again"):
        iam.write(change)
    assert written(stub) == []


def test_a_policy_for_a_group_that_is_not_there(iam: Iam, aws: FakeIam) -> None:
    with pytest.raises(NoSuchGroup, match="no group 'dat'; did you mean 'data'"):
        iam.write(Change(None, policy("dat", "dat"), "granted"))


@pytest.mark.parametrize("item", [Entry(user("ana"), ("kaccess:a",))])
def test_nothing_else_is_written_through_iam(iam: Iam, item: Item) -> None:
    for change in (Change(None, item, "x"), Change(item, None, "x"), Change(role(), item, "x")):
        with pytest.raises(TypeError):
            iam.write(change)


def test_a_document_that_allows_more_reaches_nothing(iam: Iam, aws: FakeIam, stub: StubServer) -> None:
    wide = allows("data").replace("sts:AssumeRole", "*")
    open_door = trust().replace(f"arn:aws:iam::{ACCOUNT}:root", "*")
    for change in (
        Change(None, policy(document=wide), "x"),
        Change(policy(), policy(document=wide), "x"),
        Change(None, role(trust=open_door), "x"),
        Change(role(), role(trust=open_door), "x"),
    ):
        with pytest.raises(Refused, match="kaccess never writes that"):
            iam.write(change)
    assert {asked.body["Action"] for asked in stub.asked} <= {"GetCallerIdentity"}


def test_iam_is_asked_again_if_someone_else_is_changing_the_same_just_then(
    iam: Iam, made: FakeIam, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "_ATTEMPTS", 3)
    busy = xml_error(409, "ConcurrentModification", "submit your request again")
    left = [busy, busy, busy, busy, busy]

    def answer(asked: Asked) -> Answer:
        is_write = not asked.body["Action"].startswith("Get")
        return left.pop() if is_write and left else made(asked)

    stub.answer = answer
    with pytest.raises(AwsError, match="ConcurrentModification"):
        iam.write(Change(role(), role(session_seconds=7200), "policy"))
    assert written(stub) == ["UpdateRole"] * 3
    iam.write(Change(role(), role(session_seconds=7200), "policy"))
    assert written(stub) == ["UpdateRole"] * 6
    assert made.roles["kaccess-data"]["seconds"] == 7200
