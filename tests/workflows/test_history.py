"""Which commits granted what, and the way back to a commit."""

from datetime import datetime, timezone

import pytest

from kaccess.git.command import GitError
from kaccess.git.repository import NoRepository, UnknownCommit
from kaccess.model.errors import Usage
from kaccess.policy.edit import offboard, write
from kaccess.policy.load import load
from kaccess.workflows.history import history
from kaccess.workflows.rollback import (
    NoPolicyThen,
    Uncommitted,
    WouldReinstate,
    plan_rollback,
    refuse_reinstating,
    write_rollback,
)
from tests.git.repositories import ISOLATED, Work

HEAD = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}
namespaces: {dev: {}, staging: {}}
roles:
  reader: {cluster_role: view}
grants:
"""
ONE = "  - {group: one, role: reader, namespaces: [dev]}\n"
TWO = """\
  # Two is on call.
  - group: two
    role: reader
    namespaces:
      - dev

  # The rest.
"""
ANA = "arn:aws:iam::111122223333:user/ana"


@pytest.fixture
def work(tmp_path, monkeypatch):
    for name, value in ISOLATED.items():
        monkeypatch.setenv(name, value)
    return Work(tmp_path / "repository")


@pytest.fixture(params=["kaccess.yaml", "deep/policies"])
def place(request, work):
    """Where the policy is: a file at the top, or a folder below it."""
    return work.folder / request.param


def put(work, place, text, more=""):
    """Write the policy, as a file or as a folder of two."""
    if place.suffix:
        return work.write(place.name, text + more)
    path = work.write(f"{place.relative_to(work.folder)}/main.yaml", text)
    if more:
        body = "apiVersion: kaccess/v1\nkind: AccessPolicy\ngrants:\n" + more
        work.write(f"{place.relative_to(work.folder)}/more.yaml", body)
    return path


def test_each_grant_has_the_commits_that_wrote_its_lines(work, place):
    put(work, place, HEAD + ONE)
    first = work.commit("One (#1)", who="Ana")
    put(work, place, HEAD + ONE, TWO)
    second = work.commit("Two", "Reviewed-by: Cy <cy@x>", who="Bo")
    put(work, place, HEAD + ONE, TWO.replace("- dev", "- staging"))
    third = work.commit("Two moves", who="Di")
    found = {each.grant.group: each for each in history(load(place))}
    assert [commit.hash for commit in found["one"].commits] == [first]
    assert [commit.hash for commit in found["two"].commits] == [third, second]
    assert found["one"].commits[0].pull_request == "1"
    assert found["two"].commits[1].reviewers == ("Cy <cy@x>",)
    assert [each.grant.group for each in history(load(place), "two")] == ["two"]


def test_a_comment_or_a_blank_line_around_a_grant_is_not_its_own(work, place):
    put(work, place, HEAD + ONE, TWO)
    first = work.commit("Grants")
    put(work, place, HEAD + ONE, TWO.replace("# Two is on call.", "# Two.").replace("# The rest.", "# Nothing."))
    work.commit("Comments")
    assert {commit.hash for each in history(load(place)) for commit in each.commits} == {first}


def test_what_is_not_committed_is_said(work, place):
    put(work, place, HEAD + ONE)
    assert [(each.uncommitted, each.commits) for each in history(load(place))] == [(True, ())]
    work.commit("One")
    put(work, place, HEAD + ONE.replace("dev", "staging"))
    assert [each.uncommitted for each in history(load(place))] == [True]


def test_a_history_that_cannot_be_known_is_refused_in_one_line(work, tmp_path):
    path = work.write("kaccess.yaml", HEAD + ONE)
    with pytest.raises(Usage, match=r'nothing to "ona" \(did you mean one\?\)|nothing to'):
        history(load(path), "ona")
    work.commit("One")
    work.commit("Another")
    clone = Work(tmp_path / "clone", clone_of=work, depth=1)
    with pytest.raises(NoRepository, match="shallow clone"):
        history(load(clone.folder / "kaccess.yaml"))
    outside = tmp_path / "kaccess.yaml"
    outside.write_text(HEAD + ONE)
    with pytest.raises(NoRepository, match="in no Git repository"):
        history(load(outside))


def texts(place):
    if place.suffix:
        return {place.name: place.read_text()}
    return {path.name: path.read_text() for path in sorted(place.iterdir()) if path.suffix == ".yaml"}


def test_a_rollback_writes_the_policy_as_it_was_and_commits_nothing(work, place):
    put(work, place, HEAD + ONE)
    old = work.commit("One")
    before = texts(place)
    put(work, place, HEAD + ONE.replace("dev", "staging"), TWO)
    work.write("deep/policies/README.md", "notes\n")
    head = work.commit("Two")
    after = texts(place)
    back = plan_rollback(place, old[:8])
    assert {grant.group for grant in back.edited.before.policy.grants} == {"one", "two"}
    assert [grant.group for grant in back.edited.after.policy.grants] == ["one"]
    assert texts(place) == after
    write_rollback(back)
    assert texts(place) == before
    assert work.git("rev-parse", "HEAD") == head
    work.commit("Back")
    forth = plan_rollback(place, head)
    write_rollback(forth)
    assert texts(place) == after
    assert (work.folder / "deep/policies/README.md").read_text() == "notes\n"


def test_a_rollback_to_now_changes_nothing(work, place):
    put(work, place, HEAD + ONE)
    work.commit("One")
    back = plan_rollback(place, "HEAD")
    assert back.edited.files == ()
    write_rollback(back)


@pytest.mark.parametrize("moment", ["before", "between"])
def test_what_is_not_committed_is_not_lost(work, place, moment):
    put(work, place, HEAD + ONE)
    old = work.commit("One")
    put(work, place, HEAD + ONE, TWO)
    work.commit("Two")
    back = plan_rollback(place, old)
    path = put(work, place, HEAD + ONE.replace("dev", "staging"), TWO)
    if not place.suffix:
        path = work.write("deep/policies/new.yaml", "apiVersion: kaccess/v1\nkind: AccessPolicy\n")
    mine = texts(place)
    with pytest.raises(Uncommitted, match=path.name):
        plan_rollback(place, old) if moment == "before" else write_rollback(back)
    assert texts(place) == mine


def test_other_files_may_be_uncommitted(work, place):
    put(work, place, HEAD + ONE)
    old = work.commit("One")
    work.write("deep/policies/.kaccess.yaml.lock", "")
    work.write("other.yaml", "x")
    plan_rollback(place, old)


@pytest.mark.parametrize("place", ["deep/policies"], indirect=True)
def test_a_commit_without_a_usable_policy_is_refused(work, place):
    work.write("README.md", "")
    empty = work.commit("Empty")
    work.write("deep/policies/main.yaml", "apiVersion: kaccess/v1\nkind: Nonsense\n")
    broken = work.commit("Broken")
    work.write("deep/policies/main.yaml", "\xff")
    (place / "main.yaml").write_bytes(b"\xff\xfe")
    binary = work.commit("Binary")
    put(work, place, HEAD + ONE)
    work.commit("Good")
    for name, error, said in (
        ("nothing", UnknownCommit, "there is no commit"),
        (empty, GitError, "has no folder"),
        (broken, NoPolicyThen, "main.yaml:"),
        (binary, Exception, "is not UTF-8"),
    ):
        with pytest.raises(error, match=said) as caught:
            plan_rollback(place, name)
        assert len(str(caught.value).splitlines()) == 1


def test_who_was_offboarded_since_is_not_let_in_again_by_the_way(work, place):
    put(work, place, HEAD + ONE)
    old = work.commit("One")
    write(offboard(place, ANA, datetime(2026, 11, 24, tzinfo=timezone.utc)))
    new = work.commit("Ana left")
    back = plan_rollback(place, old)
    assert back.reinstated == (ANA,)
    with pytest.raises(WouldReinstate, match="user/ana, offboarded since; pass --allow-reinstating"):
        refuse_reinstating(back)
    refuse_reinstating(plan_rollback(place, new))
