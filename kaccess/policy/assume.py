"""Groups with `assume: true`: the IAM role that their members take on, and what lets them. Pure.

One account needs each role once, however many of its clusters the group is granted on.

Members take the role on under a session name that its trust policy pins to their user name, so that audit logs name
the person. Who is offboarded and still in the IAM group is denied by that name, not by ARN: IAM refuses a trust policy
that names a principal who does not exist, and rewrites one whose principal is deleted.

Grants that end, and sessions: a session gives nothing but its way into clusters, since the role has no IAM policies of
its own. When a grant ends, whoever applies next takes its bindings away; with the group's last grant also the entry
and the role, and with the role its open sessions. Nothing in AWS ends a session that is open, or keeps it from making
tokens (no policy can deny sts:GetCallerIdentity). So, for the time in which nobody applies, and where every grant of
the group ends: the trust policy lets nobody in from the last end on, and a session is no longer than the whole hours
that are left until then. IAM takes no maximum below one hour; a session begun in the last hour is the one that may stay
open after the end, and opens nothing once the entry is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kaccess.model.arn import Arn, partition_of
from kaccess.model.iam_policy import canonical
from kaccess.model.names import IAM_PATH, iam_role_name
from kaccess.model.policy import Grant, Group, Policy
from kaccess.model.state import IamGroupPolicy, IamRole, Item, State
from kaccess.policy.shapes import time_text

_VERSION: Final = "2012-10-17"
"""Of the IAM policy language; in the older one `${aws:username}` is text."""

_ASSUME: Final = "sts:AssumeRole"

SHORTEST_SESSION: Final = timedelta(hours=1)
"""The smallest MaxSessionDuration that IAM takes (CreateRole)."""


def assume_role_arn(group: Group, account: str, region: str) -> str:
    """The ARN of the role that the group's members assume in an account that has clusters in this region."""
    return f"arn:{partition_of(region)}:iam::{account}:role{IAM_PATH}{iam_role_name(group.name)}"


def assume_groups(policy: Policy, account: str, now: datetime) -> tuple[Group, ...]:
    """The groups with `assume: true` that have a grant in force at `now` on a cluster of the account, by name."""
    granted = {grant.group for grant in _in_force(policy, account, now)}
    return tuple(group for group in map(policy.groups.__getitem__, sorted(granted)) if group.assume)


def desired_assume(
    policy: Policy, account: str, now: datetime, *, offboarded_members: Mapping[str, tuple[str, ...]]
) -> State:
    """The roles to assume that the policy desires of an account at `now` (aware), and the policies that allow it.

    `offboarded_members` has, for each group, the ARNs of the users who are offboarded and still in its IAM group.
    """
    items: list[Item] = []
    for group in assume_groups(policy, account, now):
        end = _last_end(grant for grant in _in_force(policy, account, now) if grant.group == group.name)
        seconds = _session_seconds(group, end, now)
        denied = offboarded_members.get(group.name, ())
        items += _items(group, account, _region(policy, account), denied, end, seconds)
    return State.of(items)


def _in_force(policy: Policy, account: str, now: datetime) -> list[Grant]:
    """The grants in force on any cluster of the account."""
    aliases = [cluster.alias for cluster in policy.clusters.values() if cluster.account == account]
    return [grant for grant in policy.grants if any(grant.holds_on(alias, now) for alias in aliases)]


def _last_end(grants: Iterable[Grant]) -> datetime | None:
    """When the last of these grants ends; None if one of them does not."""
    ends = [grant.until for grant in grants]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _session_seconds(group: Group, end: datetime | None, now: datetime) -> int:
    """How long a session may be. In whole hours if cut short, so that it is not another number at every look."""
    if end is None or now + timedelta(seconds=group.session_seconds) <= end:
        return group.session_seconds
    left = (end - now) // SHORTEST_SESSION * SHORTEST_SESSION
    return int(max(left, SHORTEST_SESSION).total_seconds())


def _items(
    group: Group, account: str, region: str, denied: Iterable[str], end: datetime | None, seconds: int
) -> Iterator[Item]:
    origin = str(group.place)
    trust = _trust(group, f"arn:{partition_of(region)}:iam::{account}:root", denied, end)
    yield IamRole(iam_role_name(group.name), group.name, trust, seconds, origin=origin)
    allowed = {"Effect": "Allow", "Action": _ASSUME, "Resource": assume_role_arn(group, account, region)}
    yield IamGroupPolicy(group.target, group.name, _document([allowed]), origin)


def _trust(group: Group, account: str, denied: Iterable[str], end: datetime | None) -> str:
    """The trust policy: until `end`, IAM users of the account under their own names, but for those who are denied."""
    everyone = {"Action": _ASSUME, "Principal": {"AWS": account}}
    condition: dict[str, Any] = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    if group.mfa:
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    if end is not None:
        condition["DateLessThan"] = {"aws:CurrentTime": time_text(end)}
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
