"""What is read of roles to assume, and of the policies that let people assume them."""

from __future__ import annotations

import pytest

from kaccess.aws.errors import AwsError
from kaccess.aws.iam import Iam
from kaccess.model.plan import Change
from kaccess.model.state import IamRole
from tests.aws.assumed import MINE, allows, policy, put, role, trust
from tests.aws.fake_iam import FakeIam, as_aws_shows
from tests.kube.stub_server import Answer, Asked, StubServer

LONG = "g" * 128


def test_without_roles_and_without_a_wish_for_any_one_call_is_all(iam: Iam, aws: FakeIam, stub: StubServer) -> None:
    aws.add_role("nodes", trust(), path="/")
    assert iam.assume_roles([]) == frozenset()
    assert [asked.body["Action"] for asked in stub.asked] == ["ListRoles"]


def test_roles_and_policies_are_read_as_they_were_written(iam: Iam, aws: FakeIam) -> None:
    aws.groups[LONG], aws.groups["a+=,.@-_B"] = {}, {}
    for item in (role(), role("a+=,.@-_B"), role(LONG, session_seconds=43200, trust=trust(mfa=True, denied=("ana",)))):
        iam.write(Change(None, item, "granted"))
        iam.write(Change(None, policy(item.group, item.group), "granted"))
    found = iam.assume_roles([])
    assert found == {
        role(),
        role("a+=,.@-_B"),
        role(LONG, session_seconds=43200, trust=trust(mfa=True, denied=("ana",))),
    } | {policy(group, group) for group in ("data", "a+=,.@-_B", LONG)}
    assert all(item.owned for item in found if isinstance(item, IamRole))


def test_what_says_the_same_in_other_words_is_the_same(iam: Iam, made: FakeIam) -> None:
    made.roles["kaccess-data"]["trust"] = as_aws_shows(trust())
    made.groups["data"]["kaccess-assume"] = as_aws_shows(allows("data"))
    assert iam.assume_roles(["data"]) == {role(), policy()}


def test_the_policy_of_a_group_that_is_meant_no_more_is_found(iam: Iam, made: FakeIam) -> None:
    """`iam_group: old` became `iam_group: data`: whoever is in `old` still may assume the role."""
    made.groups["old"] = {"kaccess-assume": allows("data"), "other": "{}"}
    assert iam.assume_roles(["data"]) == {role(), policy(), policy("data", "old")}


def test_the_policy_of_a_role_that_is_gone_is_of_no_group(iam: Iam, made: FakeIam) -> None:
    del made.roles["kaccess-data"]
    assert iam.assume_roles(["data"]) == {policy(group="", document=allows("data"))}


@pytest.mark.parametrize(
    ("path", "tags"),
    [
        ("/kaccess/", {"team": "x"}),
        ("/kaccess/", {"app.kubernetes.io/managed-by": "argocd"}),
        ("/kaccess/sub/", MINE),
    ],
)
def test_a_role_without_our_tag_or_path_is_foreign(iam: Iam, aws: FakeIam, path: str, tags: dict[str, str]) -> None:
    put(aws, role(), path, **tags)
    (found,) = iam.assume_roles([])
    assert found == role()
    assert isinstance(found, IamRole)
    assert not found.owned


def test_more_roles_and_groups_than_a_page(iam: Iam, aws: FakeIam, stub: StubServer) -> None:
    aws.page = 7
    groups = [f"g{n}" for n in range(30)]
    for group in groups:
        put(aws, role(group))
        aws.groups[group] = {"kaccess-assume": allows(group)}
    assert iam.assume_roles(groups) == {*map(role, groups), *(policy(group, group) for group in groups)}
    assert len(stub.asked) == 5 + 30 + 9


def test_policies_that_others_put_on_a_role_are_seen_and_no_difference_to_it(iam: Iam, made: FakeIam) -> None:
    made.attached["kaccess-data"], made.inline["kaccess-data"] = ["AdministratorAccess"], ["s3"]
    put(made, role("other"))
    found = {item.name: item for item in iam.assume_roles(["data"]) if isinstance(item, IamRole)}
    assert found == {"kaccess-data": role(), "kaccess-other": role("other")}
    assert found["kaccess-data"].foreign_policies == ("AdministratorAccess", "s3")
    assert found["kaccess-other"].foreign_policies == ()


def test_a_role_deleted_since_it_was_listed_is_left_out(iam: Iam, made: FakeIam, stub: StubServer) -> None:
    def answer(asked: Asked) -> Answer:
        listed = made(asked)
        made.roles.clear()
        return listed

    stub.answer = answer
    assert iam.assume_roles([]) == frozenset()


def test_an_answer_whose_document_is_none_is_an_error(iam: Iam, made: FakeIam) -> None:
    made.roles["kaccess-data"]["trust"] = "no JSON"
    with pytest.raises(AwsError, match="not AWS's"):
        iam.assume_roles([])
