"""One machine and one sandbox for all tests of this folder, which take the person's files away after each other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from kaccess.sandbox.server import running_sandbox
from tests.e2e.company import Company
from tests.windows.console import Console
from tests.windows.machine import Machine, windows, windows_path
from tests.windows.parts import require_windows

Person = Callable[[str], dict[str, str]]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    parts = require_windows()
    with windows(parts, tmp_path_factory.mktemp("windows")) as found:
        yield found


@pytest.fixture
def machine(installed: Machine) -> Iterator[Machine]:
    """The machine, whose user has no file of kaccess's."""
    yield installed
    for folder in (installed.profile / ".kube", installed.local / "kaccess"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company on a sandbox, whose policy is applied."""
    folder = tmp_path_factory.mktemp("company")
    with running_sandbox(folder / "sandbox") as sandbox:
        found = Company(sandbox, folder)
        found.policy(("payments-developers", "developer", "development"), ("data-engineers", "reader", "staging"))
        found.apply()
        yield found


@pytest.fixture
def person(company: Company) -> Person:
    """The variables of a person's shell on Windows, by the name of their profile."""

    def environ(profile: str) -> dict[str, str]:
        found = company.sandbox.environment(profile)
        return {name: windows_path(value) if name.endswith("_FILE") else value for name, value in found.items()}

    return environ


@pytest.fixture
def console() -> Iterator[Console]:
    found = Console()
    yield found
    found.close()


@pytest.fixture
def ana(person: Person, machine: Machine) -> dict[str, str]:
    """Ana, who is logged in."""
    done = machine.kaccess(person("ana"), "login")
    assert (done.code, done.err) == (0, ""), done
    return person("ana")
