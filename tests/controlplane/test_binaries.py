"""Where the programs of a real control plane are looked for, and what is said when there are none."""

from __future__ import annotations

import pathlib

import pytest

from . import binaries
from .gate import REQUIRED, require


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.delenv(REQUIRED, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("KACCESS_CONTROLPLANE_CACHE", str(tmp_path / "cache"))
    # No Go: the tests that need one put their own on PATH.
    monkeypatch.setattr(binaries, "GO_FOLDER", str(tmp_path / "go"))


def test_each_place_gives_way_to_the_one_before(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "assets"))
    places = {"cache": binaries.cache_folder(), "PATH": tmp_path / "path", "KUBEBUILDER_ASSETS": tmp_path / "assets"}

    for source, folder in places.items():
        program = _program(folder / binaries.API_SERVER, "exit 0")
        assert binaries.find(binaries.API_SERVER) == binaries.Binary(binaries.API_SERVER, program, source)


def test_what_is_missing_is_built_once(tmp_path: pathlib.Path) -> None:
    _program(tmp_path / "path/go", 'for each; do case $each in -o=*) echo "#!" > "${each#-o=}"; esac; done')

    built = binaries.find(binaries.AUTHENTICATOR)

    assert built.source == "built"
    assert built.path == binaries.cache_folder() / binaries.AUTHENTICATOR
    built.path.chmod(0o755)  # which a real compiler does
    assert binaries.find(binaries.AUTHENTICATOR).source == "cache"


def test_a_failed_build_tells_its_last_line_and_leaves_nothing(tmp_path: pathlib.Path) -> None:
    _program(tmp_path / "path/go", 'echo "first" >&2; echo "go.mod requires go >= 1.26.0" >&2; exit 1')

    with pytest.raises(binaries.Unavailable, match=r"^go cannot build kube-apiserver: go.mod requires go >= 1.26.0$"):
        binaries.find(binaries.API_SERVER)

    assert [path.name for path in binaries.cache_folder().iterdir()] == ["build.lock"]


def test_without_go_the_reason_says_so() -> None:
    with pytest.raises(binaries.Unavailable, match="is not installed and there is no Go to build it"):
        binaries.find(binaries.CONTROLLER_MANAGER)


def test_a_folder_that_cannot_be_written_is_a_reason(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "path/go", "exit 0")
    (tmp_path / "file").touch()
    monkeypatch.setenv("KACCESS_CONTROLPLANE_CACHE", str(tmp_path / "file"))

    with pytest.raises(binaries.Unavailable, match=r"cannot keep kube-apiserver in .*: Not a directory"):
        binaries.find(binaries.API_SERVER)


def test_a_desk_without_the_programs_skips_with_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="no real control plane: kube-apiserver is not installed"):
        require(binaries.API_SERVER)


def test_where_they_are_required_it_fails_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED, "1")

    with pytest.raises(pytest.fail.Exception, match="no real control plane: kube-apiserver is not installed"):
        require(binaries.API_SERVER)


def test_the_versions_of_kubernetes_match() -> None:
    lines = (binaries.HERE / "go.mod").read_text().splitlines()
    pinned = next(line.split()[1] for line in lines if line.startswith("\tk8s.io/kubernetes v"))
    replaced = {line.split()[-1] for line in lines if " => k8s.io/" in line}

    assert replaced == {pinned.replace("v1.", "v0.", 1)}


def _program(path: pathlib.Path, script: str) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
