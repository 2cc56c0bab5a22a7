"""Plain AWS credentials, found where boto3 would find them: in the environment or in the shared files.

Only the simple answers are given here, so that they are botocore's answers too. Anything that botocore would have to
run, ask or assume (`role_arn`, single sign-on, `credential_process`, web identity, instance credentials), and
anything odd that it reports in its own words, is None: ask botocore.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.profile_files import Profile

_NEEDS_BOTOCORE: Final = ("role_arn", "sso_", "credential_process", "web_identity_token_file", "login_session")
_TOKEN_NAMES: Final = ("aws_security_token", "aws_session_token")  # in botocore's order


def environment_decides(profile: str | None, environ: Mapping[str, str]) -> bool:
    """Whether the environment says whose credentials to use before any profile does.

    A `profile` that is asked for beats keys in the environment; one that only AWS_PROFILE names does not.
    """
    return profile is None and bool(environ.get("AWS_ACCESS_KEY_ID") or "AWS_WEB_IDENTITY_TOKEN_FILE" in environ)


def environment_keys(environ: Mapping[str, str], now: datetime) -> AwsCredentials | None:
    """The keys of the environment; None if they are incomplete, odd or at their end."""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    token = environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN") or None
    expiration = environ.get("AWS_CREDENTIAL_EXPIRATION")
    if not key or not secret:
        return None
    if not expiration:
        return AwsCredentials(key, secret, token)
    try:
        expires_at = datetime.fromisoformat(expiration.replace("Z", "+00:00"))  # Python 3.10 knows no Z
    except ValueError:
        return None
    if expires_at.tzinfo is None or expires_at <= now:
        return None
    return AwsCredentials(key, secret, token, expires_at)


def profile_keys(profile: Profile) -> AwsCredentials | None:
    """The keys that stand in a profile; None if there are none, or if they are not what the profile is about."""
    if profile.has(*_NEEDS_BOTOCORE):
        return None
    options = profile.shared if "aws_access_key_id" in profile.shared else profile.config
    key, secret = options.get("aws_access_key_id"), options.get("aws_secret_access_key")
    token = next((options[name] for name in _TOKEN_NAMES if name in options), None)
    return AwsCredentials(key, secret, token) if key and secret else None
