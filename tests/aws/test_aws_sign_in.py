"""Signing in as the AWS CLI does: roles, MFA, the AWS CLI's caches, and no stall where there is nothing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from botocore.credentials import AssumeRoleCredentialFetcher

from kaccess.aws.errors import AccessDenied, ExpiredCredentials, NoCredentials
from kaccess.aws.keys import Keys
from kaccess.aws.session import AwsSession
from kaccess.aws.sign_in_role import session_name
from kaccess.model.errors import LoginNeeded, Usage
from tests.aws.answers import ACCOUNT
from tests.aws.conftest import REGION
from tests.aws.fake_sts import CODE, SERIAL, FakeSts
from tests.kube.stub_server import StubServer

ROLE = f"arn:aws:iam::{ACCOUNT}:role/teams/payments"
HUB = f"arn:aws:iam::{ACCOUNT}:role/hub"
ME = "[me]\naws_access_key_id = AKIAANA\naws_secret_access_key = s\n"


class Remembered:
    """MFA sessions in memory, by a person who gives `codes` in turn."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.kept: dict[tuple[str, str], Keys] = {}

    def session(self, access_key_id: str, serial: str, mint: Callable[[str], Keys | None]) -> Keys:
        while (access_key_id, serial) not in self.kept:
            if not self.codes:
                raise LoginNeeded("no more codes")
            opened = mint(self.codes.pop(0))
            if opened:
                self.kept[access_key_id, serial] = opened
        return self.kept[access_key_id, serial]


@pytest.fixture
def sts(stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> FakeSts:
    fake = FakeSts()
    stub.answer = fake
    monkeypatch.setenv("AWS_ENDPOINT_URL", stub.endpoint)
    monkeypatch.setenv("AWS_REGION", REGION)
    return fake


@pytest.fixture(autouse=True)
def home(environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(environment))
    return environment


def configure(home: Path, config: str = "", credentials: str = ME) -> None:
    (home / "config").write_text(config)
    (home / "credentials").write_text(credentials)


def role_profile(name: str, arn: str, **options: object) -> str:
    lines = [f"{key} = {value}" for key, value in {"role_arn": arn, "source_profile": "me", **options}.items()]
    return "\n".join([f"[profile {name}]", *lines, ""])


# --- roles -----------------------------------------------------------------------------------------------------------


def test_a_role_is_assumed_in_the_name_of_the_user(sts: FakeSts, home: Path) -> None:
    configure(home)
    caller = AwsSession("me", iam_role=ROLE).caller()

    assert caller.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/payments/ana"
    assert sts.actions() == ["GetCallerIdentity", "AssumeRole", "GetCallerIdentity"]
    assert sts.calls[1]["RoleArn"] == ROLE
    assert sts.callers[:2] == ["AKIAANA", "AKIAANA"]


def test_of_a_session_the_name_is_handed_on(sts: FakeSts, home: Path) -> None:
    configure(home, role_profile("dev", HUB, role_session_name="ana@corp"))
    assert AwsSession("dev", iam_role=ROLE).caller().arn.endswith("assumed-role/payments/ana@corp")


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::1:user/ana", "ana"),
        ("arn:aws:iam::1:user/a/b/ana.b+c=d,e@f-g_h", "ana.b+c=d,e@f-g_h"),
        ("arn:aws:sts::1:assumed-role/dev/ana@corp", "ana@corp"),
        ("arn:aws:sts::1:federated-user/Ana Rossi", "Ana-Rossi"),
        ("arn:aws:iam::1:root", "root"),
        ("arn:aws:iam::1:user/a", "a-"),
        ("arn:aws:iam::1:user/" + "x" * 80, "x" * 64),
    ],
)
def test_the_name_of_a_session(arn: str, name: str) -> None:
    assert session_name(arn) == name


def test_the_same_credentials_serve_several_roles(sts: FakeSts, home: Path) -> None:
    configure(home)
    base = AwsSession("me")
    first, second = base.as_role(ROLE), base.as_role(HUB)

    assert [each.caller().arn.split("/")[1] for each in (first, second)] == ["payments", "hub"]
    assert base.caller().arn.endswith("user/dev/ana")
    assert (first.iam_role, base.iam_role, first.profile) == (ROLE, None, "me")


