"""Roles to assume and the policies that allow it, as kaccess makes them."""

from __future__ import annotations

from dataclasses import replace

from kaccess.model.iam_policy import canonical
from kaccess.model.names import iam_role_name
from kaccess.model.state import IamGroupPolicy, IamRole
from tests.aws.answers import ACCOUNT
from tests.aws.fake_iam import FakeIam, role_arn

MINE = {"app.kubernetes.io/managed-by": "kaccess"}


def trust(*, mfa: bool = False, denied: tuple[str, ...] = (), partition: str = "aws") -> str:
    everyone = {"Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:{partition}:iam::{ACCOUNT}:root"}}
    condition = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    if mfa:
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    statements = [{**everyone, "Effect": "Allow", "Condition": condition}]
    if denied:
        statements.append({**everyone, "Effect": "Deny", "Condition": {"StringEquals": {"aws:username": list(denied)}}})
    return canonical({"Version": "2012-10-17", "Statement": statements})


def allows(group: str, partition: str = "aws") -> str:
    resource = role_arn(iam_role_name(group), partition=partition)
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}
    return canonical({"Version": "2012-10-17", "Statement": [statement]})


def role(group: str = "data", **parts: object) -> IamRole:
    return replace(IamRole(iam_role_name(group), group, trust(), 3600), **parts)


def policy(group: str = "data", iam_group: str = "data", **parts: object) -> IamGroupPolicy:
    return replace(IamGroupPolicy(iam_group, group, allows(group)), **parts)


def put(aws: FakeIam, item: IamRole, path: str = "/kaccess/", **tags: str) -> None:
    ours = MINE | {"kaccess.io/group": item.group.replace(",", ":")}
    aws.add_role(item.name, item.trust, path=path, seconds=item.session_seconds, **(tags or ours))
