"""The people of the policy's groups, out of a snapshot of their account: as `kaccess.workflows.people` reads them."""

from __future__ import annotations

import re
from typing import Final

from kaccess.audit.snapshot import AccountSnapshot
from kaccess.model.arn import Arn
from kaccess.model.identity import Principal
from kaccess.model.names import iam_role_name
from kaccess.model.policy import Group, SourceKind
from kaccess.policy.assume import assume_role_arn

_PERMISSION_SET: Final = re.compile(r"AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}")


def principals_of(group: Group, account: AccountSnapshot, region: str) -> tuple[Principal, ...] | None:
    """The principals that a group's entries are for; None if they are not known, or there is no such source."""
    if not account.is_known:
        return None
    if group.source is SourceKind.IAM_ROLE:
        return _existing_role(group.target, account)
    if group.source is SourceKind.PERMISSION_SET:
        return _permission_set(group.target, account)
    if group.target not in account.groups_by_name:
        return None
    if group.assume:
        return _role(assume_role_arn(group, account.account, region), iam_role_name(group.name), account)
    return tuple(Principal(user.arn, user.created_at) for user in account.members(group.target))


def _existing_role(arn: str, account: AccountSnapshot) -> tuple[Principal, ...] | None:
    parsed = Arn.parse(arn)
    return (Principal(arn),) if parsed.account != account.account else _role(arn, parsed.name, account)


def _role(arn: str, name: str, account: AccountSnapshot) -> tuple[Principal, ...] | None:
    found = account.roles_by_name.get(name)
    return (Principal(arn, found.created_at),) if found is not None and found.arn == arn else None


def _permission_set(name: str, account: AccountSnapshot) -> tuple[Principal, ...] | None:
    found = [
        Principal(role.arn, role.created_at)
        for role_name, role in account.roles_by_name.items()
        if (match := _PERMISSION_SET.fullmatch(role_name)) and match["name"] == name
    ]
    return tuple(found) if len(found) == 1 else None
