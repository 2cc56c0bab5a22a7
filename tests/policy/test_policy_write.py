"""A policy file is written whole or not at all, and only over what was read."""

import fcntl
import multiprocessing
import os
import stat

import pytest

from kaccess.model.policy import Grant, NamespaceChoice
from kaccess.policy import write as room
from kaccess.policy.edit import add_grant, write
from kaccess.policy.load import load
from kaccess.policy.write import EditError, FileEdit, write_files
from tests.policy.samples import CLUSTERS, HEAD, SMALL


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("before")
    return path


def names(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_the_text_is_replaced_and_nothing_else_is_left(path):
    path.chmod(0o640)
    write_files((FileEdit(path, "before", "after\r\n"),))
    assert path.read_bytes() == b"after\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(path) == ["p.yaml"]


def test_a_symlink_stays_one(path, tmp_path):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "folder" / "link.yaml"
    link.symlink_to("../p.yaml")
    write_files((FileEdit(link, "before", "after"),))
    assert link.is_symlink()
    assert path.read_text() == "after"


def test_a_file_that_somebody_protects_is_not_replaced(path):
    path.chmod(0o444)
    with pytest.raises(EditError, match=r"p\.yaml: the file is read-only; make it writable"):
        write_files((FileEdit(path, "before", "after"),))
    assert path.read_text() == "before"
    assert names(path) == ["p.yaml"]


def test_a_file_that_changed_meanwhile_keeps_every_file_as_it_is(path, tmp_path):
    other = tmp_path / "q.yaml"
    other.write_text("changed")
    with pytest.raises(EditError, match=r"q\.yaml: changed by someone else meanwhile; nothing is written"):
        write_files((FileEdit(path, "before", "after"), FileEdit(other, "before", "after")))
    assert (path.read_text(), other.read_text()) == ("before", "changed")
    assert names(path) == ["p.yaml", "q.yaml"]


def test_a_file_that_is_gone_is_one_line(path):
    path.unlink()
    with pytest.raises(EditError, match=r"p\.yaml: cannot be written: No such file or directory"):
        write_files((FileEdit(path, "before", "after"),))
    assert names(path) == []


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_a_full_disk_leaves_the_old_text_and_no_rubbish(path, monkeypatch, step):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(EditError, match="cannot be written: No space left on device"):
        write_files((FileEdit(path, "before", "after"),))
    assert path.read_text() == "before"
    assert names(path) == ["p.yaml"]


def test_an_edit_in_progress_is_waited_for_and_then_given_up(path, monkeypatch):
    monkeypatch.setattr(room, "LOCK_SECONDS", 0.2)
    with (path.parent / ".p.yaml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EditError, match="another kaccess has been editing it"):
            write_files((FileEdit(path, "before", "after"),))
    assert path.read_text() == "before"


def test_a_lock_whose_holder_died_is_no_lock(path):
    (path.parent / ".p.yaml.lock").touch()
    write_files((FileEdit(path, "before", "after"),))
    assert names(path) == ["p.yaml"]


def test_of_many_writers_at_once_exactly_one_wins(path):
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        won = pool.starmap(_try_to_write, [(path, str(number)) for number in range(12)])
    assert sum(won) == 1
    assert path.read_text() == str(won.index(True))
    assert names(path) == ["p.yaml"]


def _try_to_write(path, text):
    try:
        write_files((FileEdit(path, "before", text),))
    except EditError:
        return False
    return True


@pytest.fixture
def pair(tmp_path):
    """Two files of one policy folder, and the edit of both."""
    for name in ("p.yaml", "q.yaml"):
        (tmp_path / name).write_text(f"{HEAD}# before\n")
    return tuple(FileEdit(tmp_path / name, f"{HEAD}# before\n", f"{HEAD}# after\n") for name in ("p.yaml", "q.yaml"))


def texts(edits):
    return [edit.path.read_text().splitlines()[-1] for edit in edits]


def test_several_files_are_written_together(pair):
    write_files(pair)
    assert texts(pair) == ["# after", "# after"]
    assert names(pair[0].path) == ["p.yaml", "q.yaml"]


def test_a_file_that_was_only_read_must_not_have_changed_either(pair):
    pair[1].path.write_text("changed")
    with pytest.raises(EditError, match=r"q\.yaml: changed by someone else meanwhile; nothing is written"):
        write_files((pair[0], FileEdit(pair[1].path, pair[1].before, pair[1].before)))
    assert texts(pair) == ["# before", "changed"]


@pytest.mark.parametrize("failing", [1, 2])
def test_if_one_of_several_cannot_be_written_none_is(pair, monkeypatch, failing):
    real, calls = os.replace, iter(range(1, 9))

    def replace(*paths, **more):
        if next(calls) == failing:
            raise OSError(28, "No space left on device")
        real(*paths, **more)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(EditError, match=r"[pq]\.yaml: cannot be written: No space left on device"):
        write_files(pair)
    assert texts(pair) == ["# before", "# before"]
    assert names(pair[0].path) == ["p.yaml", "q.yaml"]


def test_a_kill_between_two_files_is_told_until_the_edit_is_run_again(pair, tmp_path):
    (tmp_path / "p.yaml").write_text(f"{HEAD}{CLUSTERS}# before\n")
    first = FileEdit(tmp_path / "p.yaml", f"{HEAD}{CLUSTERS}# before\n", f"{HEAD}{CLUSTERS}# after\n")
    process = multiprocessing.get_context("spawn").Process(target=_write_until_killed, args=((first, pair[1]),))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert texts(pair) == ["# after", "# before"]
    (warning,) = load(tmp_path).warnings
    assert str(warning) == (
        f"{tmp_path}: an edit of p.yaml, q.yaml was cut short: some of these files are changed and some are not; "
        "look at the difference in Git, and run the edit again"
    )
    write_files((FileEdit(first.path, first.after, first.after), pair[1]))
    assert load(tmp_path).warnings == ()
    assert names(first.path) == ["p.yaml", "q.yaml"]


def _write_until_killed(edits):
    real, calls = os.replace, iter(range(1, 9))

    def replace(*paths, **more):
        if next(calls) == 2:
            os._exit(9)
        real(*paths, **more)

    os.replace = replace
    write_files(edits)


def test_of_many_grants_at_once_none_is_lost(policy):
    path = policy(SMALL)
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        pool.starmap(_grant_until_done, [(path, f"group-{number}") for number in range(12)])
    assert {f"group-{number}" for number in range(12)} <= load(path).policy.groups.keys()
    assert names(path) == ["p.yaml"]


def _grant_until_done(path, group):
    while True:
        try:
            write(add_grant(path, Grant(group, "viewer", NamespaceChoice(("staging",)))))
        except EditError as error:
            assert "run this again" in str(error)  # noqa: PT017 - the one error that is expected, every now and then
        else:
            return
