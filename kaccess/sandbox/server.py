"""A running sandbox: moto's AWS and the Kubernetes API in one process, seeded and wired to each other.

Tests use it in process, one at a time, since moto keeps one state for the whole process::

    @pytest.fixture
    def sandbox(tmp_path):
        with running_sandbox(tmp_path / "sandbox") as sandbox:
            yield sandbox

    def test_it(sandbox, monkeypatch):
        for name, value in sandbox.environment("ana").items():
            monkeypatch.setenv(name, value)
        ...                               # boto3 now speaks to the sandbox as ana; EKS tells the Kubernetes URL and CA

`sandbox.cloud` and `sandbox.store` are what the two servers serve from, for looking in or for arranging a test.
`sandbox.observers.aws` and `.kube` may be set at any time to a function that is called with each request before it is
answered, and runs on a thread of its own: it may count, sleep, or raise `AwsError` or `StatusError` to let it fail.
"""

from __future__ import annotations

import base64
import configparser
import io
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from kaccess.sandbox import world
from kaccess.sandbox.address import CONFIG_FILE, CREDENTIALS_FILE, SandboxAddress, environment
from kaccess.sandbox.authenticator import Authenticator
from kaccess.sandbox.aws.account import forget_everything
from kaccess.sandbox.aws.cloud import Cloud
from kaccess.sandbox.aws.messages import AwsRequest
from kaccess.sandbox.certificates import write_certificates, write_private
from kaccess.sandbox.kube.app import RequestRecord, create_app
from kaccess.sandbox.kube.store import Store
from kaccess.sandbox.listeners import AwsListener, KubeListener

LOG = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass
class Observers:
    """What is told of each request; None: nobody."""

    aws: Callable[[AwsRequest], None] | None = None
    kube: Callable[[RequestRecord], None] | None = None

    def see_aws(self, request: AwsRequest) -> None:
        """Tell the observer of AWS."""
        if self.aws is not None:
            self.aws(request)

    async def see_kube(self, request: RequestRecord) -> None:
        """Tell the observer of the Kubernetes API, which sees requests whose token is good."""
        if self.kube is not None:
            await run_in_threadpool(self.kube, request)


@dataclass(frozen=True)
class KubeEndpoint:
    """Where a Kubernetes API answers, and the PEM of the authority behind its certificate."""

    url: str
    authority_pem: bytes


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that answers. `keys` are everyone's access key id and secret."""

    address: SandboxAddress
    cloud: Cloud
    store: Store
    observers: Observers
    keys: Mapping[str, tuple[str, str]]

    @property
    def aws_url(self) -> str:
        """Where its AWS answers: the endpoint URL of every service."""
        return self.address.aws_url

    @property
    def kube_url(self) -> str:
        """Where its Kubernetes API answers."""
        return self.address.kube_url

    @property
    def ca_data(self) -> str:
        """The Kubernetes API's authority as kubeconfigs carry it: base64 of PEM."""
        return base64.b64encode(self.address.ca_file.read_bytes()).decode()

    @property
    def profiles(self) -> tuple[str, ...]:
        """The people who have credentials."""
        return self.address.profiles

    def environment(self, profile: str) -> dict[str, str]:
        """The variables that make AWS SDKs use the sandbox as the person with this profile."""
        return environment(self.address, profile)


@contextmanager
def running_sandbox(
    folder: Path,
    *,
    on_kube_request: Callable[[RequestRecord], None] | None = None,
    on_aws_request: Callable[[AwsRequest], None] | None = None,
    now: Clock | None = None,
    cluster: KubeEndpoint | None = None,
) -> Iterator[Sandbox]:
    """A new sandbox with its files in `folder`, on free ports of loopback, for as long as the context lasts.

    `now` is the clock (aware) by which signatures, sessions and tokens are judged. `cluster` is a Kubernetes API that
    runs already: EKS then tells of that one, and the sandbox starts none of its own.

    Raises:
        SandboxError: it did not come up.
    """
    clock = now or (lambda: datetime.now(timezone.utc))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    forget_everything()
    observers = Observers(on_aws_request, on_kube_request)
    cloud = Cloud(world.ACCOUNT, clock, observers.see_aws)
    store = Store()
    with ExitStack() as started:
        if cluster is None:
            world.seed_kube(store, clock())
            cluster = started.enter_context(_own_cluster(folder, _kube_api(store, cloud, observers, clock)))
        aws = AwsListener(cloud)
        started.callback(aws.stop)
        keys = world.seed_aws(cloud, cluster.url, cluster.authority_pem)
        address = SandboxAddress(
            folder, aws.url, cluster.url, world.ACCOUNT.region, world.CLUSTER, os.getpid(), tuple(keys)
        )
        address.ca_file.write_bytes(cluster.authority_pem)
        _write_aws_files(address, keys)
        yield Sandbox(address, cloud, store, observers, keys)


@contextmanager
def _own_cluster(folder: Path, api: Starlette) -> Iterator[KubeEndpoint]:
    files = write_certificates(folder, datetime.now(timezone.utc))
    kube = KubeListener()
    try:
        kube.start(api, files.certificate, files.key)
        yield KubeEndpoint(kube.url, files.authority_pem)
    finally:
        kube.stop()


def _kube_api(store: Store, cloud: Cloud, observers: Observers, now: Clock) -> Starlette:
    authenticator = Authenticator(cloud, world.CLUSTER, now)
    return create_app(
        store,
        authenticator.authenticate,
        access=authenticator.access_allows,
        on_request=observers.see_kube,
        now=now,
    )


def _write_aws_files(address: SandboxAddress, keys: Mapping[str, tuple[str, str]]) -> None:
    credentials = {
        name: {"aws_access_key_id": key, "aws_secret_access_key": secret} for name, (key, secret) in keys.items()
    }
    config = {f"profile {name}": {"region": address.region} for name in keys}
    write_private(address.folder / CREDENTIALS_FILE, _ini(credentials))
    write_private(address.folder / CONFIG_FILE, _ini(config))


def _ini(sections: Mapping[str, Mapping[str, str]]) -> bytes:
    parser = configparser.RawConfigParser()
    parser.read_dict(sections)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue().encode()
