"""What Git knows of a file, as the real git tells it."""

import pytest

from kaccess.git.command import GitError
from kaccess.git.commits import number_of
from kaccess.git.repository import NoRepository, Repository, UnknownCommit
from tests.git.repositories import Work


def test_each_line_has_the_commit_that_wrote_it(work):
    path = work.write("policies/a.yaml", "one\ntwo\n")
    first = work.commit("First")
    work.write("policies/a.yaml", "one\nzwei\n")
    second = work.commit("Second", who="Bo")
    path.write_text("one\nzwei\nthree\n")
    repository = Repository.around(path)
    assert repository.lines(path) == {1: first, 2: second}
    commits = repository.commits([first, second])
    assert commits[second].author == "Bo <bo@example.com>"
    assert commits[second].date > commits[first].date
    assert commits[second].subject == "Second"


def test_who_only_changed_the_spaces_of_a_line_did_not_write_it(work):
    path = work.write("a.yaml", "grants:\n- {a: b}\n")
    first = work.commit("First")
    work.write("a.yaml", "grants:\n\n  - {a:  b}\r\n")
    second = work.commit("fmt")
    assert Repository.around(path).lines(path) == {1: first, 2: second, 3: first}


def test_a_file_that_is_not_committed_has_no_lines_of_anybody(work):
    path = work.write("a.yaml", "one\n")
    assert Repository.around(path).lines(path) == {}
    work.commit("First")
    other = work.write("b.yaml", "one\n")
    assert Repository.around(path).lines(other) == {}


def test_reviewers_come_from_the_trailers(work):
    work.write("a", "1\n")
    trailers = ("Reviewed-by: Bo <bo@example.com>", "reviewed-by: Cy <cy@x>", "Co-authored-by: Di <di@x>", "Other: no")
    hash_ = work.commit("Let them in (#42)", *trailers)
    commit = Repository(work.folder).commit(hash_[:10])
    assert commit.hash == hash_
    assert commit.reviewers == ("Bo <bo@example.com>", "Cy <cy@x>")
    assert commit.co_authors == ("Di <di@x>",)
    assert commit.pull_request == "42"


def test_a_commit_of_a_branch_has_the_number_and_the_reviewers_of_its_merge(work):
    work.write("a", "1\n")
    base = work.commit("Base")
    work.git("switch", "-q", "-c", "topic")
    work.write("b", "1\n")
    topic = work.commit("Topic")
    work.git("switch", "-q", "main")
    work.write("c", "1\n")
    beside = work.commit("Beside")
    message = "Merge pull request #7 from ana/topic\n\nReviewed-by: Bo <bo@x>"
    work.git("merge", "-q", "--no-ff", "-m", message, "topic", who="Olga")
    after = work.commit("After")
    commits = Repository(work.folder).commits([base, topic, beside, after])
    assert {hash_: commit.pull_request for hash_, commit in commits.items()} == {
        base: "",
        topic: "7",
        beside: "",
        after: "",
    }
    assert commits[topic].reviewers == ("Bo <bo@x>",)
    assert [each for each in (base, topic, beside, after) if commits[each].merged_by] == [topic]
    assert commits[topic].merged_by == "Olga <olga@example.com>"
    assert commits[beside].reviewers == ()


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Let them in (#42)", "42"),
        ("Merge pull request #7 from a/b", "7"),
        ("Let them in (!9)", "9"),
        ("Fix #12 at last", ""),
        ("", ""),
    ],
)
def test_the_number_of_a_pull_request_is_where_forges_put_it(subject, number):
    assert number_of(subject) == number


@pytest.mark.parametrize(
    "name", ["no-such", "--help", "-x", "HEAD~99", "", "a\0b", "HEAD:a", "HEAD^{tree}", ":/nothing"]
)
def test_a_commit_that_is_not_there_is_said_in_one_line(work, name):
    work.write("a", "1\n")
    work.commit("First")
    with pytest.raises(UnknownCommit, match="there is no commit") as caught:
        Repository(work.folder).commit(name)
    assert len(str(caught.value).splitlines()) == 1


def test_a_shallow_clone_says_so(work, tmp_path):
    work.write("a", "1\n")
    first = work.commit("First")
    work.write("a", "2\n")
    work.commit("Second")
    clone = Repository(Work(tmp_path / "clone", clone_of=work, depth=1).folder)
    assert clone.is_shallow()
    assert not Repository(work.folder).is_shallow()
    with pytest.raises(UnknownCommit, match="git fetch --unshallow"):
        clone.commit(first)


def test_outside_of_a_repository_it_says_so(tmp_path):
    with pytest.raises(NoRepository, match="in no Git repository"):
        Repository.around(tmp_path)


