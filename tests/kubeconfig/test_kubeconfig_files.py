"""Several files, links, locks, and files that must not be touched."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaccess.kubeconfig import lock
from kaccess.kubeconfig.errors import KubeconfigError
from kaccess.kubeconfig.paths import kubeconfig_paths
from kaccess.kubeconfig.read import read
from kaccess.kubeconfig.write import remove, write
from tests.kubeconfig.samples import FOREIGN, PROGRAM, access

HOME = Path("/home/ana")
UNUSABLE = {
    "yaml": (b"a: [1,\n", "not YAML (line 2: "),
    "nested": (b"[" * 100_000, "not YAML ("),
    "tab": (b"clusters:\n\t- name: a\n", "not YAML (line 2: "),
    "bytes": (b"kind: Config\n# \xff\n", "not UTF-8 (byte 15)"),
    "odd key": (b"kind: Config\n? [a]\n: b\n", "not a kubeconfig: line 2: a key is not text"),
    "odd inner key": (b"users:\n- name: a\n  ? {b: c}\n  : d\n", "not a kubeconfig: line 3: a key is not text"),
    "list": (b"- a\n- b\n", "it holds no mapping"),
    "text": (b"hello", "it holds no mapping"),
    "kind": (b"apiVersion: v1\nkind: Secret\n", "kind is not Config"),
    "version": (b"apiVersion: v2\nkind: Config\n", "apiVersion is not v1"),
    "two documents": (b"kind: Config\n---\nkind: Config\n", "not YAML (line 2: "),
    "duplicate key": (b"users: []\nusers: []\n", "'users' is there twice"),
    "duplicate name": (b"users: [{name: a}, {name: a}]\n", "users: 'a' is there twice"),
    "no list": (b"contexts: {a: b}\n", "contexts is not a list of mappings"),
    "no mappings": (b"contexts: [a]\n", "contexts is not a list of mappings"),
    "cut short": (FOREIGN.encode()[:150] + b'\n  - "', "not YAML ("),
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, [HOME / ".kube/config"]),
        ("", [HOME / ".kube/config"]),
        ("/a:/b", [Path("/a"), Path("/b")]),
        (":/a::/b:/a:", [Path("/a"), Path("/b")]),
    ],
)
def test_the_files_are_those_kubectl_takes(value, expected):
    environ = {} if value is None else {"KUBECONFIG": value}
    assert list(kubeconfig_paths(environ, HOME)) == expected


def test_new_entries_go_into_the_first_file_that_exists(tmp_path, foreign):
    missing, last = tmp_path / "missing", tmp_path / "last"
    last.write_text("kind: Config\n")
    written = write([access("development")], program=PROGRAM, paths=(missing, foreign, last))

    assert (written.path, written.changed) == (foreign, (foreign,))
    assert not missing.exists()


def test_new_entries_go_into_the_last_file_if_none_exists(tmp_path):
    paths = (tmp_path / "a", tmp_path / "b")
    assert write([access("development")], program=PROGRAM, paths=paths).changed == (tmp_path / "b",)


def test_an_entry_is_edited_in_the_file_that_has_it(tmp_path, foreign, view):
    second = tmp_path / "second"
    write([access("development")], program=PROGRAM, paths=(second,))
    written = write([access("development", server="https://new")], program=PROGRAM, paths=(foreign, second))

    assert (written.changed, foreign.read_text()) == ((second,), FOREIGN)
    clusters = {item["name"]: item["cluster"]["server"] for item in view(f"{foreign}:{second}")["clusters"]}
    assert clusters["kaccess:cardo"] == "https://new"


def test_the_current_context_of_any_file_counts(tmp_path, foreign):
    first = tmp_path / "first"
    first.write_text("kind: Config\n")
    written = write([access("development")], program=PROGRAM, paths=(first, foreign))

    assert (written.current_context, "current-context" in first.read_text()) == ("office", False)


def test_use_is_written_where_it_wins(tmp_path, foreign, kubectl):
    first = tmp_path / "first"
    first.write_text("kind: Config\n")
    write([access("development")], program=PROGRAM, paths=(first, foreign), use="cardo/development")

    assert kubectl(f"{first}:{foreign}", "config", "current-context").stdout.strip() == "cardo/development"


def test_a_foreign_entry_in_a_later_file_is_not_shadowed(tmp_path, config):
    later = tmp_path / "later"
    later.write_text("contexts: [{name: cardo/development, context: {}}]")
    with pytest.raises(KubeconfigError, match="later: the context 'cardo/development' is not kaccess's"):
        write([access("development")], program=PROGRAM, paths=(config, later))


def test_logout_cleans_every_file(tmp_path, config):
    second = tmp_path / "second"
    write([access("development")], program=PROGRAM, paths=(config,))
    write([access("development", alias="lena")], program=PROGRAM, paths=(second,))

    assert remove((config, second)).changed == (config, second)
    assert read((config, second)) == ()


def test_a_link_stays_a_link(tmp_path, foreign):
    link = tmp_path / "link"
    link.symlink_to(foreign)
    write([access("development")], program=PROGRAM, paths=(link,))

    assert link.is_symlink()
    assert "cardo/development" in foreign.read_text()


def test_a_link_to_nowhere_is_filled_at_its_end(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    write([access("development")], program=PROGRAM, paths=(link,))

    assert link.is_symlink()
    assert "cardo/development" in (tmp_path / "target").read_text()


def test_two_names_of_one_file_are_one_file(tmp_path, foreign):
    link = tmp_path / "link"
    link.symlink_to(foreign)
    assert write([access("development")], program=PROGRAM, paths=(foreign, link)).changed == (foreign,)


def test_a_file_that_others_could_read_is_made_private(foreign):
    foreign.chmod(0o644)
    write([access("development")], program=PROGRAM, paths=(foreign,))

    assert foreign.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_file_that_kubectl_could_not_read_is_left_alone(config, case):
    content, problem = UNUSABLE[case]
    config.write_bytes(content)
    for change in (lambda: write([access("a")], program=PROGRAM, paths=(config,)), lambda: remove((config,))):
        with pytest.raises(KubeconfigError) as caught:
            change()
        assert problem in str(caught.value)
        assert str(config) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert config.read_bytes() == content
    assert list(config.parent.iterdir()) == [config]


@pytest.mark.parametrize("special", ["folder", "pipe"])
def test_what_is_no_file_is_left_alone(tmp_path, special):
    path = tmp_path / special
    if special == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    before = path.lstat().st_mode
    with pytest.raises(KubeconfigError, match=f"{path}: not a regular file"):
        write([access("a")], program=PROGRAM, paths=(path,))
    assert path.lstat().st_mode == before


def test_a_read_only_file_is_left_alone(foreign):
    foreign.chmod(0o400)
    with pytest.raises(KubeconfigError, match="the file is read-only"):
        write([access("a")], program=PROGRAM, paths=(foreign,))
    assert (foreign.read_text(), list(foreign.parent.iterdir())) == (FOREIGN, [foreign])


def test_a_folder_under_a_file_is_one_line(foreign):
    with pytest.raises(KubeconfigError, match="no kubeconfig can be put there"):
        write([access("a")], program=PROGRAM, paths=(foreign / "sub" / "config",))


def test_a_write_that_stops_halfway_changes_nothing(foreign):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(FOREIGN) + 100, hard))  # the backup fits, the new file does not
    try:
        with pytest.raises(KubeconfigError, match="File too large; the file is unchanged"):
            write([access("a")], program=PROGRAM, paths=(foreign,))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert foreign.read_text() == FOREIGN
    assert sorted(path.name for path in foreign.parent.iterdir()) == ["config", "config.kaccess-backup"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_disk_that_refuses_changes_nothing(foreign, monkeypatch, code):
    def refuse(handle):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(KubeconfigError, match=os.strerror(code)):
        write([access("a")], program=PROGRAM, paths=(foreign,))
    assert (foreign.read_text(), list(foreign.parent.iterdir())) == (FOREIGN, [foreign])


def test_a_file_that_another_program_changes_meanwhile_is_not_overwritten(foreign, monkeypatch):
    synced = os.fsync

    def change_meanwhile(handle):
        foreign.write_text("kind: Config\n")
        synced(handle)

    monkeypatch.setattr(os, "fsync", change_meanwhile)
    with pytest.raises(KubeconfigError, match="another program changed it just now"):
        write([access("a")], program=PROGRAM, paths=(foreign,))
    assert foreign.read_text() == "kind: Config\n"


def test_a_lock_of_another_program_is_waited_for_and_then_named(foreign, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    held = foreign.with_name("config.lock")
    held.touch(mode=0)
    with pytest.raises(KubeconfigError, match=r"config\.lock: another program holds this lock; if no kubectl"):
        write([access("a")], program=PROGRAM, paths=(foreign,))
    assert held.exists()
    assert foreign.read_text() == FOREIGN


def test_a_lock_is_let_go_after_a_failure(config, monkeypatch):
    config.write_text("not a kubeconfig")
    for _ in range(2):
        with pytest.raises(KubeconfigError, match="it holds no mapping"):
            write([access("a")], program=PROGRAM, paths=(config,))
    assert not config.with_name("config.lock").exists()


def test_kubectl_respects_the_lock(foreign, kubectl):
    with lock.locked([foreign]):
        refused = kubectl(foreign, "config", "use-context", "office")
    assert "config.lock" in refused.stderr
    assert kubectl(foreign, "config", "use-context", "office").returncode == 0


def test_a_lock_is_held_under_the_name_of_the_link_and_of_the_file(tmp_path, foreign):
    link = tmp_path / "link"
    link.symlink_to(foreign)
    with lock.locked([link]):
        assert {path.name for path in tmp_path.glob("*.lock")} == {"link.lock", "config.lock"}
    assert list(tmp_path.glob("*.lock")) == []


def test_the_lock_of_a_kaccess_that_was_killed_does_not_block(foreign):
    program = (
        "import sys, time; from pathlib import Path; from kaccess.kubeconfig.lock import locked\n"
        "with locked([Path(sys.argv[1])]): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(foreign)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGKILL)
    assert foreign.with_name("config.lock").exists()

    started = time.monotonic()
    write([access("development")], program=PROGRAM, paths=(foreign,))
    assert time.monotonic() - started < lock.PATIENCE / 2
    assert not foreign.with_name("config.lock").exists()


def test_the_lock_of_a_kaccess_that_runs_is_respected(foreign, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with lock.locked([foreign]), pytest.raises(KubeconfigError, match="holds this lock"):
        write([access("development")], program=PROGRAM, paths=(foreign,))


def test_a_link_into_a_folder_that_is_gone_is_named_with_what_to_do(tmp_path):
    link, target = tmp_path / "config", tmp_path / "unmounted/config"
    link.symlink_to(target)
    with pytest.raises(KubeconfigError, match=f"{link} is a link to {target}, .*; create it or remove the link"):
        write([access("development")], program=PROGRAM, paths=(link,))
    assert list(tmp_path.iterdir()) == [link]


def test_links_that_lead_in_a_circle_are_one_line(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(KubeconfigError, match="symbolic links"):
        write([access("development")], program=PROGRAM, paths=(one,))


@pytest.mark.parametrize("path", ["/", "/proc/self/mem"])
def test_what_cannot_be_read_is_one_line(path: str) -> None:
    with pytest.raises(KubeconfigError, match=r"/: not a regular file|Input/output error; nothing was changed"):
        remove((Path(path),))
