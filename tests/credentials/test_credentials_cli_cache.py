"""The AWS CLI's cache: the same files that the AWS CLI names, and only what is still good in them."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from botocore.credentials import AssumeRoleCredentialFetcher, SSOCredentialFetcher

from kaccess.credentials.hot import serve
from kaccess.credentials.kept import load_kept

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=timezone.utc)
ROLE = "arn:aws:iam::111122223333:role/teams/payments"


def role_key(**extra: object) -> str:
    return AssumeRoleCredentialFetcher(None, None, ROLE, extra_args=extra)._cache_key  # type: ignore[arg-type]


def sign_on_key(session: str | None = None) -> str:
    parts = {"start_url": "https://corp.awsapps.com/start", "sso_region": "eu-south-1", "role_name": "dev"}
    fetcher = SSOCredentialFetcher(account_id="111122223333", client_creator=None, sso_session_name=session, **parts)  # type: ignore[arg-type]
    return fetcher._cache_key


def keep(environ: dict[str, str], key: str, life: timedelta = timedelta(hours=1), now: datetime = NOW) -> Path:
    path = Path(environ["HOME"], ".aws", "cli", "cache", f"{key}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    end = (now + life).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = {"AccessKeyId": "ASIACLI", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}
    path.write_text(json.dumps({"Credentials": kept}))
    path.chmod(0o600)
    return path


def configure(environ: dict[str, str], **options: object) -> None:
    lines = "\n".join(f"{key} = {value}" for key, value in options.items())
    Path(environ["AWS_CONFIG_FILE"]).write_text(f"[profile dev]\n{lines}\n")


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"role_arn": ROLE, "source_profile": "me", "role_session_name": "ana"}, role_key(RoleSessionName="ana")),
        (
            {
                "role_arn": ROLE,
                "source_profile": "me",
                "role_session_name": "ana",
                "external_id": "x",
                "mfa_serial": "m",
                "duration_seconds": "1800",
            },
            role_key(RoleSessionName="ana", ExternalId="x", SerialNumber="m", DurationSeconds=1800),
        ),
        (
            {
                "sso_start_url": "https://corp.awsapps.com/start",
                "sso_account_id": "111122223333",
                "sso_role_name": "dev",
            },
            sign_on_key(),
        ),
        ({"sso_session": "corp", "sso_account_id": "111122223333", "sso_role_name": "dev"}, sign_on_key("corp")),
    ],
)
def test_what_the_cli_keeps_is_found(environ: dict[str, str], options: dict[str, object], key: str) -> None:
    configure(environ, **options)
    keep(environ, key)
    found = load_kept("dev", environ, NOW)
    assert found is not None
    assert (found.access_key_id, found.session_token) == ("ASIACLI", "t")
    assert found.expires_at == NOW + timedelta(hours=1)


NAMED = {"role_arn": ROLE, "source_profile": "me", "role_session_name": "ana"}


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"role_arn": ROLE, "source_profile": "me"}, role_key()),
        ({**NAMED, "web_identity_token_file": "f"}, role_key(RoleSessionName="ana")),
        ({**NAMED, "external_id": "x"}, role_key(RoleSessionName="ana")),
        ({"sso_session": "corp", "sso_role_name": "dev"}, sign_on_key("corp")),
        ({"credential_process": "p"}, sign_on_key()),
    ],
)
def test_other_profiles_take_nothing_from_it(environ: dict[str, str], options: dict[str, object], key: str) -> None:
    configure(environ, **options)
    keep(environ, key)
    assert load_kept("dev", environ, NOW) is None


def test_what_ends_within_a_tokens_life_is_left(environ: dict[str, str]) -> None:
    configure(environ, **NAMED)
    keep(environ, role_key(RoleSessionName="ana"), timedelta(minutes=14))
    assert load_kept("dev", environ, NOW) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"Credentials": {}}', '{"Credentials": {"Expiration": "x"}}']
)
def test_a_broken_file_is_left(environ: dict[str, str], text: str) -> None:
    configure(environ, **NAMED)
    keep(environ, role_key(RoleSessionName="ana")).write_text(text)
    assert load_kept("dev", environ, NOW) is None


def test_a_file_that_others_may_write_is_left(environ: dict[str, str]) -> None:
    configure(environ, **NAMED)
    keep(environ, role_key(RoleSessionName="ana")).chmod(0o666)
    assert load_kept("dev", environ, NOW) is None


def test_the_hot_path_signs_with_it(environ: dict[str, str]) -> None:
    configure(environ, **NAMED)
    keep(environ, role_key(RoleSessionName="ana"), now=datetime.now(timezone.utc))
    argv = ("token", "--cluster", "cardo-eks", "--region", "eu-south-1", "--profile", "dev")
    assert serve(argv, environ, time.time(), pytest.fail) is not None
