"""Credentials that are there already: plain ones, or temporary ones that the keyring or the AWS CLI keeps.

Nobody is asked and no request is made, so a token can be signed with them without loading botocore.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.cli_cache import load_cached
from kaccess.credentials.profile_files import read_profile
from kaccess.credentials.static import environment_decides, environment_keys, profile_keys


def load_kept(profile: str | None, environ: Mapping[str, str], now: datetime) -> AwsCredentials | None:
    """The credentials that botocore, or the `aws` room with what is kept, would choose; None if more is needed."""
    if environment_decides(profile, environ):
        return environment_keys(environ, now) if environ.get("AWS_ACCESS_KEY_ID") else None
    found = read_profile(profile, environ)
    if found is None:
        return None
    keys, serial = profile_keys(found), found.get("mfa_serial")
    if keys is None:
        return load_cached(found, environ, now)
    if serial is None or keys.session_token is not None:
        return keys
    from kaccess.credentials.mfa import load_session  # noqa: PLC0415 - loads json, and keyring slowly

    return load_session(keys.access_key_id, serial, now)
