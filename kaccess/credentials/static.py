"""Plain AWS credentials, found where boto3 would find them: in the environment or in the shared files.

Only the simple answers are given here, so that they are botocore's answers too. Anything that botocore would have to
run, ask or assume (`role_arn`, single sign-on, `credential_process`, web identity, instance credentials), and
anything odd that it reports in its own words, is None: ask botocore.
"""

from __future__ import annotations

import configparser
import os
import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from kaccess.credentials.aws_credentials import AwsCredentials

_NEEDS_BOTOCORE: Final = ("role_arn", "sso_", "credential_process", "web_identity_token_file", "login_session")
_PROFILE_VARIABLES: Final = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")  # in botocore's order
_TOKEN_NAMES: Final = ("aws_security_token", "aws_session_token")  # in botocore's order
_DEFAULT: Final = "default"
_SHARED_CREDENTIALS_FILE: Final = "~/.aws/credentials"
_CONFIG_FILE: Final = "~/.aws/config"


def load_static(profile: str | None, environ: Mapping[str, str], now: datetime) -> AwsCredentials | None:
    """The plain credentials that botocore would choose, or None if the choice is botocore's to make.

    A `profile` that is asked for beats keys in the environment; one that only AWS_PROFILE names does not.
    """
    if profile is None and environ.get("AWS_ACCESS_KEY_ID"):
        return _from_environment(environ, now)
    if profile is None and "AWS_WEB_IDENTITY_TOKEN_FILE" in environ:
        return None
    named = profile if profile is not None else _profile(environ)
    shared_file = environ.get("AWS_SHARED_CREDENTIALS_FILE", _SHARED_CREDENTIALS_FILE)
    config_file = environ.get("AWS_CONFIG_FILE", _CONFIG_FILE)
    try:
        shared = _section(shared_file, lambda section: section == named)
        config = _section(config_file, lambda section: _names_profile(section, named))
    except (ValueError, configparser.Error):
        return None
    if any(option.startswith(_NEEDS_BOTOCORE) for option in (*shared, *config)):
        return None
    return _from_options(shared if "aws_access_key_id" in shared else config)


def _profile(environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in _PROFILE_VARIABLES if name in environ), _DEFAULT)


def _from_environment(environ: Mapping[str, str], now: datetime) -> AwsCredentials | None:
    secret = environ.get("AWS_SECRET_ACCESS_KEY")
    token = environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN") or None
    expiration = environ.get("AWS_CREDENTIAL_EXPIRATION")
    if not secret:
        return None
    if not expiration:
        return AwsCredentials(environ["AWS_ACCESS_KEY_ID"], secret, token)
    try:
        expires_at = datetime.fromisoformat(expiration.replace("Z", "+00:00"))  # Python 3.10 knows no Z
    except ValueError:
        return None
    if expires_at.tzinfo is None or expires_at <= now:
        return None
    return AwsCredentials(environ["AWS_ACCESS_KEY_ID"], secret, token, expires_at)


def _names_profile(section: str, profile: str) -> bool:
    """Whether a section of the config file is that of `profile`: `[profile NAME]`, or `[default]`."""
    if section == _DEFAULT:
        return profile == _DEFAULT
    words = shlex.split(section) if section.startswith("profile") else []
    return words[1:] == [profile]


def _section(file: str, matches: Callable[[str], bool]) -> dict[str, str]:
    """The options of the section that matches; nothing if there is no such file or section.

    Raises:
        ValueError, configparser.Error: the file cannot be parsed, or has several such sections.
    """
    parser = configparser.RawConfigParser()
    parser.read([os.path.expanduser(os.path.expandvars(file))])  # noqa: PTH111 - `Path` knows no variables
    sections = [section for section in parser.sections() if matches(section)]
    if len(sections) > 1:
        raise ValueError(f"{file}: {len(sections)} sections for one profile")
    return dict(parser.items(sections[0])) if sections else {}


def _from_options(options: Mapping[str, str]) -> AwsCredentials | None:
    key, secret = options.get("aws_access_key_id"), options.get("aws_secret_access_key")
    token = next((options[name] for name in _TOKEN_NAMES if name in options), None)
    return AwsCredentials(key, secret, token) if key and secret else None
