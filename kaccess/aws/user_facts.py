"""What IAM says of one user: read when they are taken out of everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from kaccess.aws.errors import AccessDenied, AwsError, NotFound
from kaccess.aws.iam_lists import listed, no_user
from kaccess.aws.session import AwsSession
from kaccess.model.errors import LoginNeeded
from kaccess.model.identity import AccessKey, Principal, UserFacts
from kaccess.model.plan import Skipped

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

T = TypeVar("T")


def read(session: AwsSession, name: str) -> UserFacts:
    """All parts that the caller may read; the others are named.

    Raises:
        NoSuchUser: there is no such user.
        AwsError: IAM does not answer at all.
    """
    facts = _Facts(session, name)
    principal = facts.principal()
    return UserFacts(
        name=name,
        principal=principal,
        iam_groups=facts.part("IAM groups", facts.iam_groups),
        access_keys=facts.access_keys(),
        console_password=facts.part("console password", facts.console_password),
        mfa_devices=facts.part("MFA devices", facts.mfa_devices),
        skipped=tuple(facts.skipped),
    )


class _Facts:
    """The user's parts, one method each; `skipped` collects those that could not be read."""

    def __init__(self, session: AwsSession, name: str) -> None:
        self._session = session
        self._client: IAMClient = session.client("iam")
        self._name = name
        self.skipped: list[Skipped] = []

    def part(self, what: str, ask: Callable[[], T]) -> T | None:
        """What `ask` answers; None, and a word in `skipped`, if AWS does not tell."""
        try:
            return ask()
        except LoginNeeded:
            raise
        except AwsError as error:
            self.skipped.append(Skipped(f"{what} of {self._name}", str(error)))
            return None

    def principal(self) -> Principal | None:
        try:
            with self._session.calling("iam:GetUser"):
                user = self._client.get_user(UserName=self._name)["User"]
                return Principal(user["Arn"], _utc(user["CreateDate"]))
        except NotFound as error:
            raise no_user(self._session, self._name, error) from None
        except AccessDenied as error:
            self.skipped.append(Skipped(f"IAM user {self._name}", str(error)))
            return None

    def iam_groups(self) -> tuple[str, ...]:
        with self._session.calling("iam:ListGroupsForUser"):
            groups = listed(self._client.list_groups_for_user, "Groups", UserName=self._name)
            return tuple(sorted(group["GroupName"] for group in groups))

    def access_keys(self) -> tuple[AccessKey, ...] | None:
        keys = self.part("access keys", self._key_list)
        return None if keys is None else tuple(self._with_last_use(key) for key in keys)

    def console_password(self) -> bool:
        try:
            with self._session.calling("iam:GetLoginProfile"):
                return bool(self._client.get_login_profile(UserName=self._name)["LoginProfile"])
        except NotFound:
            return False

    def mfa_devices(self) -> tuple[str, ...]:
        with self._session.calling("iam:ListMFADevices"):
            devices = listed(self._client.list_mfa_devices, "MFADevices", UserName=self._name)
            return tuple(sorted(device["SerialNumber"] for device in devices))

    def _key_list(self) -> tuple[AccessKey, ...]:
        """A user has two keys at most (IAM quotas), so this list has one page."""
        with self._session.calling("iam:ListAccessKeys"):
            return tuple(sorted(map(_key, self._client.list_access_keys(UserName=self._name)["AccessKeyMetadata"])))

    def _with_last_use(self, key: AccessKey) -> AccessKey:
        return AccessKey(key.id, key.active, self.part(f"last use of {key.id}", lambda: self._last_use(key)))

    def _last_use(self, key: AccessKey) -> datetime | None:
        with self._session.calling("iam:GetAccessKeyLastUsed"):
            answer = self._client.get_access_key_last_used(AccessKeyId=key.id)
            used = answer["AccessKeyLastUsed"].get("LastUsedDate")
            return _utc(used) if used else None


def _key(raw: Mapping[str, Any]) -> AccessKey:
    return AccessKey(raw["AccessKeyId"], raw["Status"] == "Active")


def _utc(at: datetime) -> datetime:
    return at.astimezone(timezone.utc)
