"""Files that are no policy, are too much, or cannot be read end in one line each, and quickly."""

import os
import time

import pytest

from kaccess.policy.files import MAX_BYTES
from kaccess.policy.load import PolicyError, load
from tests.policy.samples import CLUSTERS, HEAD, SMALL, problems_of

SECONDS = 20
"""Far more than any of these takes, far less than a bomb would."""


@pytest.fixture
def problems_at(tmp_path):
    """What `load` says of a path under the test's folder, without that folder."""

    def problems(name, data=None):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        try:
            load(tmp_path / name)
        except PolicyError as error:
            return str(error).replace(f"{tmp_path}/", "").splitlines()
        return []

    return problems


def test_a_file_and_a_folder_are_read_alike(tmp_path):
    (tmp_path / "b.yaml").write_text(SMALL)
    (tmp_path / "a.yml").write_text(f"{HEAD}roles: {{other: {{cluster_role: view}}}}\n")
    (tmp_path / ".hidden.yaml").write_text("\t")
    (tmp_path / "notes.txt").write_text("\t")
    (tmp_path / "folder.yaml").mkdir()
    assert [file.path.name for file in load(tmp_path).files] == ["a.yml", "b.yaml"]
    assert set(load(tmp_path).policy.roles) == {"other", "viewer", "developer"}
    assert len(load(tmp_path / "b.yaml").policy.grants) == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a" * (10 * 1024 * 1024), f"p.yaml: larger than {MAX_BYTES} bytes; split the policy into a folder of files"),
        (b"kind: x\nname: caf\xe9\n", "p.yaml:2:10: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("# caf\u00e9 ".encode() + b"\xff\n", "p.yaml:1:8: the byte 0xff is not UTF-8; save the file as UTF-8"),
        ("kind: x".encode("utf-16"), "p.yaml:1:1: the byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"kind: x\nname: \x00\n", "p.yaml:2:7: the character '\\x00' is not allowed in YAML"),
        (b"", "p.yaml:1:1: the file is empty; `kaccess init` writes a first policy"),
    ],
)
def test_bytes_that_are_no_policy(problems_at, data, expected):
    assert problems_at("p.yaml", data) == [expected]


def test_a_byte_order_mark_and_foreign_line_ends_are_read(problems_at):
    assert problems_at("p.yaml", b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()) == []


def test_what_is_not_there_or_not_readable(problems_at, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "fifo.yaml")
    assert problems_at("none.yaml") == ["none.yaml: no such file or folder; `kaccess init` writes a first policy"]
    assert problems_at("folder") == ["folder: no policy in this folder; expected *.yaml or *.yml files"]
    assert problems_at("loop.yaml") == ["loop.yaml: cannot be read: Too many levels of symbolic links"]
    assert problems_at("fifo.yaml") == ["fifo.yaml: not a regular file; name a policy file or a folder of them"]


def test_a_broken_file_of_a_folder_is_named_and_the_rest_is_checked_too(problems_at, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.yaml").symlink_to("a.yaml")
    (folder / "b.yaml").write_text(SMALL.replace("cardo-eks", "cardo/eks"))
    assert [line.split(": ")[0] for line in problems_at("folder")] == ["folder/a.yaml", "folder/b.yaml:4:17"]


def test_a_file_without_permission(problems_at, tmp_path, monkeypatch):
    (tmp_path / "p.yaml").write_text(SMALL)
    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert problems_at("p.yaml") == ["p.yaml: cannot be read: Permission denied"]


def refuse(*_args, **_kwargs):
    raise PermissionError(13, "Permission denied")


TOO_MANY = (
    "more than 250000 values, each alias counted as what it repeats; "
    "split the policy into a folder of files, without such aliases"
)
TOO_DEEP = "nested more than 16 levels deep; a policy needs 8"


def bomb(levels, width):
    lines = [f"a0: &a0 [{','.join(['x'] * width)}]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return HEAD + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (bomb(30, 10), TOO_MANY),
        (bomb(12, 4), TOO_MANY),
        (f"{HEAD}grants: " + "[" * 100_000, TOO_DEEP),
        (f"{HEAD}grants: " + "{a: " * 100_000, TOO_DEEP),
        (f"{HEAD}grants:\n" + "".join(f"{' ' * n}-\n" for n in range(1, 300)), TOO_DEEP),
        pytest.param(f"{HEAD}grants: [" + "a," * 500_000 + "]\n", TOO_MANY, marks=pytest.mark.thorough),
    ],
    ids=["wide bomb", "narrow bomb", "lists", "mappings", "block lists", "many values"],
)
def test_bombs_are_refused_before_they_go_off(text, expected):
    start = time.process_time()
    (problem,) = problems_of(text)
    assert problem.endswith(expected)
    assert time.process_time() - start < SECONDS


@pytest.mark.thorough
def test_a_full_file_of_wrong_grants_is_read_in_bearable_time():
    line = "  - {group: payments-developers, role: developr, namespaces: [development, stagin]}\n"
    text = f"{SMALL}" + line * ((MAX_BYTES - len(SMALL)) // len(line))
    start = time.process_time()
    assert len(problems_of(text)) == 2 * ((MAX_BYTES - len(SMALL)) // len(line))
    assert time.process_time() - start < SECONDS


def test_anchors_may_be_used_for_what_is_said_twice():
    roles = "roles:\n  a: {rules: &r [{apiGroups: [''], resources: [pods], verbs: [get]}]}\n  b: {rules: *r}\n"
    assert problems_of(HEAD + CLUSTERS + roles) == []
