"""AWS as a test scripts it, in an environment without any AWS settings of the machine's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.config import Config

from kaccess.aws import session as session_module
from kaccess.aws.eks import Eks
from kaccess.aws.iam import Iam
from kaccess.aws.session import AwsSession
from kaccess.model.identity import ClusterInfo
from tests.aws.assumed import allows, put, role
from tests.aws.fake_iam import FakeIam
from tests.kube.stub_server import StubServer, serve

REGION = "eu-south-1"
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "the-secret-access-key"
TOKEN = "the-session-token"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder that holds `config` and `credentials`, both absent."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(session_module, "_CONFIG", without_retries())
    return tmp_path


def without_retries(patience: float = 30) -> Config:
    """The room's own settings, but the first failure is final.

    `patience` is how many seconds silence may last: long, since a busy machine is slow, but where silence is the point.
    """
    once = {"mode": "standard", "total_max_attempts": 1}
    return session_module._CONFIG.merge(Config(connect_timeout=patience, read_timeout=patience, retries=once))


@pytest.fixture(scope="package")
def _server() -> Iterator[StubServer]:
    with serve(None) as stub:
        yield stub


@pytest.fixture
def stub(_server: StubServer) -> StubServer:
    _server.asked.clear()
    _server.script()
    return _server


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)


@pytest.fixture
def session(stub: StubServer, keys: None, monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stub.endpoint)
    return AwsSession(region=REGION)


@pytest.fixture
def iam(session: AwsSession) -> Iam:
    return Iam(session)


@pytest.fixture
def slept() -> list[float]:
    """The seconds that the room would have slept."""
    return []


@pytest.fixture
def eks(session: AwsSession, slept: list[float]) -> Eks:
    return Eks(session, REGION, slept.append)


@pytest.fixture
def cluster() -> Callable[..., ClusterInfo]:
    def info(mode: str = "API") -> ClusterInfo:
        arn = f"arn:aws:eks:{REGION}:111122223333:cluster/cardo"
        return ClusterInfo("cardo", arn, "https://127.0.0.1", "Q0E=", mode)

    return info


@pytest.fixture
def aws(stub: StubServer) -> FakeIam:
    """An account with the IAM group `data` and no role."""
    fake = FakeIam()
    fake.groups = {"data": {"access": "{}"}}
    stub.answer = fake
    return fake


@pytest.fixture
def made(aws: FakeIam) -> FakeIam:
    """The same with the role of `data` as kaccess made it, and its policy."""
    put(aws, role())
    aws.groups["data"]["kaccess-assume"] = allows("data")
    return aws