def test_a_role_that_ends_soon_is_assumed_anew(sts: FakeSts, home: Path) -> None:
    configure(home)
    sts.life = timedelta(minutes=5)
    session = AwsSession("me", iam_role=ROLE)

    assert session.keys() != session.keys()
    assert sts.count("AssumeRole") == 2
    assert sts.count("GetCallerIdentity") == 1


@pytest.mark.parametrize("arn", ["payments", "arn:aws:iam::111122223333:user/ana", "arn:aws:sts::1:assumed-role/a/b"])
def test_what_is_no_role_is_refused_before_anything_is_asked(sts: FakeSts, arn: str) -> None:
    with pytest.raises(Usage):
        AwsSession("me", iam_role=arn)
    assert sts.calls == []


def test_a_role_that_may_not_be_assumed_says_who_which_and_what_next(sts: FakeSts, home: Path) -> None:
    configure(home)
    sts.refused.add(ROLE)
    with pytest.raises(AccessDenied) as caught:
        AwsSession("me", iam_role=ROLE).keys()
    line = str(caught.value)
    assert line.startswith(f"arn:aws:iam::{ACCOUNT}:user/dev/ana may not assume {ROLE} (sts:AssumeRole); ")
    assert "trust policy" in line
    assert "\n" not in line


# --- chains ----------------------------------------------------------------------------------------------------------


def test_a_chain_of_roles_with_all_that_a_profile_can_say(sts: FakeSts, home: Path) -> None:
    hub = role_profile("hub", HUB, external_id="x-1", duration_seconds=1800)
    configure(home, hub + role_profile("dev", ROLE, source_profile="hub", role_session_name="ci"))

    assert AwsSession("dev").caller().arn.endswith("assumed-role/payments/ci")
    first, second = (call for call in sts.calls if call["Action"] == "AssumeRole")
    assert (first["RoleArn"], first["ExternalId"], first["DurationSeconds"]) == (HUB, "x-1", "1800")
    assert (first["RoleSessionName"], second["RoleSessionName"]) == ("ana", "ci")
    assert "ExternalId" not in second


