"""The sandbox's AWS alone, over HTTP, with boto3 as its client and a clock that tests may move."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from kaccess.sandbox import world
from kaccess.sandbox.aws.account import forget_everything
from kaccess.sandbox.aws.cloud import Cloud
from kaccess.sandbox.listeners import AwsListener
from kaccess.sandbox.server import running_sandbox

CLUSTER = world.CLUSTER
ACCOUNT = world.ACCOUNT.id
REGION = world.ACCOUNT.region
SESSION = boto3.session.Session()  # keeps the parsed service models, which take longer than any test


@dataclass
class Clock:
    """The time that the sandbox believes in: the real one, moved by `offset`."""

    offset: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) + self.offset


@dataclass
class Aws:
    cloud: Cloud
    url: str
    keys: dict[str, tuple[str, str]]
    clients: list[Any] = field(default_factory=list)

    def client(self, service: str, person: str = "admin") -> Any:
        key, secret = self.keys[person]
        return self.client_of(service, key, secret)

    def client_of(self, service: str, key: str, secret: str, token: str | None = None, region: str = REGION) -> Any:
        client = SESSION.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.clients.append(client)
        return client

    def session(self, service: str, credentials: dict[str, Any]) -> Any:
        return self.client_of(
            service, credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
        )

    def add_user(self, name: str, path: str = "/") -> str:
        return str(world.ACCOUNT.iam.create_user(world.ACCOUNT.region, name, path).arn)

    def add_role(self, name: str, trust: dict[str, Any] | None = None, path: str = "/") -> str:
        statement = trust or {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return str(world.ACCOUNT.iam.create_role(name, document, path, None, "", [], None).arn)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> Iterator[Aws]:
    forget_everything()
    cloud = Cloud(world.ACCOUNT, clock)
    keys = world.seed_aws(cloud, "https://127.0.0.1:6443", b"PEM")
    listener = AwsListener(cloud)
    aws = Aws(cloud, listener.url, keys)
    yield aws
    for client in aws.clients:
        client.close()
    listener.stop()


@pytest.fixture
def refusal() -> Callable[..., tuple[int, str, str]]:
    """Calls a client and returns status, code and message of the refusal it must meet."""

    def call(method: Callable[..., Any], **arguments: Any) -> tuple[int, str, str]:
        with pytest.raises(ClientError) as caught:
            method(**arguments)
        response = caught.value.response
        return (
            response["ResponseMetadata"]["HTTPStatusCode"],
            response["Error"]["Code"],
            response["Error"]["Message"],
        )

    return call


@pytest.fixture
def sandbox(tmp_path):
    with running_sandbox(tmp_path / "state" / "sandbox") as running:
        yield running


@pytest.fixture
def become(sandbox, monkeypatch):
    """Makes the process one of the sandbox's people, as `kaccess sandbox up` tells people to."""

    def as_person(person):
        for name, value in sandbox.environment(person).items():
            monkeypatch.setenv(name, value)
        return boto3.session.Session()

    return as_person