def test_without_git_it_says_so(work, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GitError, match="git was not found"):
        Repository.around(work.folder)


def test_the_files_of_a_folder_and_a_file_as_they_were(work):
    work.write("policies/a.yaml", "old\n")
    work.write("policies/deeper/c.yaml", "c\n")
    old = work.commit("Old")
    path = work.write("policies/a.yaml", "new\n")
    work.write("policies/b é.yaml", "b\n")
    new = work.commit("New")
    repository = Repository.around(path)
    assert repository.files_at(repository.commit(old), path.parent) == {"a.yaml": b"old\n"}
    assert repository.files_at(repository.commit(new), path.parent) == {"a.yaml": b"new\n", "b é.yaml": b"b\n"}
    assert repository.files_at(repository.commit(old), path) == {"a.yaml": b"old\n"}
    with pytest.raises(GitError, match="has no file"):
        repository.files_at(repository.commit(old), work.folder / "policies" / "b é.yaml")
    empty = work.folder / "empty"
    empty.mkdir()
    with pytest.raises(GitError, match="has no folder empty"):
        repository.files_at(repository.commit(old), empty)


def test_a_symbolic_link_is_no_file_that_was_there(work):
    work.write("real.yaml", "x\n")
    (work.folder / "policy.yaml").symlink_to("/etc/passwd")
    hash_ = work.commit("Link")
    (work.folder / "policy.yaml").unlink()
    path = work.write("policy.yaml", "y\n")
    repository = Repository.around(path)
    with pytest.raises(GitError, match="has no file"):
        repository.files_at(repository.commit(hash_), path)


def test_restoring_writes_adds_and_removes_in_the_work_tree_alone(work):
    work.write("p/a.yaml", "old\n")
    work.write("p/gone.yaml", "gone\n")
    work.write("p/note.md", "old note\n")
    old = work.commit("Old")
    a = work.write("p/a.yaml", "new\n")
    (work.folder / "p/gone.yaml").unlink()
    work.write("p/b.yaml", "b\n")
    work.write("p/note.md", "new note\n")
    head = work.commit("New")
    repository = Repository.around(a)
    assert repository.uncommitted(a.parent) == ()
    repository.restore(repository.commit(old), [a, a.with_name("gone.yaml"), a.with_name("b.yaml")])
    assert {path.name: path.read_text() for path in sorted(a.parent.iterdir())} == {
        "a.yaml": "old\n",
        "gone.yaml": "gone\n",
        "note.md": "new note\n",
    }
    assert work.git("rev-parse", "HEAD") == head
    assert work.git("diff", "--cached", "--name-only") == ""
    assert repository.uncommitted(a.parent) == ("a.yaml", "b.yaml", "gone.yaml")


def test_a_name_with_magic_is_a_name(work):
    path = work.write("p/:(top)*.yaml", "x\n")
    work.write("p/other.yaml", "x\n")
    old = work.commit("Old")
    path.write_text("y\n")
    (work.folder / "p/other.yaml").write_text("y\n")
    repository = Repository.around(path)
    assert repository.uncommitted(path) == (path.name,)
    repository.restore(repository.commit(old), [path])
    assert (path.read_text(), (work.folder / "p/other.yaml").read_text()) == ("x\n", "y\n")


def test_what_git_tells_a_hook_does_not_mislead(work, monkeypatch):
    path = work.write("p/a.yaml", "x\n")
    hash_ = work.commit("One")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent/index")
    assert Repository.around(path).lines(path) == {1: hash_}
    assert Repository.around(path).uncommitted(path) == ()


def test_no_program_that_a_repository_names_is_run(work):
    path = work.write("a.yaml", "x\n")
    work.write(".gitattributes", "*.yaml diff=evil\n")
    work.commit("One")
    ran = work.folder / "ran"
    work.git("config", "diff.evil.textconv", f"touch {ran}; cat")
    work.git("config", "core.fsmonitor", f"touch {ran}")
    work.git("config", "log.showSignature", "true")
    work.git("config", "core.pager", f"touch {ran}")
    repository = Repository.around(path)
    assert list(repository.lines(path)) == [1]
    assert repository.uncommitted(path) == ()
    assert repository.files_at(repository.commit("HEAD"), path) == {"a.yaml": b"x\n"}
    assert not ran.exists()


def test_what_a_terminal_would_obey_is_not_shown(work):
    work.write("a", "1\n")
    hash_ = work.commit("Red \x1b[31malert\u202e", who="Ana\x1b[0m")
    commit = Repository(work.folder).commit(hash_)
    assert (commit.subject + commit.author).isprintable()
