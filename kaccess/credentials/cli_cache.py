"""Temporary credentials that the AWS CLI keeps in `~/.aws/cli/cache`: read, never written.

The AWS CLI names each file by a hash of what it asked AWS for, so a profile that says the same leads to the same file.
A role's file counts only if the profile gives the session a name: without `role_session_name` the AWS CLI makes one
up, and the cluster's audit log would not name the person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any, Final

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.profile_files import Profile
from kaccess.files import distrust, home_folder

_LEAST_LIFE: Final = timedelta(minutes=15)
"""What the AWS CLI, too, wants to be left of credentials that it takes from its cache."""

_ROLE_PARAMETERS: Final = {
    "role_arn": "RoleArn",
    "role_session_name": "RoleSessionName",
    "external_id": "ExternalId",
    "mfa_serial": "SerialNumber",
}


def load_cached(profile: Profile, environ: Mapping[str, str], now: datetime) -> AwsCredentials | None:
    """What the AWS CLI keeps for a profile of a role or of single sign-on, if it is good for a token's whole life."""
    if profile.has("web_identity_token_file"):
        return None
    key = _role_key(profile) if profile.has("role_arn") else _sign_on_key(profile)
    kept = _read(_folder(environ) / f"{key}.json") if key else None
    if kept is None or kept.expires_at is None or kept.expires_at < now + _LEAST_LIFE:
        return None
    return kept


def _folder(environ: Mapping[str, str]) -> Path:
    return Path(home_folder(environ)) / ".aws" / "cli" / "cache"


def _role_key(profile: Profile) -> str | None:
    if not profile.get("role_session_name"):
        return None
    parameters: dict[str, Any] = {
        parameter: value for option, parameter in _ROLE_PARAMETERS.items() if (value := profile.get(option)) is not None
    }
    seconds = profile.get("duration_seconds")
    if seconds is not None and seconds.isdecimal():
        parameters["DurationSeconds"] = int(seconds)
    return _hash(json.dumps(parameters, sort_keys=True))


def _sign_on_key(profile: Profile) -> str | None:
    """By the session if the profile names one, else by the address of the sign-on."""
    parameters = {"roleName": profile.get("sso_role_name"), "accountId": profile.get("sso_account_id")}
    session = profile.get("sso_session")
    parameters |= {"sessionName": session} if session else {"startUrl": profile.get("sso_start_url")}
    if not all(parameters.values()):
        return None
    return _hash(json.dumps(parameters, sort_keys=True, separators=(",", ":")))


def _hash(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def _read(path: Path) -> AwsCredentials | None:
    try:
        if distrust(path.stat()):
            return None
        found = json.loads(path.read_bytes())["Credentials"]
        expires_at = datetime.fromisoformat(str(found["Expiration"]).replace("Z", "+00:00"))
        secrets = str(found["SecretAccessKey"]), str(found["SessionToken"])
        return AwsCredentials(str(found["AccessKeyId"]), *secrets, expires_at) if expires_at.tzinfo else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
