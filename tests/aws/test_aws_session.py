from __future__ import annotations

import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from kaccess.aws import session as session_module
from kaccess.aws.errors import AccessDenied, AwsError, ExpiredCredentials, NoCredentials, Unreachable
from kaccess.aws.iam import Iam
from kaccess.aws.keys import Keys
from kaccess.aws.session import AwsSession
from kaccess.model.errors import LoginNeeded
from kaccess.model.identity import Caller
from tests.aws.answers import user, xml, xml_error
from tests.aws.conftest import KEY, REGION, SECRET, TOKEN, without_retries
from tests.kube.stub_server import BROKEN, Answer, Asked, StubServer

IDENTITY = xml("GetCallerIdentity", f"<Account>111122223333</Account><Arn>{user('ana')}</Arn><UserId>AIDA1</UserId>")


def write(environment: Path, **files: str) -> None:
    for name, text in files.items():
        (environment / name).write_text(text)


def test_nothing_is_read_before_it_is_needed() -> None:
    AwsSession("no such profile", "no such region")


def test_whose_credentials_these_are(session: AwsSession, stub: StubServer) -> None:
    stub.script(IDENTITY)
    assert session.caller() == Caller("111122223333", user("ana"), "AIDA1")
    assert stub.asked[0].headers["User-Agent"].endswith("kaccess/0.1.0")


def test_keys_of_the_environment(session: AwsSession) -> None:
    assert session.keys() == Keys(KEY, SECRET, TOKEN, None)


def test_keys_are_not_shown_by_accident(session: AwsSession) -> None:
    for text in (repr(session.keys()), str(session.keys()), f"{session.keys()}", repr(session)):
        assert SECRET not in text
        assert TOKEN not in text
    assert KEY in repr(session.keys())


def test_keys_of_a_profile_are_those_of_no_session(environment: Path) -> None:
    write(environment, credentials="[dev]\naws_access_key_id = a\naws_secret_access_key = s\n")
    assert AwsSession("dev").keys() == Keys("a", "s", None, None)


def test_a_profile_that_is_named_wins_over_the_environment(environment: Path, keys: None) -> None:
    write(environment, credentials="[dev]\naws_access_key_id = a\naws_secret_access_key = s\n")
    assert AwsSession("dev").keys().access_key_id == "a"


def test_keys_of_the_environment_come_before_its_profile(
    session: AwsSession, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "dev")
    assert (session.profile, AwsSession("dev").profile) == (None, "dev")


def test_keys_that_end_say_when(environment: Path) -> None:
    answer = (
        '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t", '
        '"Expiration": "2099-01-01T02:00:00+02:00"}'
    )
    write(environment, answer=answer, config=f"[profile dev]\ncredential_process = cat {environment / 'answer'}\n")
    assert AwsSession("dev").keys() == Keys("a", "s", "t", datetime(2099, 1, 1, tzinfo=timezone.utc))


def line_of(error: pytest.ExceptionInfo[LoginNeeded]) -> str:
    assert error.value.exit_code == 5
    assert isinstance(error.value, AwsError)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_an_unknown_profile_is_named_with_the_one_that_was_meant(environment: Path) -> None:
    write(environment, config="[profile payments]\nregion = eu-south-1\n")
    with pytest.raises(NoCredentials) as caught:
        AwsSession("paymens").caller()
    assert "did you mean 'payments'?" in line_of(caught)


def test_an_unknown_profile_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(NoCredentials) as caught:
        AwsSession().keys()
    assert "'nobody'" in line_of(caught)
    assert "AWS_PROFILE" in line_of(caught)


@pytest.mark.parametrize("ask", [AwsSession.keys, AwsSession.caller])
def test_no_credentials_at_all(ask: object) -> None:
    with pytest.raises(NoCredentials) as caught:
        ask(AwsSession(region=REGION))  # type: ignore[operator]
    assert "aws sso login" in line_of(caught)
    assert "AWS_PROFILE" in line_of(caught)


def test_half_of_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    with pytest.raises(NoCredentials) as caught:
        AwsSession(region=REGION).keys()
    assert "AWS_SECRET_ACCESS_KEY" in line_of(caught).upper()


