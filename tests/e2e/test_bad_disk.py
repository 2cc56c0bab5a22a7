"""Kubeconfigs that are broken or may not be written, disks that are full, and outputs that nobody reads."""

import os
import resource
import subprocess
from contextlib import suppress

import pytest

from tests.e2e.bad_check import files, refused, refused_as_json

GRANT = ("payments-developers", "developer", "development")
KEPT = b"apiVersion: v1\nkind: Config\n"
TOKEN = ("token", "--cluster", "cardo-eks", "--region", "eu-south-1")


@pytest.fixture
def applied(company):
    company.policy(GRANT)
    company.apply()
    return company


def kubeconfig(company):
    path = company.folder / "homes/ana/.kube/config"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def disk(company):
    """Mounts a file system of its own with these options, if this machine lets us; it is gone after the test."""
    mounted = []

    def mount(options):
        folder = company.folder / "disk"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("only root may mount a file system")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


def fill(folder):
    """Leave not a byte free."""
    with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert os.statvfs(folder).f_bavail == 0


CORRUPT = {
    b"{{{{": "not YAML (line 2: did not find expected node content); repair or move the file",
    b"a:\n\tb: c\n": "not YAML (line 2: found character that cannot start any token); repair or move the file",
    b"- a\n": "not a kubeconfig: it holds no mapping; repair or move the file",
    b"kind: Pod\n": "not a kubeconfig: kind is not Config; repair or move the file",
    b"contexts: 3\n": "not a kubeconfig: contexts is not a list of mappings; repair or move the file",
    b"users: []\nusers: []\n": "not a kubeconfig: 'users' is there twice; repair or move the file",
    b"\xff\xfe": "not UTF-8 (byte 0); nothing was changed",
}


def test_a_corrupt_kubeconfig(applied):
    path = kubeconfig(applied)
    for content, why in CORRUPT.items():
        path.write_bytes(content)
        assert refused(applied, "ana", "login") == [f"{path}: {why}"]
        assert path.read_bytes() == content
    assert refused_as_json(applied, "ana", "login") == [f"{path}: {why}"]
    assert refused(applied, "ana", "logout") == [f"{path}: {why}"]


def test_a_kubeconfig_that_is_a_folder(applied):
    path = kubeconfig(applied)
    path.mkdir()
    assert refused(applied, "ana", "login") == [f"{path}: not a regular file; set KUBECONFIG to one"]


def test_a_read_only_kubeconfig(applied):
    path = kubeconfig(applied)
    path.write_bytes(KEPT)
    path.chmod(0o400)
    assert refused(applied, "ana", "login") == [
        f"{path}: the file is read-only; make it writable or set KUBECONFIG to another"
    ]


def test_a_read_only_disk(applied, disk):
    folder = disk("size=64k")
    (folder / "config").write_bytes(KEPT)
    (folder / "kaccess.yaml").write_bytes(applied.policy_file.read_bytes())
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    applied.extra = {"KUBECONFIG": str(folder / "config")}
    assert refused(applied, "ana", "login") == [f"{folder}/config: Read-only file system; the file is unchanged"]
    assert edit_refused(applied, folder) == [f"{folder}/kaccess.yaml: cannot be written: Read-only file system"]


def edit_refused(company, folder):
    """What a grant says that cannot write its file; the diff and the plan are shown before."""
    words = ("grant", "data-engineers", "--role", "reader", "-n", "staging", "--yes")
    return refused(company, "admin", "--policy", str(folder / "kaccess.yaml"), *words, shown=("-", "+", "@", " ", "c"))


def test_a_full_disk_leaves_kubeconfig_and_policy_and_cluster_as_they_were(applied, disk):
    folder = disk("size=64k")
    (folder / "config").write_bytes(KEPT)
    (folder / "kaccess.yaml").write_bytes(applied.policy_file.read_bytes())
    fill(folder)
    applied.extra = {"KUBECONFIG": str(folder / "config")}
    assert refused(applied, "ana", "login") == [f"{folder}/config: No space left on device; the file is unchanged"]
    assert edit_refused(applied, folder) == [f"{folder}/kaccess.yaml: cannot be written: No space left on device"]
    assert refused(applied, "admin", "init", "--cluster", "cardo-eks", f"{folder}/new.yaml", code=2) == [
        f"{folder}/new.yaml: No space left on device; choose another path"
    ]


def test_a_full_disk_costs_a_token_its_cache_and_nothing_else(applied, disk):
    folder = disk("size=64k")
    fill(folder)
    applied.extra = {"XDG_CACHE_HOME": str(folder), "XDG_RUNTIME_DIR": ""}
    done = applied.kaccess("ana", *TOKEN)
    assert done.code == 0
    assert '"token": "k8s-aws-v1.' in done.out
    assert done.err.startswith(f"kaccess: {folder}/kaccess/tokens/")
    assert done.err.endswith(": No space left on device; the token is not kept for the next call\n")
    assert done.err.count("\n") == 1


def no_more_than(size):
    """A limit on the size of files that every user may set: what is written beyond fails."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_file_that_may_not_grow_leaves_kubeconfig_and_policy_as_they_were(applied):
    path = kubeconfig(applied)
    path.write_bytes(KEPT)
    before = files(applied.folder)
    for person, words, why in (
        ("ana", ("login",), f"{path}: File too large; the file is unchanged"),
        (
            "admin",
            ("grant", "data-engineers", "--role", "reader", "-n", "staging", "--no-apply"),
            "kaccess.yaml: cannot be written: File too large",
        ),
        ("admin", ("init", "--cluster", "cardo-eks", "new.yaml"), "new.yaml: File too large; choose another path"),
    ):
        process = applied.start(person, "kaccess", *words, preexec_fn=no_more_than(10))
        out, err = process.communicate(timeout=30)
        assert process.returncode in {1, 2}
        assert out == ""
        assert err.splitlines()[-1] == f"error: {why}"
        assert "Traceback" not in err
        assert files(applied.folder) == before


OUTPUTS = (("plan",), ("plan", "-o", "json"), ("audit",), ("validate",), ("schema",), ("--help",), TOKEN)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110
def test_an_output_that_takes_nothing_is_said_in_one_line(applied):
    for words in OUTPUTS:
        done = applied.run("ana" if words == TOKEN else "admin", "sh", "-c", 'kaccess "$@" > /dev/full', "sh", *words)
        assert (done.code, done.err) == (
            1,
            "error: cannot write the output: No space left on device; make room, or send the output elsewhere\n",
        ), words
    assert applied.run("admin", "sh", "-c", "kaccess plan > /dev/full 2>&1").code == 1


def test_a_reader_that_has_gone_is_no_error(applied):
    for words in OUTPUTS:
        done = applied.run("admin", "bash", "-c", '(sleep 0.2; kaccess "$@") | true; exit 0', "bash", *words)
        assert (done.code, done.said) == (0, ""), words
    done = applied.run("admin", "bash", "-c", "kaccess schema | head -1")
    assert done.said == "{\n"


def test_an_output_that_is_closed_is_no_error(applied):
    for words in OUTPUTS:
        done = applied.run("admin", "sh", "-c", 'kaccess "$@" >&-', "sh", *words)
        assert (done.code, done.said) == (0, ""), words
