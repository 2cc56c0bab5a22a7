"""One set of AWS credentials: where they come from, whose they are, and clients that use them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from difflib import get_close_matches
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import botocore.session
from botocore.config import Config
from botocore.exceptions import NoCredentialsError, ProfileNotFound

from kaccess import __version__
from kaccess.aws.errors import NoCredentials, border
from kaccess.aws.keys import Keys
from kaccess.aws.sign_in import SignIn
from kaccess.aws.sign_in_mfa import MfaSessions, NobodyToAsk
from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.identity import Caller

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

CONNECTIONS: Final = 16
"""Connections a client keeps open at once, and so the useful width of concurrent calls."""

_ATTEMPTS: Final = 5

_CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=8,  # AWS answers these calls in under a second; with all attempts a hanging endpoint costs 40
    retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS},
    max_pool_connections=CONNECTIONS,
    user_agent_extra=f"kaccess/{__version__}",
)

_CONCURRENT: Final = frozenset({"ConcurrentModification", "ConcurrentModificationException"})


class AwsSession:
    """AWS credentials as the AWS CLI finds them. Nothing is read before it is needed. Safe to share between threads.

    Every method raises one of `kaccess.aws.errors`: those that are `LoginNeeded` if there are no good credentials.
    """

    def __init__(
        self,
        profile: str | None = None,
        region: str | None = None,
        last_resort: Callable[[], str | None] = lambda: None,
        iam_role: str | None = None,
        *,
        mfa: MfaSessions | None = None,
    ) -> None:
        """Credentials of a profile, or (None) of the environment's default chain.

        `last_resort` names the region to use where neither `region` nor the AWS configuration names one. `iam_role`
        (an ARN) is assumed with these credentials, in a session of the caller's name. `mfa` keeps the sessions that an
        MFA code opens, and asks for it; without it a profile that needs one is an error.

        Raises:
            Usage: `iam_role` is not the ARN of a role.
        """
        self._asked_profile = profile or None
        self._region = region or None
        self._last_resort = last_resort
        self._iam_role = _role_arn(iam_role) if iam_role else None
        self._mfa = mfa or NobodyToAsk()
        self._clients: dict[tuple[str, str | None], object] = {}
        # Making a session or a client, unlike using one, is not safe between threads, and may ask for an MFA code.
        self._making = Lock()

    @property
    def profile(self) -> str | None:
        """The profile in use: the one asked for, or the environment's; None if keys in the environment come first."""
        if self._asked_profile or os.environ.get("AWS_ACCESS_KEY_ID"):
            return self._asked_profile
        return _named_by_environment()

    @property
    def iam_role(self) -> str | None:
        """The ARN of the role that is assumed; None: the credentials are used as they are."""
        return self._iam_role

    @property
    def region(self) -> str | None:
        """The region in use: the one asked for, or that of the environment or the profile."""
        return self._region or self._boto.get_config_variable("region")

    def caller(self) -> Caller:
        """Whose credentials these are, by AWS's own answer."""
        client = self.client("sts")
        with self.calling("sts:GetCallerIdentity"):
            answer = client.get_caller_identity()
            return Caller(answer["Account"], answer["Arn"], answer["UserId"])

    def as_role(self, iam_role: str | None) -> AwsSession:
        """The same credentials, but assuming another role, or (None) none.

        Raises:
            Usage: `iam_role` is not the ARN of a role.
        """
        return AwsSession(self._asked_profile, self._region, self._last_resort, iam_role, mfa=self._mfa)

    def keys(self) -> Keys:
        """The keys themselves, renewed if that is due."""
        with self._making, self.calling("credentials"):
            credentials = self._boto.get_credentials()
            frozen = credentials.get_frozen_credentials() if credentials else None
            if frozen is None or not frozen.access_key or not frozen.secret_key:
                raise NoCredentialsError
        # botocore tells the expiry in no public way; keys that do not expire lack the attribute.
        expiry: datetime | None = getattr(credentials, "_expiry_time", None)
        expires_at = expiry.astimezone(timezone.utc) if expiry else None
        return Keys(frozen.access_key, frozen.secret_key, frozen.token or None, expires_at)

    def calling(self, operation: str) -> AbstractContextManager[None]:
        """The block around a call to AWS, from which only errors of this room come out."""
        return border(operation, self.profile)

    @overload
    def client(self, service: Literal["iam"], region: str | None = None) -> IAMClient: ...
    @overload
    def client(self, service: Literal["eks"], region: str | None = None) -> EKSClient: ...
    @overload
    def client(self, service: Literal["sts"], region: str | None = None) -> STSClient: ...
    def client(self, service: Literal["iam", "eks", "sts"], region: str | None = None) -> object:
        """The client for a service in a region, or in the session's own; there is one of each."""
        with self._making, self.calling(f"{service}:*"):
            found = self._clients.get((service, region))
            if found is None:
                where = region or self.region or self._last_resort()
                found = self._boto.create_client(service, region_name=where, config=_CONFIG)
                # The stubs know nothing of events whose handlers answer.
                found.meta.events.register("needs-retry.iam", _again_if_in_conflict)  # type: ignore[arg-type]
                self._clients[service, region] = found
            return found

    @cached_property
    def _boto(self) -> botocore.session.Session:
        # Not boto3's, which adds nothing here but a third of the time that a login takes to load.
        session = botocore.session.Session(profile=self._asked_profile)
        # botocore looks at AWS_DEFAULT_REGION alone; the AWS CLI and the other SDKs put AWS_REGION first.
        region = self._region or os.environ.get("AWS_REGION") or None
        if region:
            session.set_config_variable("region", region)
        try:
            session.get_scoped_config()
        except ProfileNotFound:
            raise self._unknown_profile() from None
        session.register_component("credential_provider", self._sign_in(session))
        return session

    def _sign_in(self, session: botocore.session.Session) -> SignIn:
        return SignIn(
            session,
            explicit=self._asked_profile is not None,
            iam_role=self._iam_role,
            region=lambda: self.region or self._last_resort(),
            mfa=self._mfa,
            config=_CONFIG,
        )

    def _unknown_profile(self) -> NoCredentials:
        known = botocore.session.Session().available_profiles
        name = self._asked_profile or _named_by_environment()
        close = get_close_matches(name or "", known, 1)
        advice = f"did you mean {close[0]!r}?" if close else "set AWS_PROFILE or give --profile"
        line = f"the AWS configuration has no profile {name!r}; {advice}"
        if not name:
            line = "AWS_PROFILE is set and empty; unset it, or name a profile"
        return NoCredentials(line, operation="credentials")


def _again_if_in_conflict(
    response: tuple[object, Mapping[str, Any]] | None, attempts: int, **_: object
) -> float | None:
    """Seconds until another attempt (None: no reason for one), in botocore's own series of attempts.

    IAM refuses to change what someone else is changing just then, and has done nothing; botocore takes that for final.
    """
    code = response[1].get("Error", {}).get("Code", "") if response else ""
    if code not in _CONCURRENT or attempts >= _ATTEMPTS:
        return None
    return random.uniform(0.5, 1) * 0.25 * float(2**attempts)  # noqa: S311 - spreads callers, guards nothing


def _named_by_environment() -> str | None:
    # In botocore's order.
    return os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE")


def _role_arn(text: str) -> str:
    arn = Arn.parse(text)
    if (arn.service, arn.kind) != ("iam", "role"):
        raise Usage(f"{text!r} is not the ARN of an IAM role; expected arn:PARTITION:iam::ACCOUNT:role/NAME")
    return text