def test_an_sso_profile_without_a_login_names_the_command(environment: Path) -> None:
    config = (
        "[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\nregion = eu-south-1\n"
        "[sso-session corp]\nsso_region = eu-south-1\nsso_start_url = https://corp.awsapps.com/start\n"
    )
    write(environment, config=config)
    with pytest.raises(ExpiredCredentials) as caught:
        AwsSession("dev").keys()
    assert "aws sso login --profile dev" in line_of(caught)


def test_a_credential_process_that_fails(environment: Path) -> None:
    write(environment, config="[profile dev]\ncredential_process = sh -c 'echo secret-thing >&2; exit 1'\n")
    with pytest.raises(NoCredentials) as caught:
        AwsSession("dev").keys()
    assert "secret-thing" not in line_of(caught)


@pytest.mark.parametrize("process", ["/no/such/program", "echo not json", "true"])
def test_a_credential_process_that_is_none(environment: Path, process: str) -> None:
    write(environment, config=f"[profile dev]\ncredential_process = {process}\n")
    with pytest.raises(AwsError) as caught:
        AwsSession("dev").keys()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:4566", "http://", "http://bad host"])
def test_an_endpoint_that_is_no_url(keys: None, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(AwsError):
        AwsSession(region=REGION).caller()


def test_a_broken_configuration_file(environment: Path) -> None:
    write(environment, config="[profile dev\n")
    with pytest.raises(AwsError, match="config"):
        AwsSession("dev").keys()


def test_no_region(keys: None) -> None:
    with pytest.raises(AwsError, match="--region"):
        AwsSession().client("eks")


@pytest.mark.parametrize("region", ["not a region", "eu_south_1!", ""])
def test_a_region_that_is_none(keys: None, region: str) -> None:
    with pytest.raises(AwsError, match="region"):
        AwsSession().client("eks", region)


EXPIRED = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"]
UNKNOWN = ["InvalidClientTokenId", "UnrecognizedClientException"]


@pytest.mark.parametrize("code", [*EXPIRED, *UNKNOWN])
def test_credentials_that_are_good_no_more(session: AwsSession, stub: StubServer, code: str) -> None:
    stub.script(xml_error(403, code, "The security token included in the request is expired"))
    with pytest.raises(ExpiredCredentials) as caught:
        session.caller()
    assert "aws sso login" in line_of(caught)


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidSignatureException"])
def test_a_signature_error_tells_nothing_of_what_was_signed(session: AwsSession, stub: StubServer, code: str) -> None:
    stub.script(xml_error(403, code, f"The Canonical String should have been x-amz-security-token:{TOKEN}"))
    with pytest.raises(NoCredentials) as caught:
        session.caller()
    assert TOKEN not in line_of(caught)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "clock" in line_of(caught)


def test_a_role_that_may_not_be_assumed_is_named_as_such(
    stub: StubServer, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/dev\nsource_profile = me\nregion = eu-south-1\n"
    write(environment, config=config, credentials="[me]\naws_access_key_id = a\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL", stub.endpoint)
    stub.answer = lambda _: xml_error(403, "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole on y")
    with pytest.raises(AccessDenied, match="AssumeRole") as caught:
        Iam(AwsSession("dev")).members("g")
    assert "GetGroup" not in str(caught.value)


@pytest.mark.parametrize("answer", [BROKEN, Answer(200, b"<html>guest network</html>"), Answer(200, b"")])
def test_an_answer_that_is_not_awss_is_an_error(session: AwsSession, stub: StubServer, answer: Answer) -> None:
    stub.answer = lambda _: answer
    with pytest.raises(AwsError, match="sts:GetCallerIdentity"):
        session.caller()


def test_silence_is_unreachable(session: AwsSession, stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_CONFIG", without_retries(patience=0.2))

    def slow(_: Asked) -> Answer:
        time.sleep(0.5)
        return IDENTITY

    stub.answer = slow
    with pytest.raises(Unreachable, match=r"no answer from 127\.0\.0\.1"):
        session.caller()


def test_a_closed_port_is_unreachable(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(Unreachable, match=r"no answer from 127\.0\.0\.1:1"):
        AwsSession(region=REGION).caller()


def test_there_is_one_client_of_each_kind(session: AwsSession) -> None:
    assert session.client("eks", "eu-south-1") is session.client("eks", "eu-south-1")
    assert session.client("eks", "eu-south-1") is not session.client("eks", "eu-west-1")
