"""The caller's AWS credentials, and a cluster's API opened with a token that they sign."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from kaccess.aws.keys import Keys
from kaccess.aws.session import AwsSession
from kaccess.cli.mfa_prompt import mfa_prompt
from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.cache import TokenCache
from kaccess.credentials.mfa import MfaSessions
from kaccess.credentials.sign import sign
from kaccess.credentials.token import TokenRequest
from kaccess.model.arn import Arn
from kaccess.model.identity import ClusterInfo

if TYPE_CHECKING:
    from kaccess.kube.api import KubeApi


def open_aws(
    profile: str | None,
    region: str | None,
    last_resort: Callable[[], str | None],
    warn: Callable[[str], None],
    iam_role: str | None = None,
) -> AwsSession:
    """AWS credentials that ask for an MFA code, if one is needed, once a day; see `AwsSession` for the parameters.

    Raises:
        Usage: `iam_role` is not the ARN of a role.
    """
    cache = TokenCache(os.environ, warn)
    sessions = MfaSessions(cache, mfa_prompt(profile, os.environ), _utc_now)
    return AwsSession(profile, region, last_resort, iam_role, mfa=_MfaKeys(sessions))


def connect_with(aws: AwsSession, info: ClusterInfo) -> KubeApi:
    """The API of a cluster, as the owner of these credentials."""
    from kaccess.kube.api import KubeApi  # noqa: PLC0415 - urllib3 loads slowly, and a token needs none

    region = Arn.parse(info.arn).region
    request = TokenRequest(info.name, region, aws.profile, aws.iam_role)

    def token() -> str:
        signed = sign(credentials_of(aws), cluster=info.name, region=region, now=_utc_now())
        # So that the first kubectl after a login finds one, and does not ask for an MFA code again without a keyring.
        TokenCache(os.environ, lambda _: None).slot(request).write(signed)
        return signed.text

    return KubeApi(info.endpoint, info.ca_data, token)


def credentials_of(aws: AwsSession) -> AwsCredentials:
    """The keys of an AWS session, in the form that signs tokens."""
    return AwsCredentials(*aws.keys())


class _MfaKeys:
    """MFA sessions as the `aws` room knows them: of its own kind of keys."""

    def __init__(self, sessions: MfaSessions) -> None:
        self._sessions = sessions

    def session(self, access_key_id: str, serial: str, mint: Callable[[str], Keys | None]) -> Keys:
        def open_session(code: str) -> AwsCredentials | None:
            keys = mint(code)
            return AwsCredentials(*keys) if keys else None

        kept = self._sessions.session(access_key_id, serial, open_session)
        return Keys(kept.access_key_id, kept.secret_access_key, kept.session_token, kept.expires_at)


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)
