"""Groups with `assume: true`: the IAM role that their members take on, and what lets them. Pure.

One account needs each role once, however many of its clusters the group is granted on.

Members take the role on under a session name that its trust policy pins to their user name, so that audit logs name
the person. Who is offboarded and still in the IAM group is denied by that name, not by ARN: IAM refuses a trust policy
that names a principal who does not exist, and rewrites one whose principal is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from kaccess.model.arn import Arn, partition_of
from kaccess.model.iam_policy import canonical
from kaccess.model.names import IAM_PATH, iam_role_name
from kaccess.model.policy import Group, Policy
from kaccess.model.state import IamGroupPolicy, IamRole, Item, State

_VERSION: Final = "2012-10-17"
"""Of the IAM policy language; in the older one `${aws:username}` is text."""

_ASSUME: Final = "sts:AssumeRole"


def assume_role_arn(group: Group, account: str, region: str) -> str:
    """The ARN of the role that the group's members assume in an account that has clusters in this region."""
    return f"arn:{partition_of(region)}:iam::{account}:role{IAM_PATH}{iam_role_name(group.name)}"


def assume_groups(policy: Policy, account: str, now: datetime) -> tuple[Group, ...]:
    """The groups with `assume: true` that have a grant in force at `now` on a cluster of the account, by name."""
    aliases = [cluster.alias for cluster in policy.clusters.values() if cluster.account == account]
    granted = {grant.group for grant in policy.grants if any(grant.holds_on(alias, now) for alias in aliases)}
    return tuple(group for group in map(policy.groups.__getitem__, sorted(granted)) if group.assume)


def desired_assume(
    policy: Policy, account: str, now: datetime, *, offboarded_members: Mapping[str, tuple[str, ...]]
) -> State:
    """The roles to assume that the policy desires of an account at `now` (aware), and the policies that allow it.

    `offboarded_members` has, for each group, the ARNs of the users who are offboarded and still in its IAM group.
    """
    items: list[Item] = []
    for group in assume_groups(policy, account, now):
        items += _items(group, account, _region(policy, account), offboarded_members.get(group.name, ()))
    return State.of(items)


def _items(group: Group, account: str, region: str, denied: Iterable[str]) -> Iterator[Item]:
    origin = str(group.place)
    trust = _trust(group, f"arn:{partition_of(region)}:iam::{account}:root", denied)
    yield IamRole(iam_role_name(group.name), group.name, trust, group.session_seconds, origin=origin)
    allowed = {"Effect": "Allow", "Action": _ASSUME, "Resource": assume_role_arn(group, account, region)}
    yield IamGroupPolicy(group.target, group.name, _document([allowed]), origin)


def _trust(group: Group, account: str, denied: Iterable[str]) -> str:
    """The trust policy: IAM users of the account under their own names, but for those who are denied."""
    everyone = {"Action": _ASSUME, "Principal": {"AWS": account}}
    condition: dict[str, Any] = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    if group.mfa:
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    statements = [{**everyone, "Effect": "Allow", "Condition": condition}]
    names = sorted({Arn.parse(principal).name for principal in denied})
    if names:
        statements.append({**everyone, "Effect": "Deny", "Condition": {"StringEquals": {"aws:username": names}}})
    return _document(statements)


def _document(statements: list[dict[str, Any]]) -> str:
    return canonical({"Version": _VERSION, "Statement": statements})


def _region(policy: Policy, account: str) -> str:
    """A region of the account's clusters; they are all in one partition."""
    return next(cluster.region for cluster in policy.clusters.values() if cluster.account == account)
