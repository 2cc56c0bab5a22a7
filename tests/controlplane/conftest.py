"""One control plane for all tests of this folder, with the authenticator in place."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from .authenticator import Authenticator
from .client import Client
from .gate import require
from .servers import ControlPlane
from .summary import KEY, Summary


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    require()
    folder: pathlib.Path = tmp_path_factory.mktemp("controlplane")
    authenticator = Authenticator(folder / "authenticator", "kaccess-test")
    with ControlPlane(folder, authenticator=authenticator) as started:
        yield started


@pytest.fixture(scope="session")
def admin(plane: ControlPlane) -> Iterator[Client]:
    with Client.of(plane) as client:
        yield client


@pytest.fixture
def summary(pytestconfig: pytest.Config) -> Summary:
    """Lines for the end of the test run."""
    return pytestconfig.stash.setdefault(KEY, Summary())
