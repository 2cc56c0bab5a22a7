"""No secret, token or presigned URL leaves kaccess but by `token`'s answer and the token cache; at -vv neither."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from kaccess.sandbox import world
from kaccess.sandbox.server import Sandbox, running_sandbox
from tests.credentials.terminal import ROOT, run

REGION = "eu-south-1"
TOKEN = ("token", "--cluster", world.CLUSTER, "--region", REGION)
ROLE = f"arn:aws:iam::{world.ACCOUNT.id}:role/nobody-may-assume-this"
POLICY = f"""
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  cardo: {{name: {world.CLUSTER}, region: {REGION}, account: "{world.ACCOUNT.id}"}}
namespaces:
  staging: {{}}
roles:
  viewer: {{cluster_role: view}}
grants:
  - {{group: payments-developers, role: viewer, namespaces: [staging]}}
"""
SIGNS = re.compile(r"k8s-aws-v1\.|X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|Signature=", re.IGNORECASE)
CRASH = """
import sys
from kaccess.credentials import sign
from kaccess.__main__ import main
def crash(*_): raise RuntimeError("a defect")
sign._hmac = crash
sys.exit(main())
"""


@dataclass(frozen=True)
class Desk:
    """A person's machine: its environment, its folder, and all that must not be found on it."""

    environ: dict[str, str]
    folder: Path
    secrets: frozenset[str]

    def leaks(self, text: str) -> list[str]:
        return [*(secret for secret in self.secrets if secret in text), *SIGNS.findall(text)]

    def files(self) -> dict[Path, str]:
        return {path: path.read_text(errors="replace") for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One in which ben may look at staging."""
    folder = tmp_path_factory.mktemp("admin")
    (folder / "kaccess.yaml").write_text(POLICY)
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as found:
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **found.environment("admin")}
        applied = run(environ, "--policy", str(folder / "kaccess.yaml"), "apply", "--yes")
        assert applied.returncode == 0, applied.stderr
        yield found


@pytest.fixture(params=["keys", "session"])
def desk(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Desk:
    """Ben's, with his own keys or with a session's."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environ |= {"KUBECONFIG": str(tmp_path / "kubeconfig"), "NO_COLOR": "1"} | sandbox.environment("ben")
    key, secret = sandbox.keys["ben"]
    secrets = {secret}
    if request.param == "session":
        client = boto3.client(
            "sts", REGION, endpoint_url=sandbox.aws_url, aws_access_key_id=key, aws_secret_access_key=secret
        )
        opened = client.get_session_token()["Credentials"]
        secrets |= {opened["SecretAccessKey"], opened["SessionToken"]}
        environ |= {
            "AWS_ACCESS_KEY_ID": opened["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": opened["SecretAccessKey"],
            "AWS_SESSION_TOKEN": opened["SessionToken"],
        }
        environ.pop("AWS_PROFILE", None)
    return Desk(environ, tmp_path, frozenset(secrets))


def test_a_token_is_in_the_answer_and_in_the_cache_alone(desk: Desk) -> None:
    for words in (TOKEN, TOKEN, ("-vv", *TOKEN)):
        found = run(desk.environ, *words)
        assert json.loads(found.stdout)["status"]["token"].startswith("k8s-aws-v1.")
        assert desk.leaks(found.stderr) == []
    for path, text in desk.files().items():
        assert path.suffix == ".token" or desk.leaks(text) == [], path
        assert not any(secret in text for secret in desk.secrets), path
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize(
    "words",
    [
        ("login",),
        ("whoami",),
        ("whoami", "-o", "json"),
        ("can-i", "get", "pods"),
        ("doctor",),
        ("logout",),
        (*TOKEN, "--role-arn", ROLE),
        (*TOKEN, "--profile", "no-such-profile"),
        ("token", "--cluster", "not a cluster", "--region", REGION),
        ("login", "no-such-cluster"),
        ("plan",),
    ],
)
def test_nothing_else_says_or_writes_any(desk: Desk, words: tuple[str, ...]) -> None:
    for verbose in ((), ("-vv",)):
        found = run(desk.environ, *verbose, *words)
        assert desk.leaks(found.stdout + found.stderr) == []
    for path, text in desk.files().items():
        assert path.suffix == ".token" or desk.leaks(text) == [], path
        assert not any(secret in text for secret in desk.secrets), path


@pytest.mark.parametrize("damage", ["secret", "token"])
def test_neither_does_an_answer_to_a_signature_that_is_wrong(desk: Desk, damage: str) -> None:
    """AWS's own message quotes what was signed, session token included."""
    changes = {"secret": {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "token": {"AWS_SESSION_TOKEN": "wrong-token"}}
    environ = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "s", **desk.environ}
    for words in (("whoami",), ("-vv", "login")):
        found = run({**environ, **changes[damage]}, *words)
        assert found.returncode != 0 or damage == "secret"
        assert desk.leaks(found.stdout + found.stderr) == []
        assert "wrong-" not in found.stdout + found.stderr


@pytest.mark.parametrize("words", [TOKEN, ("-vv", "whoami")])
def test_neither_does_a_traceback(desk: Desk, words: tuple[str, ...]) -> None:
    environ = {**desk.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", CRASH, *words], env=environ, capture_output=True, text=True, check=False
    )
    assert "a defect" in found.stderr
    assert desk.leaks(found.stdout + found.stderr) == []


def test_the_kubeconfig_holds_a_command_and_no_token(desk: Desk) -> None:
    found = run(desk.environ, "login")
    assert found.returncode == 0, found.stderr
    text = Path(desk.environ["KUBECONFIG"]).read_text()
    assert "exec:" in text
    assert desk.leaks(text) == []


def test_the_search_would_find_them(desk: Desk) -> None:
    """A token is base64: what it holds must be looked for inside, so its beginning is what counts."""
    token = json.loads(run(desk.environ, *TOKEN).stdout)["status"]["token"]
    url = base64.urlsafe_b64decode(token.removeprefix("k8s-aws-v1.") + "===").decode()
    assert desk.leaks(token)
    assert desk.leaks(url)
    assert all(desk.leaks(secret) for secret in desk.secrets)
