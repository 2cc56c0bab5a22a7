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
`.aws_answered` and `.kube_answered` are called when a request has been done, and may raise the same, or
`ConnectionError` to let the client never hear of it.
"""

from __future__ import annotations

import base64
import configparser
import io
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from kaccess.sandbox import aws_auth, world
from kaccess.sandbox.address import (
    CONFIG_FILE,
    CREDENTIALS_FILE,
    DEFAULT_MODE,
    MFA_FILE,
    SandboxAddress,
    SandboxError,
    environment,
)
from kaccess.sandbox.authenticator import Authenticator
from kaccess.sandbox.aws.account import forget_everything
from kaccess.sandbox.aws.cloud import Cloud
from kaccess.sandbox.aws.messages import AwsRequest
from kaccess.sandbox.aws.messages import Response as AwsResponse
from kaccess.sandbox.aws.mfa import Mfa
from kaccess.sandbox.certificates import KUBERNETES_HOSTS, Authority, write_private
from kaccess.sandbox.kube.app import RequestRecord, create_app
from kaccess.sandbox.kube.resources import CONFIG_MAPS
from kaccess.sandbox.kube.store import Store
from kaccess.sandbox.listeners import AwsListener, KubeListener

LOG = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass
class Observers:
    """What is told of each request; None: nobody."""

    aws: Callable[[AwsRequest], None] | None = None
    kube: Callable[[RequestRecord], None] | None = None
    aws_answered: Callable[[AwsRequest], None] | None = None
    kube_answered: Callable[[RequestRecord], None] | None = None

    def see_aws(self, request: AwsRequest) -> None:
        """Tell the observer of AWS."""
        if self.aws is not None:
            self.aws(request)

    async def see_kube(self, request: RequestRecord) -> None:
        """Tell the observer of the Kubernetes API, which sees requests whose token is good."""
        if self.kube is not None:
            await run_in_threadpool(self.kube, request)

    def see_aws_answer(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        """Tell the observer of AWS what has been done; the answer, if it still is to be sent."""
        if self.aws_answered is not None:
            self.aws_answered(request)
        return response

    async def see_kube_answer(self, request: RequestRecord) -> None:
        """Tell the observer of the Kubernetes API what has been done."""
        if self.kube_answered is not None:
            await run_in_threadpool(self.kube_answered, request)


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
        """Who has credentials: the people, and once more who has an MFA device."""
        return self.address.profiles

    def environment(self, profile: str) -> dict[str, str]:
        """The variables that make AWS SDKs use the sandbox as the person with this profile."""
        return environment(self.address, profile)

    def mfa_code(self, person: str) -> str:
        """A one-time code of a person's MFA device, not used yet.

        Raises:
            SandboxError: they have no device, or have used all codes of these 30 seconds.
        """
        serial = self.cloud.mfa.serial_of(person)
        code = None if serial is None else self.cloud.mfa.unused_code(serial, self.cloud.now())
        if code is None:
            raise SandboxError(f"{person} has no MFA device with a code that is good now")
        return code


@contextmanager
def running_sandbox(
    folder: Path,
    *,
    on_kube_request: Callable[[RequestRecord], None] | None = None,
    on_aws_request: Callable[[AwsRequest], None] | None = None,
    now: Clock | None = None,
    cluster: KubeEndpoint | None = None,
    authentication_mode: str = DEFAULT_MODE,
) -> Iterator[Sandbox]:
    """A new sandbox with its files in `folder`, on free ports of loopback, for as long as the context lasts.

    `now` is the clock (aware) by which signatures, sessions and tokens are judged. `cluster` is a Kubernetes API that
    runs already: EKS then tells of that one, and the sandbox starts none of its own. In the `authentication_mode`s that
    read it, a cluster of its own has an aws-auth ConfigMap.

    Raises:
        SandboxError: it did not come up.
    """
    clock = now or (lambda: datetime.now(timezone.utc))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    forget_everything()
    observers = Observers(on_aws_request, on_kube_request)
    cloud = Cloud(world.ACCOUNT, clock, observers.see_aws, observers.see_aws_answer)
    store = Store()
    with ExitStack() as started:
        if cluster is None:
            world.seed_kube(store, clock(), authentication_mode)
            cluster = started.enter_context(_own_cluster(folder, _kube_api(store, cloud, observers, clock)))
        aws = AwsListener(cloud)
        started.callback(aws.stop)
        keys = world.seed_aws(cloud, cluster.url, cluster.authority_pem, authentication_mode)
        address = _address(folder, aws.url, cluster.url, authentication_mode, keys)
        address.ca_file.write_bytes(cluster.authority_pem)
        _write_aws_files(address, keys, cloud.mfa)
        yield Sandbox(address, cloud, store, observers, keys)


@contextmanager
def _own_cluster(folder: Path, api: Starlette) -> Iterator[KubeEndpoint]:
    files = Authority(folder, "ca", datetime.now(timezone.utc)).issue("server", KUBERNETES_HOSTS)
    kube = KubeListener()
    try:
        kube.start(api, files.certificate, files.key)
        yield KubeEndpoint(kube.url, files.authority_pem)
    finally:
        kube.stop()


def _address(folder: Path, aws_url: str, kube_url: str, mode: str, people: Iterable[str]) -> SandboxAddress:
    return SandboxAddress(
        folder=folder,
        aws_url=aws_url,
        kube_url=kube_url,
        region=world.ACCOUNT.region,
        cluster=world.CLUSTER,
        authentication_mode=mode,
        pid=os.getpid(),
        profiles=(*people, world.MFA_PROFILE),
    )


def _kube_api(store: Store, cloud: Cloud, observers: Observers, now: Clock) -> Starlette:
    authenticator = Authenticator(cloud, world.CLUSTER, now, partial(_aws_auth, store))
    return create_app(
        store,
        authenticator.authenticate,
        access=authenticator.access_allows,
        on_request=observers.see_kube,
        on_done=observers.see_kube_answer,
        now=now,
    )


def _aws_auth(store: Store) -> Mapping[str, str]:
    found = store.find(CONFIG_MAPS, aws_auth.NAMESPACE, aws_auth.NAME)
    data: Mapping[str, str] = (found or {}).get("data") or {}
    return data


def _write_aws_files(address: SandboxAddress, keys: Mapping[str, tuple[str, str]], mfa: Mfa) -> None:
    of_profile = {**keys, world.MFA_PROFILE: keys[world.MFA_PERSON]}
    credentials = {
        name: {"aws_access_key_id": key, "aws_secret_access_key": secret} for name, (key, secret) in of_profile.items()
    }
    config = {f"profile {name}": {"region": address.region} for name in of_profile}
    serials = {name: serial for name in keys if (serial := mfa.serial_of(name)) is not None}
    config[f"profile {world.MFA_PROFILE}"]["mfa_serial"] = serials[world.MFA_PERSON]
    seeds = {name: mfa.seed(serial) for name, serial in serials.items()}
    write_private(address.folder / CREDENTIALS_FILE, _ini(credentials))
    write_private(address.folder / CONFIG_FILE, _ini(config))
    write_private(address.folder / MFA_FILE, json.dumps(seeds).encode())


def _ini(sections: Mapping[str, Mapping[str, str]]) -> bytes:
    parser = configparser.RawConfigParser()
    parser.read_dict(sections)
    text = io.StringIO()
    parser.write(text)
    return text.getvalue().encode()
