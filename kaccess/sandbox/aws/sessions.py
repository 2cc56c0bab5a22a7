"""Whose access key is this? Users' own keys live in moto, temporary ones here.

moto's STS is not used: it forgets who asked for a session, and answers some calls with fixed example keys.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.errors import forbidden

ACTIVE: Final = "Active"


@dataclass(frozen=True)
class Credentials:
    """An access key and whose it is; temporary ones have a beginning, a token and an end.

    `with_mfa` is whether a one-time code was given for them.
    """

    access_key_id: str
    secret: str = field(repr=False)
    principal: Principal
    session_token: str | None = field(default=None, repr=False)
    issued_at: datetime | None = None
    expiration: datetime | None = None
    with_mfa: bool = False

    @property
    def is_session_of_a_user(self) -> bool:
        """Whether these are temporary and yet a user's, as from GetSessionToken."""
        return self.session_token is not None and not self.principal.is_role


@dataclass
class Sessions:
    """The keys of one account. `now` is passed in, so that tests can let sessions end."""

    account: Account
    _temporary: dict[str, Credentials] = field(default_factory=dict)

    def start(self, principal: Principal, duration: timedelta, now: datetime, *, with_mfa: bool = False) -> Credentials:
        """New temporary credentials of `principal`."""
        credentials = Credentials(
            access_key_id="ASIA" + secrets.token_hex(8).upper(),
            secret=secrets.token_urlsafe(30),
            principal=principal,
            session_token=secrets.token_urlsafe(120),
            issued_at=now,
            expiration=(now + duration).replace(microsecond=0),
            with_mfa=with_mfa,
        )
        self._temporary[credentials.access_key_id] = credentials
        return credentials

    def find(self, access_key_id: str, session_token: str | None, now: datetime) -> Credentials:
        """The credentials behind a key and its session token.

        Raises:
            AwsError: InvalidClientTokenId or ExpiredToken.
        """
        found = self._temporary.get(access_key_id) or self._of_a_user(access_key_id)
        if found is None or found.session_token != session_token or not self._still_there(found.principal):
            raise forbidden("InvalidClientTokenId", "The security token included in the request is invalid.")
        if found.expiration is not None and now >= found.expiration:
            raise forbidden("ExpiredToken", "The security token included in the request is expired")
        return found

    def _of_a_user(self, access_key_id: str) -> Credentials | None:
        for user in self.account.iam.users.values():
            for key in user.access_keys:
                if key.access_key_id == access_key_id and key.status == ACTIVE:
                    principal = Principal(self.account.id, user.arn, user.name, user.id)
                    return Credentials(access_key_id, key.secret_access_key, principal)
        return None

    def _still_there(self, principal: Principal) -> bool:
        """Whether the user or role exists; one that was recreated under its name is another."""
        arn = self.account.iam_arn(principal)
        return arn is not None and self.account.unique_id(arn) == principal.unique_id
