"""Assuming a role so that AWS and the cluster keep naming the person: the session has the caller's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from kaccess.aws.errors import AccessDenied
from kaccess.aws.sign_in_chain import Role

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

_OPERATION: Final = "sts:AssumeRole"
_DENIED: Final = "AccessDenied"
_FORBIDDEN: Final = re.compile(r"[^\w+=,.@-]", re.ASCII)
_SHORTEST, _LONGEST = 2, 64
"""Characters of a RoleSessionName, by the STS API reference."""


def session_name(caller_arn: str) -> str:
    """The name of a role's session from the caller's STS ARN.

    It is a user's name exactly as it is, so that a trust policy may hold it against ${aws:username}, and the session
    name of a session. Whatever a name must not have becomes `-`.
    """
    name = _FORBIDDEN.sub("-", caller_arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1])
    return name[:_LONGEST].ljust(_SHORTEST, "-")


def assumed(
    base: Credentials,
    role: Role,
    sts: Callable[[Credentials], STSClient],
    name: Callable[[], str],
    cache: dict[str, Any],
) -> Credentials:
    """Credentials of `role` that renew themselves, by those of `base`; nothing is asked before they are needed.

    `name` tells what to call the session; `cache` is where the AWS CLI keeps such credentials.
    """

    def renew() -> dict[str, Any]:
        return _Fetcher(base, role, name(), sts, cache).fetch_credentials()

    return DeferredRefreshableCredentials(renew, "assume-role")


class _Fetcher(AssumeRoleCredentialFetcher):
    """botocore's, for the way it names the files of the AWS CLI's cache; the call itself is made here, with no code."""

    def __init__(
        self,
        base: Credentials,
        role: Role,
        name: str,
        sts: Callable[[Credentials], STSClient],
        cache: dict[str, Any],
    ) -> None:
        named = {"RoleSessionName": name, "ExternalId": role.external_id, "DurationSeconds": role.seconds}
        self._arguments: dict[str, Any] = {key: value for key, value in named.items() if value is not None}
        serial = {"SerialNumber": role.mfa_serial} if role.mfa_serial else {}
        super().__init__(sts, base, role.arn, extra_args={**self._arguments, **serial}, cache=cache)
        self._base, self._role, self._sts = base, role, sts

    def _get_credentials(self) -> Any:  # noqa: ANN401 - STS's answer
        client = self._sts(self._base)
        try:
            return client.assume_role(RoleArn=self._role.arn, **self._arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _DENIED:
                raise
            raise _refused(client, self._role.arn) from None


def _refused(client: STSClient, role_arn: str) -> AccessDenied:
    who = "the caller"
    with suppress(BotoCoreError, ClientError):
        who = client.get_caller_identity()["Arn"]
    return AccessDenied(
        f"{who} may not assume {role_arn} ({_OPERATION}); ask its owner whether its trust policy and your own IAM "
        "policies allow it, or set mfa_serial in the profile if it asks for MFA",
        operation=_OPERATION,
        code=_DENIED,
    )
