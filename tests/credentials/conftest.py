from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest

from kaccess.credentials.cache import TokenCache
from tests.aws.fake_sts import FakeSts
from tests.credentials.keyrings import FOLDER_VARIABLE, MemoryKeyring
from tests.credentials.mfa_person import CONFIG
from tests.credentials.terminal import Terminal
from tests.kube.stub_server import serve


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A runtime folder as a login session has it."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def environ(runtime: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of someone with plain keys and nothing else."""
    return {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "aws-config"),
    }


@pytest.fixture
def warnings() -> list[str]:
    """What was told to `warn`."""
    return []


@pytest.fixture
def cache(environ: dict[str, str], warnings: list[str]) -> TokenCache:
    return TokenCache(environ, warnings.append)


@pytest.fixture
def other_cache(warnings: list[str]) -> Callable[[dict[str, str]], TokenCache]:
    """The cache as it is seen from another environment."""
    return lambda environ: TokenCache(environ, warnings.append)


@pytest.fixture
def sts() -> Iterator[FakeSts]:
    with serve(None) as stub:
        fake = FakeSts(endpoint=stub.endpoint)
        stub.answer = fake
        yield fake


@pytest.fixture
def person(environ: dict[str, str], sts: FakeSts, tmp_path: Path) -> dict[str, str]:
    """The environment of Ana, who has MFA and a keyring."""
    Path(environ["AWS_CONFIG_FILE"]).write_text(CONFIG)
    chosen = {name: value for name, value in environ.items() if "_KEY" not in name}
    return chosen | {
        "AWS_ENDPOINT_URL": sts.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHON_KEYRING_BACKEND": "tests.credentials.keyrings.FileKeyring",
        FOLDER_VARIABLE: str(tmp_path),
    }


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    """The system keyring of this test, in memory."""
    before = keyring.get_keyring()
    found = MemoryKeyring()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    found = Terminal()
    yield found
    found.close()
