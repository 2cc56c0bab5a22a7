"""One control plane for all tests of this folder, with the authenticator in place."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from .authenticator import Authenticator
from .gate import require
from .servers import ControlPlane


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    require()
    folder: pathlib.Path = tmp_path_factory.mktemp("controlplane")
    authenticator = Authenticator(folder / "authenticator", "kaccess-test")
    with ControlPlane(folder, authenticator=authenticator) as started:
        yield started
