"""Sessions of an IAM user's own keys that an MFA code opened; roles are then assumed from these without a code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.credentials import Credentials, DeferredRefreshableCredentials
from botocore.exceptions import ClientError

from kaccess.aws.errors import NoCredentials
from kaccess.aws.keys import Keys

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

SESSION_SECONDS: Final = 12 * 60 * 60
"""A working day; sts:GetSessionToken gives a user up to 36 hours."""

_WRONG_CODE: Final = "MultiFactorAuthentication failed"
"""How AWS's message begins for a code that is wrong or was used before; the error's code is a mere AccessDenied."""


class MfaSessions(Protocol):
    """Where sessions are kept, and how a person is asked for a code."""

    def session(self, access_key_id: str, serial: str, mint: Callable[[str], Keys | None]) -> Keys:
        """The session of a user's key and MFA device; a new one comes from `mint`, which takes the device's code.

        `mint` returns None for a code that AWS does not accept.

        Raises:
            LoginNeeded: nobody can be asked now.
        """


class NobodyToAsk:
    """No sessions are kept, and no codes asked for."""

    def session(self, access_key_id: str, serial: str, mint: Callable[[str], Keys | None]) -> Keys:  # noqa: ARG002
        """Refuse.

        Raises:
            NoCredentials: always.
        """
        raise NoCredentials(f"an MFA code of {serial} is needed; run `kaccess login`", operation="sts:GetSessionToken")


def with_mfa(
    base: Credentials, serial: str, sts: Callable[[Credentials], STSClient], sessions: MfaSessions
) -> Credentials:
    """The session of a user's own keys; `base` itself if that is temporary, since AWS then takes no code."""
    if base.get_frozen_credentials().token:
        return base

    def mint(code: str) -> Keys | None:
        try:
            answer = sts(base).get_session_token(DurationSeconds=SESSION_SECONDS, SerialNumber=serial, TokenCode=code)
        except ClientError as error:
            if _WRONG_CODE in str(error.response.get("Error", {}).get("Message")):
                return None
            raise
        found = answer["Credentials"]
        return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], found["Expiration"])

    def renew() -> dict[str, Any]:
        kept = sessions.session(str(base.get_frozen_credentials().access_key), serial, mint)
        return {
            "access_key": kept.access_key_id,
            "secret_key": kept.secret_access_key,
            "token": kept.session_token,
            "expiry_time": kept.expires_at.isoformat() if kept.expires_at else None,
        }

    return DeferredRefreshableCredentials(renew, "mfa-session")
