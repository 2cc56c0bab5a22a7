"""IAM: the members of groups, and the ARNs of roles with their paths."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from kaccess.aws.errors import AwsError, NotFound
from kaccess.aws.session import AwsSession
from kaccess.model.errors import Missing

_PAGE: Final = 1000
"""The most that IAM gives at once; it may give fewer although there are more."""


class NoSuchGroup(NotFound, Missing):
    """IAM has no group of this name."""


class Iam:
    """IAM as its account's credentials may read it. Every method raises one of `kaccess.aws.errors`."""

    def __init__(self, session: AwsSession) -> None:
        self._session = session

    def members(self, iam_group: str) -> tuple[str, ...]:
        """The ARNs of a group's users, with their paths, sorted; empty only if IAM says that the group is.

        Raises:
            NoSuchGroup: there is no such group.
        """
        try:
            return tuple(sorted(self._members(iam_group)))
        except NotFound as error:
            raise NoSuchGroup(self._no_group(iam_group), operation=error.operation, code=error.code) from None

    def role_arn(self, name: str) -> str:
        """The ARN of the role of this name, with its path, which an ARN of STS lacks."""
        client = self._session.client("iam")
        with self._session.calling("iam:GetRole"):
            return client.get_role(RoleName=name)["Role"]["Arn"]

    def _members(self, iam_group: str) -> Iterator[str]:
        client, marker = self._session.client("iam"), ""
        while True:
            place = {"Marker": marker} if marker else {}
            with self._session.calling("iam:GetGroup"):
                page = client.get_group(GroupName=iam_group, MaxItems=_PAGE, **place)
                users, more = [user["Arn"] for user in page["Users"]], page["IsTruncated"]
                marker = page["Marker"] if more else ""
            yield from users
            if not more:
                return

    def _no_group(self, iam_group: str) -> str:
        close = get_close_matches(iam_group, self._group_names(), 1)
        advice = f"; did you mean {close[0]!r}?" if close else "; create it, or set `iam_group` for this group"
        return f"IAM has no group {iam_group!r}{advice}"

    def _group_names(self) -> list[str]:
        """All groups' names; none if the caller may not list them, since they only serve a suggestion."""
        client = self._session.client("iam")
        try:
            with self._session.calling("iam:ListGroups"):
                pages = client.get_paginator("list_groups").paginate()
                return [group["GroupName"] for page in pages for group in page["Groups"]]
        except AwsError:
            return []
