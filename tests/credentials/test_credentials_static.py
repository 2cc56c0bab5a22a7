"""Plain credentials: the same as boto3 finds, or left to it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone

import boto3
import pytest

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.kept import load_kept

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=timezone.utc)
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
SHARED = """
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = default-secret

[work]
AWS_ACCESS_KEY_ID=AKIAWORK
aws_secret_access_key=a=b/c#d ; not a comment
aws_session_token = token-1
aws_security_token = token-2
region = eu-south-1
s3 =
  max_concurrent_requests = 20

[half]
aws_access_key_id = AKIAHALF

[role-here]
aws_access_key_id = AKIAROLE
aws_secret_access_key = s
role_arn = arn:aws:iam::111122223333:role/x
source_profile = work

[sso-elsewhere]
aws_access_key_id = AKIASSO
aws_secret_access_key = s

[process-elsewhere]
aws_access_key_id = AKIAPROCESS
aws_secret_access_key = s

[two words]
aws_access_key_id = AKIATWO
aws_secret_access_key = s
"""
CONFIG = """
[default]
region = eu-south-1

[profile in-config]
aws_access_key_id = AKIACONFIG
aws_secret_access_key = config-secret

[in-no-profile]
aws_access_key_id = AKIANO
aws_secret_access_key = s

[profile 'sso-elsewhere']
sso_start_url = https://example.awsapps.com/start

[profile process-elsewhere]
credential_process = /bin/false

[profile "two words"]
region = eu-south-1

[profile role-only]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = work
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    for variable, content in (("AWS_SHARED_CREDENTIALS_FILE", SHARED), ("AWS_CONFIG_FILE", CONFIG)):
        path = tmp_path / variable.lower()
        path.write_text(content)
        monkeypatch.setenv(variable, str(path))
    return tmp_path


def botocore_finds(profile: str | None) -> tuple[str, str, str | None]:
    found = boto3.Session(profile_name=profile).get_credentials()
    assert found is not None
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token


def as_tuple(credentials: AwsCredentials | None) -> tuple[str, str, str | None] | None:
    return credentials and (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("profile", "environ", "key"),
    [
        (None, {}, "AKIADEFAULT"),
        (None, KEYS, "AKIAENV"),
        (None, {**KEYS, "AWS_SESSION_TOKEN": "t1"}, "AKIAENV"),
        (None, {**KEYS, "AWS_SESSION_TOKEN": "t1", "AWS_SECURITY_TOKEN": "t2"}, "AKIAENV"),
        (None, {**KEYS, "AWS_SESSION_TOKEN": "t1", "AWS_SECURITY_TOKEN": ""}, "AKIAENV"),
        (None, {**KEYS, "AWS_SESSION_TOKEN": ""}, "AKIAENV"),
        (None, {**KEYS, "AWS_PROFILE": "work"}, "AKIAENV"),
        (None, {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"}, "AKIAENV"),
        (None, {"AWS_SECRET_ACCESS_KEY": "lonely"}, "AKIADEFAULT"),
        (None, {"AWS_ACCESS_KEY_ID": ""}, "AKIADEFAULT"),
        (None, {"AWS_PROFILE": "work"}, "AKIAWORK"),
        (None, {"AWS_DEFAULT_PROFILE": "work"}, "AKIAWORK"),
        (None, {"AWS_PROFILE": "default", "AWS_DEFAULT_PROFILE": "work"}, "AKIAWORK"),
        (None, {"AWS_PROFILE": "in-config"}, "AKIACONFIG"),
        ("work", {}, "AKIAWORK"),
        ("work", KEYS, "AKIAWORK"),
        ("work", {"AWS_PROFILE": "in-config"}, "AKIAWORK"),
        ("default", KEYS, "AKIADEFAULT"),
        ("in-config", KEYS, "AKIACONFIG"),
        ("two words", {}, "AKIATWO"),
    ],
)
def test_the_choice_is_botocores(monkeypatch, profile, environ, key):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = load_kept(profile, os.environ, NOW)

    assert found is not None
    assert found.access_key_id == key
    assert as_tuple(found) == botocore_finds(profile)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("profile", "environ"),
    [
        ("half", {}),
        ("role-here", {}),
        ("role-only", {}),
        ("sso-elsewhere", {}),
        ("process-elsewhere", {}),
        ("in-no-profile", {}),
        ("missing", {}),
        ("", {}),
        (None, {"AWS_PROFILE": ""}),
        (None, {"AWS_PROFILE": "missing"}),
        (None, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x"}),
        (None, {"AWS_ACCESS_KEY_ID": "AKIA"}),
        (None, {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}),
        (None, {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00"}),
        (None, {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "soon"}),
        (None, {"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}),
    ],
)
def test_what_is_not_plain_is_left_to_botocore(monkeypatch, profile, environ):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert load_kept(profile, os.environ, NOW) is None


@pytest.mark.parametrize("content", ["[a]\n[a]\n", "no section = 1\n", "[default]\n= 1\n", b"[default]\nx = \xff\n"])
def test_a_file_that_cannot_be_parsed_is_left_to_botocore(files, content):
    path = files / "aws_config_file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert load_kept(None, os.environ, NOW) is None


@pytest.mark.usefixtures("files")
def test_the_end_of_credentials_in_the_environment_is_known():
    environ = {**KEYS, "AWS_SESSION_TOKEN": "t", "AWS_CREDENTIAL_EXPIRATION": "2026-11-24T17:00:00Z"}
    found = load_kept(None, environ, NOW)

    assert found is not None
    assert found.expires_at == NOW + timedelta(hours=1)
