"""IAM: who is in a group, who a role is, and the roles that groups assume."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from kaccess.aws.errors import AwsError, NotFound
from kaccess.aws.iam_lists import NoSuchRole, listed, no_group, no_role
from kaccess.aws.session import AwsSession
from kaccess.model.errors import Missing
from kaccess.model.identity import Principal, UserFacts
from kaccess.model.plan import Change
from kaccess.model.state import Item

if TYPE_CHECKING:
    from kaccess.audit.snapshot import AccountSnapshot

_PERMISSION_SETS: Final = "/aws-reserved/sso.amazonaws.com/"
"""The path of the roles that IAM Identity Center makes; under it, a home region may have a part of its own."""

_PERMISSION_SET: Final = re.compile(r"AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}")


class SeveralRoles(AwsError, Missing):
    """More than one role could be meant, so none is."""


class Iam:
    """IAM as its account's credentials may use it. Every method raises one of `kaccess.aws.errors`."""

    def __init__(self, session: AwsSession) -> None:
        self._session = session

    def members(self, iam_group: str) -> tuple[Principal, ...]:
        """The users in a group by their full ARNs, sorted; empty only if IAM says that the group is.

        Raises:
            NoSuchGroup: there is no such group.
        """
        client = self._session.client("iam")
        try:
            with self._session.calling("iam:GetGroup"):
                users = listed(client.get_group, "Users", GroupName=iam_group)
                return tuple(sorted(_principal(user) for user in users))
        except NotFound as error:
            raise no_group(self._session, iam_group, error) from None

    def role(self, name: str) -> Principal:
        """The role of this name, with its path, which an ARN of STS lacks.

        Raises:
            NoSuchRole: there is no such role.
        """
        client = self._session.client("iam")
        try:
            with self._session.calling("iam:GetRole"):
                return _principal(client.get_role(RoleName=name)["Role"])
        except NotFound as error:
            raise no_role(self._session, name, error) from None

    def permission_set_role(self, name: str) -> Principal:
        """The role that IAM Identity Center made in this account for a permission set.

        Raises:
            NoSuchRole: there is none; perhaps the permission set is assigned to nobody in this account.
            SeveralRoles: there are several of that name.
        """
        operation, client = "iam:ListRoles", self._session.client("iam")
        with self._session.calling(operation):
            roles = list(listed(client.list_roles, "Roles", PathPrefix=_PERMISSION_SETS))
            found = [_principal(role) for role in roles if _permission_set(role) == name]
        if len(found) > 1:
            arns = ", ".join(sorted(role.arn for role in found))
            line = f"the permission set {name!r} has several roles: {arns}; name the one that is meant as `iam_role`"
            raise SeveralRoles(line, operation=operation)
        if not found:
            raise NoSuchRole(_no_permission_set(name, map(_permission_set, roles)), operation=operation)
        return found[0]

    def assume_roles(self, iam_groups: Iterable[str]) -> frozenset[Item]:
        """The roles under kaccess's path, and all inline policies by which IAM groups may assume roles of kaccess.

        Args:
            iam_groups: those whose members shall assume a role. Without any, and without a role of kaccess, there is
                nothing that a policy of a group could allow, and IAM is not asked for those.
        """
        from kaccess.aws import assume_reading  # noqa: PLC0415 - a login, which has this class at hand, needs none of it
        from kaccess.aws.assume_roles import AssumeRoles  # noqa: PLC0415 - as above

        return assume_reading.read(AssumeRoles(self._session), frozenset(iam_groups))

    def write(self, change: Change) -> None:
        """Make one change of a role to assume or of a group's policy; see `kaccess.aws.assume_writes.write`."""
        from kaccess.aws import assume_writes  # noqa: PLC0415 - as above
        from kaccess.aws.assume_roles import AssumeRoles  # noqa: PLC0415 - as above

        assume_writes.write(AssumeRoles(self._session), change)

    def user_facts(self, name: str) -> UserFacts:
        """All that taking a user out needs to know of them.

        Raises:
            NoSuchUser: there is no such user.
        """
        from kaccess.aws import user_facts  # noqa: PLC0415 - as above

        return user_facts.read(self._session, name)

    def account(self, concerned: Iterable[str]) -> AccountSnapshot:
        """Everybody in the account, and who may assume which role; see `kaccess.aws.account_details.read`."""
        from kaccess.aws import account_details  # noqa: PLC0415 - as above

        return account_details.read(self._session, concerned)


def _principal(raw: Mapping[str, Any]) -> Principal:
    created_at: datetime = raw["CreateDate"]
    return Principal(raw["Arn"], created_at.astimezone(timezone.utc))


def _permission_set(role: Mapping[str, Any]) -> str:
    found = _PERMISSION_SET.fullmatch(role["RoleName"])
    return found["name"] if found else ""


def _no_permission_set(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(set(known)), 1)
    advice = f"did you mean {close[0]!r}?" if close else "check its name, and that it is assigned in this AWS account"
    return f"IAM has no role of a permission set {name!r}; {advice}"
