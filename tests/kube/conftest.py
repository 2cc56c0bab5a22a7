from __future__ import annotations

from collections.abc import Iterator

import pytest

from kaccess.kube.api import KubeApi
from tests.kube.stub_server import StubServer, serve


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StubServer]:
    with serve(tmp_path_factory.mktemp("tls")) as stub:
        yield stub


@pytest.fixture
def stub(_server: StubServer) -> StubServer:
    _server.asked.clear()
    _server.script()
    return _server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that were waited for, none of which pass."""
    return []


@pytest.fixture
def api(stub: StubServer, waits: list[float]) -> Iterator[KubeApi]:
    with KubeApi(stub.endpoint, stub.ca_data, lambda: "k8s-aws-v1.secret", sleep=waits.append) as api:
        yield api
