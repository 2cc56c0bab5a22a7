"""MFA against an STS that checks codes and trust policies: a role that wants both MFA and the person's own name."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from kaccess.sandbox import world
from kaccess.sandbox.server import Sandbox, running_sandbox
from tests.aws.fake_sts import SERIAL
from tests.credentials.keyrings import FOLDER_VARIABLE
from tests.credentials.mfa_person import PROMPT
from tests.credentials.terminal import PATIENCE, Terminal, run

ROLE = f"arn:aws:iam::{world.ACCOUNT.id}:role/teams/payments"
NAMED = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}
TOKEN = ("token", "--cluster", world.CLUSTER, "--region", world.ACCOUNT.region)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "sandbox") as found:
        yield found


@pytest.fixture(autouse=True)
def role(sandbox: Sandbox) -> None:
    """The role, which ana, who has a device, and ben may assume as far as their own policies go."""
    assert world.give_device("ana") == SERIAL
    key, secret = sandbox.keys["admin"]
    where = {"region_name": world.ACCOUNT.region, "endpoint_url": sandbox.aws_url}
    iam = boto3.client("iam", aws_access_key_id=key, aws_secret_access_key=secret, **where)
    anyone = {"AWS": f"arn:aws:iam::{world.ACCOUNT.id}:root"}
    trust = policy(Principal=anyone, Action="sts:AssumeRole", Condition=NAMED)
    iam.create_role(RoleName="payments", Path="/teams/", AssumeRolePolicyDocument=trust)
    for person in ("ana", "ben"):
        document = policy(Action="sts:AssumeRole", Resource=ROLE)
        iam.put_user_policy(UserName=person, PolicyName="assume", PolicyDocument=document)


def policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """An environment with a profile for the role by ana, naming her MFA device, and one by ben, who has none."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environ |= sandbox.environment("ana")
    del environ["AWS_PROFILE"]
    with Path(environ["AWS_CONFIG_FILE"]).open("a") as config:
        config.write(f"\n[profile by-ana]\nrole_arn = {ROLE}\nsource_profile = ana\nmfa_serial = {SERIAL}\n")
        config.write(f"\n[profile by-ben]\nrole_arn = {ROLE}\nsource_profile = ben\n")
    return environ | {
        "PYTHON_KEYRING_BACKEND": "tests.credentials.keyrings.FileKeyring",
        FOLDER_VARIABLE: str(tmp_path),
    }


def caller_of(answer: str | bytes, sandbox: Sandbox) -> str:
    """Whose token it is, by the sandbox's own sessions."""
    token = json.loads(answer)["status"]["token"].removeprefix("k8s-aws-v1.")
    query = parse_qs(urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()).query)
    key = query["X-Amz-Credential"][0].split("/")[0]
    return sandbox.cloud.sessions.find(key, query["X-Amz-Security-Token"][0], datetime.now(timezone.utc)).principal.arn


def test_one_code_lets_the_person_in_under_their_own_name(
    sandbox: Sandbox, desk: dict[str, str], terminal: Terminal
) -> None:
    call = terminal.start(desk, *TOKEN, "--profile", "by-ana")
    terminal.wait_for(PROMPT)
    terminal.type("000000")
    terminal.wait_for(f"{PROMPT}\r\n{PROMPT}")
    terminal.type(sandbox.mfa_code("ana"))
    stdout, stderr = call.communicate(timeout=PATIENCE)
    assert call.returncode == 0, stderr

    again = run(desk, *TOKEN[:2], "other-eks", *TOKEN[3:], "--profile", "by-ana")
    assert (again.returncode, again.stderr) == (0, "")
    for answer in (stdout, again.stdout):
        assert caller_of(answer, sandbox) == f"arn:aws:sts::{world.ACCOUNT.id}:assumed-role/payments/ana"


def test_without_a_code_the_line_says_who_which_and_what_to_do(desk: dict[str, str]) -> None:
    found = run(desk, *TOKEN, "--profile", "by-ben")
    assert found.returncode != 0
    assert f"user/ben may not assume {ROLE} (sts:AssumeRole)" in found.stderr
    assert "mfa_serial" in found.stderr
    assert found.stderr.count("\n") == 1
