"""Documents that someone who can change a plan would like kaccess to write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kaccess.aws.assume_documents import check_group_policy, check_trust
from kaccess.model.errors import Refused
from kaccess.model.state import IamGroupPolicy, IamRole
from tests.aws.answers import ACCOUNT

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/kaccess/kaccess-data"
OWN_NAME = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"AWS": ROOT},
    "Condition": OWN_NAME,
}
ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}


def document(*statements: Any, version: str = "2012-10-17", **more: Any) -> str:
    return json.dumps({"Version": version, "Statement": list(statements), **more})


def without(statement: dict[str, Any], part: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != part}


def trusts(text: str, name: str = "kaccess-data") -> None:
    check_trust(IamRole(name, "data", text, 3600), ACCOUNT)


def allowed(text: str) -> None:
    check_group_policy(IamGroupPolicy("people", "data", text))


@pytest.mark.parametrize(
    "text",
    [
        document(TRUST),
        document({**TRUST, "Sid": "Own", "Action": ["sts:AssumeRole"], "Principal": {"AWS": [ROOT]}}),
        document({**TRUST, "Condition": {**OWN_NAME, "Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
        document(TRUST, {"Effect": "Deny", "Principal": "*", "Action": "*"}),
        json.dumps({"Version": "2012-10-17", "Statement": TRUST}),
    ],
)
def test_the_trust_policies_that_kaccess_makes_pass(text: str) -> None:
    trusts(text)


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_other_partitions_pass(partition: str) -> None:
    trusts(document(TRUST).replace("arn:aws:", f"arn:{partition}:"))
    allowed(document(ALLOW).replace("arn:aws:", f"arn:{partition}:"))


@pytest.mark.parametrize(
    "statement",
    [
        {**TRUST, "Action": "sts:*"},
        {**TRUST, "Action": "*"},
        {**TRUST, "Action": ["sts:AssumeRole", "sts:TagSession"]},
        {**without(TRUST, "Action"), "NotAction": "sts:AssumeRole"},
        {**TRUST, "Principal": "*"},
        {**TRUST, "Principal": {"AWS": "*"}},
        {**TRUST, "Principal": {"AWS": "arn:aws:iam::999988887777:root"}},
        {**TRUST, "Principal": {"AWS": [ROOT, "arn:aws:iam::999988887777:root"]}},
        {**TRUST, "Principal": {"AWS": ROOT, "Service": "ec2.amazonaws.com"}},
        {**TRUST, "Principal": {"Federated": "accounts.google.com"}},
        {**without(TRUST, "Principal"), "NotPrincipal": {"AWS": ROOT}},
        {**TRUST, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"}},
        without(TRUST, "Condition"),
        {**TRUST, "Condition": {}},
        {**TRUST, "Condition": {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}},
        {**TRUST, "Condition": {"StringEquals": {"sts:RoleSessionName": ["${aws:username}", "admin"]}}},
        {**TRUST, "Condition": {"StringEqualsIfExists": {"sts:RoleSessionName": "${aws:username}"}}},
        {**TRUST, "Effect": "allow"},
        {**TRUST, "Resource": "*"},
        {},
        None,
        "Allow",
    ],
)
def test_a_trust_policy_that_lets_in_more_is_refused(statement: Any) -> None:
    for text in (document(statement), document(TRUST, statement), json.dumps({"Statement": statement})):
        with pytest.raises(Refused, match="kaccess-data"):
            trusts(text)


def test_the_trust_policy_of_another_role_is_refused() -> None:
    with pytest.raises(Refused, match="not the one of the group data"):
        trusts(document(TRUST), "OrganizationAccountAccessRole")


@pytest.mark.parametrize(
    "text",
    [
        document(ALLOW),
        document({**ALLOW, "Action": ["sts:AssumeRole"], "Resource": [ROLE], "Sid": "Own"}),
        document({**ALLOW, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
    ],
)
def test_the_group_policies_that_kaccess_makes_pass(text: str) -> None:
    allowed(text)


@pytest.mark.parametrize(
    "statement",
    [
        {**ALLOW, "Action": "*"},
        {**ALLOW, "Action": "sts:*"},
        {**ALLOW, "Action": ["sts:AssumeRole", "iam:PassRole"]},
        {**without(ALLOW, "Action"), "NotAction": "iam:*"},
        {**ALLOW, "Resource": "*"},
        {**ALLOW, "Resource": ROLE + "*"},
        {**ALLOW, "Resource": [ROLE, ROLE + "-admin"]},
        {**ALLOW, "Resource": f"arn:aws:iam::{ACCOUNT}:role/kaccess-data"},
        {**ALLOW, "Resource": f"arn:aws:iam::{ACCOUNT}:role/kaccess/*"},
        {**ALLOW, "Resource": "arn:aws:iam::*:role/kaccess/kaccess-data"},
        {**ALLOW, "Resource": ROLE.replace("arn:aws:", "arn:*:")},
        {**without(ALLOW, "Resource"), "NotResource": ROLE},
        {**ALLOW, "Effect": "ALLOW"},
        {},
        None,
    ],
)
def test_a_group_policy_that_allows_more_is_refused(statement: Any) -> None:
    for text in (document(statement), document(ALLOW, statement), json.dumps({"Statement": statement})):
        with pytest.raises(Refused, match="people/kaccess-assume"):
            allowed(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "no JSON",
        document(ALLOW, version="2008-10-17"),
        document(ALLOW, Id="x"),
        '{"Version":"2012-10-17","Statement":null}',
        # read here as the narrow one, and by another reader perhaps as the wide one
        document(ALLOW).replace('"Action":', '"Action": "*", "Action":'),
    ],
)
def test_what_is_no_plain_document_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        allowed(text)
    with pytest.raises(Refused):
        trusts(text)