def test_the_environment_is_a_credential_source(sts: FakeSts, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAANA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    configure(home, f"[profile dev]\nrole_arn = {ROLE}\ncredential_source = Environment\n", "")
    assert AwsSession("dev").caller().arn.endswith("payments/ana")


def test_keys_of_the_environment_win_over_a_profile_that_was_not_asked_for(
    sts: FakeSts, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home, role_profile("dev", ROLE))
    monkeypatch.setenv("AWS_PROFILE", "dev")
    assert AwsSession().caller().arn.endswith("payments/ana")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAANA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert AwsSession().caller().arn.endswith("user/dev/ana")
    assert AwsSession("dev").caller().arn.endswith("payments/ana")


def test_a_source_without_credentials_is_named(home: Path, sts: FakeSts) -> None:
    configure(home, role_profile("dev", ROLE, source_profile="empty") + "[profile empty]\nregion = eu-south-1\n")
    with pytest.raises(NoCredentials, match=f"profile 'empty', by which {ROLE}"):
        AwsSession("dev").keys()


def test_expired_single_sign_on_behind_a_role_names_the_profile_to_log_in_to(home: Path, sts: FakeSts) -> None:
    sso = (
        "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n"
        "[sso-session corp]\nsso_region = eu-south-1\nsso_start_url = https://corp.awsapps.com/start\n"
    )
    configure(home, sso + role_profile("dev", ROLE, source_profile="corp"))
    for session in (AwsSession("dev"), AwsSession("corp", iam_role=ROLE)):
        with pytest.raises(ExpiredCredentials, match="aws sso login --profile corp"):
            session.keys()


# --- MFA -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["dev", "me"])
def test_one_code_opens_a_session_from_which_roles_are_assumed(sts: FakeSts, home: Path, profile: str) -> None:
    mine = ME + f"mfa_serial = {SERIAL}\n" if profile == "me" else ME
    configure(home, role_profile("dev", ROLE, mfa_serial=SERIAL), mine)
    mfa = Remembered(CODE)

    for role in (None, HUB, ROLE):
        AwsSession(profile, iam_role=role, mfa=mfa).keys()
    assert mfa.codes == []
    assert sts.count("GetSessionToken") == 1
    opened = next(call for call in sts.calls if call["Action"] == "GetSessionToken")
    assert (opened["SerialNumber"], opened["TokenCode"], opened["DurationSeconds"]) == (SERIAL, CODE, "43200")
    assert all("TokenCode" not in call for call in sts.calls if call["Action"] == "AssumeRole")


def test_a_wrong_code_is_asked_for_again(sts: FakeSts, home: Path) -> None:
    configure(home, "", ME + f"mfa_serial = {SERIAL}\n")
    assert AwsSession("me", mfa=Remembered("000000", CODE)).caller().arn.endswith("ana")


def test_temporary_keys_need_no_code(sts: FakeSts, home: Path) -> None:
    configure(home, "", ME + f"aws_session_token = t\nmfa_serial = {SERIAL}\n")
    assert AwsSession("me", mfa=Remembered()).keys().session_token == "t"


def test_without_anyone_to_ask_it_fails_at_once(sts: FakeSts, home: Path) -> None:
    configure(home, role_profile("dev", ROLE, mfa_serial=SERIAL))
    with pytest.raises(NoCredentials, match="run `kaccess login`"):
        AwsSession("dev").keys()
    assert sts.calls == []


# --- the AWS CLI's caches --------------------------------------------------------------------------------------------


def keep_as_the_cli_does(home: Path, **extra: object) -> Path:
    """A role's credentials where the AWS CLI would keep them."""
    folder = home / ".aws" / "cli" / "cache"
    folder.mkdir(parents=True)
    fetcher = AssumeRoleCredentialFetcher(None, None, ROLE, extra_args=extra)  # type: ignore[arg-type]
    path = folder / f"{fetcher._cache_key}.json"
    end = (datetime.now(timezone.utc) + timedelta(minutes=50)).isoformat()
    kept = {"AccessKeyId": "ASIACLI", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}
    path.write_text(json.dumps({"Credentials": kept}))
    return path


def test_a_role_that_the_cli_assumed_is_not_assumed_again(sts: FakeSts, home: Path) -> None:
    configure(home, role_profile("dev", ROLE, role_session_name="ana", mfa_serial=SERIAL))
    path = keep_as_the_cli_does(home, RoleSessionName="ana", SerialNumber=SERIAL)
    before = path.read_bytes()

    assert AwsSession("dev", mfa=Remembered()).keys().access_key_id == "ASIACLI"
    assert sts.calls == []
    assert path.read_bytes() == before


def test_a_session_whose_name_the_cli_made_up_is_not_used(sts: FakeSts, home: Path) -> None:
    configure(home, role_profile("dev", ROLE))
    keep_as_the_cli_does(home)
    assert AwsSession("dev").caller().arn.endswith("payments/ana")


def test_what_is_assumed_is_written_nowhere(sts: FakeSts, home: Path) -> None:
    configure(home, role_profile("dev", ROLE))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    AwsSession("dev", iam_role=HUB).keys()
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


# --- no stall --------------------------------------------------------------------------------------------------------


@pytest.fixture
def blackhole(monkeypatch: pytest.MonkeyPatch) -> str:
    """An endpoint that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}/")
        yield server


def seconds_without_credentials(session: AwsSession) -> float:
    start = time.monotonic()
    with pytest.raises(NoCredentials):
        session.caller()
    return time.monotonic() - start


def test_a_laptop_without_credentials_hears_so_within_about_a_second(home: Path, blackhole: object) -> None:
    session = AwsSession(region=REGION)
    assert 0.9 < seconds_without_credentials(session) < 2.5  # it does wait, half a second for each version
    assert seconds_without_credentials(session) < 0.2


def test_the_metadata_service_can_be_switched_off(
    home: Path, blackhole: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert seconds_without_credentials(AwsSession(region=REGION)) < 0.9
