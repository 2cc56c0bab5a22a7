"""`kaccess token` by every way of signing in to AWS, each from its own files, and what each says when it has ended."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.aws.answers import xml
from tests.aws.fake_sts import FakeSts
from tests.credentials.terminal import run
from tests.kube.stub_server import Answer, Asked, serve

START_URL = "https://corp.awsapps.com/start"
END = datetime.now(timezone.utc) + timedelta(hours=1)
ROLE = "arn:aws:iam::111122223333:role/payments"
SSO = "sso_account_id = 111122223333\nsso_role_name = dev\nregion = eu-south-1\n"
CONFIG = f"""
[profile keys]
aws_access_key_id = AKIAANA
aws_secret_access_key = s
[profile chain]
role_arn = {ROLE}
source_profile = keys
external_id = x-1
[profile process]
credential_process = cat PROCESS
[profile web]
role_arn = {ROLE}
web_identity_token_file = WEB
[profile sso]
sso_session = corp
{SSO}
[sso-session corp]
sso_region = eu-south-1
sso_start_url = {START_URL}
sso_registration_scopes = sso:account:access
[profile old-sso]
sso_region = eu-south-1
sso_start_url = {START_URL}
{SSO}
[profile role-of-sso]
role_arn = {ROLE}
source_profile = sso
[profile role-of-container]
role_arn = {ROLE}
credential_source = EcsContainer
"""


def keys(access_key_id: str, token_name: str = "SessionToken") -> dict[str, object]:
    end = END.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"AccessKeyId": access_key_id, "SecretAccessKey": "s", token_name: "t", "Expiration": end}


@dataclass
class FakeAws:
    """STS, single sign-on, a container's and an instance's credentials."""

    endpoint: str = ""
    sts: FakeSts = field(default_factory=FakeSts)

    def __post_init__(self) -> None:
        for name in ("ASIASSO", "ASIACONTAINER"):
            self.sts.people[name] = f"arn:aws:sts::111122223333:assumed-role/{name}/ana"

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/federation/credentials":
            return self._sign_on(asked)
        if asked.path == "/container":
            return Answer(200, {**keys("ASIACONTAINER", "Token")})
        if asked.path.startswith("/latest/"):
            return self._instance(asked.path)
        if asked.body["Action"] == "AssumeRoleWithWebIdentity":
            return xml("AssumeRoleWithWebIdentity", self.sts._credentials("arn:aws:sts::1:assumed-role/web/w"))
        return self.sts(asked)

    def _sign_on(self, asked: Asked) -> Answer:
        assert asked.headers["x-amz-sso_bearer_token"] == "an-access-token"
        found = {"accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t"}
        return Answer(200, {"roleCredentials": {**found, "expiration": int(END.timestamp() * 1000)}})

    def _instance(self, path: str) -> Answer:
        if path == "/latest/api/token":
            return Answer(200, b"a-metadata-token")
        if path.endswith("/security-credentials/"):
            return Answer(200, b"a-role")
        return Answer(200, {**keys("ASIAINSTANCE", "Token"), "Code": "Success"})


@pytest.fixture
def aws() -> Iterator[FakeAws]:
    with serve(None) as stub:
        fake = FakeAws(stub.endpoint)
        stub.answer = fake
        yield fake


@pytest.fixture
def desk(environ: dict[str, str], aws: FakeAws, tmp_path: Path) -> dict[str, str]:
    """The environment of someone with all these profiles, signed in everywhere."""
    process, web = tmp_path / "process.json", tmp_path / "web.jwt"
    process.write_text(json.dumps({"Version": 1, **keys("ASIAPROCESS")}))
    web.write_text("a-web-identity-token")
    Path(environ["AWS_CONFIG_FILE"]).write_text(CONFIG.replace("PROCESS", str(process)).replace("WEB", str(web)))
    for name in ("corp", START_URL):
        sign_in(tmp_path, name, END)
    chosen = {name: value for name, value in environ.items() if "_KEY" not in name}
    return chosen | {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}


def sign_in(home: Path, name: str, end: datetime) -> None:
    """What `aws sso login` leaves."""
    path = home / ".aws" / "sso" / "cache" / f"{hashlib.sha1(name.encode()).hexdigest()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"startUrl": START_URL, "region": "eu-south-1", "accessToken": "an-access-token"}
    path.write_text(json.dumps({**found, "expiresAt": end.strftime("%Y-%m-%dT%H:%M:%SZ")}))


def key_of_token(environ: dict[str, str], *more: str) -> str:
    """The access key id that signed the token."""
    found = run(environ, "token", "--cluster", "cardo-eks", "--region", "eu-south-1", *more)
    assert (found.returncode, found.stderr) == (0, "")
    token = json.loads(found.stdout)["status"]["token"].removeprefix("k8s-aws-v1.")
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]


@pytest.mark.parametrize(
    ("profile", "begins"),
    [
        ("keys", "AKIAANA"),
        ("chain", "ASIA3"),
        ("process", "ASIAPROCESS"),
        ("web", "ASIA3"),
        ("sso", "ASIASSO"),
        ("old-sso", "ASIASSO"),
        ("role-of-sso", "ASIA3"),
    ],
)
def test_each_profile_signs_tokens(desk: dict[str, str], profile: str, begins: str) -> None:
    assert key_of_token(desk, "--profile", profile) == begins


def test_the_environment_signs_tokens(desk: dict[str, str], aws: FakeAws, tmp_path: Path) -> None:
    mine = {"AWS_ACCESS_KEY_ID": "AKIAANA", "AWS_SECRET_ACCESS_KEY": "s"}
    web = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "web.jwt"), "AWS_ROLE_ARN": ROLE, "AWS_REGION": "eu-south-1"}
    container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{aws.endpoint}/container"}
    instance = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{aws.endpoint}/"}
    assert key_of_token({**desk, **mine}) == "AKIAANA"
    assert key_of_token({**desk, **web}).startswith("ASIA3")
    assert key_of_token({**desk, **container}) == "ASIACONTAINER"
    assert key_of_token({**desk, **instance}) == "ASIAINSTANCE"
    assert key_of_token({**desk, **container}, "--profile", "role-of-container").startswith("ASIA4")


@pytest.mark.parametrize("profile", ["sso", "old-sso", "role-of-sso"])
def test_an_expired_sign_on_names_the_command_to_run(desk: dict[str, str], tmp_path: Path, profile: str) -> None:
    for name in ("corp", START_URL):
        sign_in(tmp_path, name, END - timedelta(hours=2))
    found = run(desk, "token", "--cluster", "cardo-eks", "--region", "eu-south-1", "--profile", profile)

    command = f"aws sso login --profile {'old-sso' if profile == 'old-sso' else 'sso'}"
    assert (found.returncode, found.stdout) == (5, "")
    assert f"run `{command}`" in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_role_by_single_sign_on_has_the_persons_name(desk: dict[str, str], aws: FakeAws) -> None:
    key_of_token(desk, "--profile", "sso", "--role-arn", ROLE)
    assumed = next(call for call in aws.sts.calls if call["Action"] == "AssumeRole")
    assert (assumed["RoleArn"], assumed["RoleSessionName"]) == (ROLE, "ana")
