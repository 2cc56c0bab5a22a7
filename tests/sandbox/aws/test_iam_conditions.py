"""Conditions of IAM statements: what is not known never allows, and denies where it might."""

from __future__ import annotations

import json

import pytest

from kaccess.sandbox.aws.iam_policy import Decision, Question, decide, decide_trust

CONTEXT = {
    "aws:username": "ana",
    "aws:multifactorauthpresent": "true",
    "aws:multifactorauthage": "120",
    "aws:currenttime": "2026-11-24T12:00:00+00:00",
    "eks:kubernetesgroups": ("kaccess:a", "kaccess:b"),
    "eks:principalarn": "arn:aws:iam::111122223333:user/ana",
}


def decided(condition, effect="Allow", **rest):
    statements = [{"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition, **rest}]
    if effect == "Deny":
        statements.append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return decide([document], Question("eks:CreateAccessEntry", "arn:x", CONTEXT))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"ForAllValues:StringLike": {"eks:kubernetesGroups": "kaccess:*"}}, True),
        ({"ForAllValues:StringEquals": {"eks:kubernetesGroups": ["kaccess:a", "kaccess:b", "c"]}}, True),
        ({"ForAllValues:StringEquals": {"eks:kubernetesGroups": ["kaccess:a"]}}, False),
        ({"ForAllValues:StringNotLike": {"eks:kubernetesGroups": "system:*"}}, True),
        ({"ForAllValues:StringNotEquals": {"eks:kubernetesGroups": "kaccess:b"}}, False),
        ({"ForAnyValue:StringEquals": {"eks:kubernetesGroups": "kaccess:b"}}, True),
        ({"ForAnyValue:StringEquals": {"eks:kubernetesGroups": "c"}}, False),
        ({"ForAnyValue:StringNotEquals": {"eks:kubernetesGroups": "kaccess:b"}}, True),
        ({"ForAnyValue:StringNotLike": {"eks:kubernetesGroups": "kaccess:*"}}, False),
        ({"ForAllValues:StringEquals": {"eks:namespaces": "a"}}, True),
        ({"ForAnyValue:StringEquals": {"eks:namespaces": "a"}}, False),
        ({"ForAnyValue:StringNotEquals": {"eks:namespaces": "a"}}, False),
        ({"ForAllValues:StringEquals": {"aws:username": "ana"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:username": "ben"}}, False),
        ({"Null": {"eks:kubernetesGroups": "false"}}, True),
        ({"Null": {"eks:kubernetesGroups": True}}, False),
        ({"Null": {"eks:username": "true"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": True}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"BoolIfExists": {"aws:SecureTransport": "false"}}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": 60}}, False),
        ({"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": ["120"]}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2026-11-24T12:00:01Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-11-24T12:00:01Z"}}, False),
        ({"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T12:00:01Z"}}, False),
        ({"ArnLike": {"eks:principalArn": "arn:aws:iam::*:user/*"}}, True),
        ({"ArnNotLike": {"eks:principalArn": "arn:aws:iam::*:role/*"}}, True),
        ({"StringNotEqualsIgnoreCase": {"aws:username": "ANA"}}, False),
        ({"StringLike": {"eks:principalArn": "*/${aws:username}"}}, True),
        ({"StringEquals": {"aws:username": "ana"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}}, False),
        ({"StringEquals": {"aws:username": ["ben", "ana"], "eks:principalArn": "x"}}, False),
    ],
)
def test_what_a_condition_holds_for(condition, holds):
    assert decided(condition) is (Decision.ALLOWED if holds else Decision.UNMENTIONED)
    assert decided(condition, "Deny") is (Decision.DENIED if holds else Decision.ALLOWED)


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"StringLike": {"eks:kubernetesGroups": "kaccess:*"}},
        {"StringNotLike": {"eks:kubernetesGroups": "system:*"}},
        {"ForSomeValues:StringLike": {"eks:kubernetesGroups": "kaccess:*"}},
        {"StringNotEquals": {"aws:username": "${aws:absent}"}},
        {"StringNotEquals": {"aws:username": "${aws:absent, 'ben'}"}},
        {"StringNotEquals": {"aws:username": "${eks:kubernetesGroups}"}},
        {"NumericLessThan": {"aws:MultiFactorAuthAge": "long"}},
        {"DateLessThan": {"aws:CurrentTime": "soon"}},
        {"BinaryEquals": {"aws:username": "YW5h"}},
    ],
)
def test_what_is_not_known_allows_nothing_and_denies(condition):
    assert decided(condition) is Decision.UNMENTIONED
    assert decided(condition, "Deny") is Decision.DENIED


def test_an_element_that_is_not_known_allows_nothing_and_denies():
    assert decided({}, Princpal="*") is Decision.UNMENTIONED
    assert decided({}, "Deny", Princpal="*") is Decision.DENIED


def test_a_variable_without_a_value_allows_nothing_by_not_naming_a_resource():
    statement = {"Effect": "Allow", "Action": "*", "NotResource": "arn:${aws:absent}"}
    document = json.dumps({"Statement": statement})
    assert decide([document], Question("eks:X", "arn:y", CONTEXT)) is Decision.UNMENTIONED


ANA, ROOT = "arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:root"


@pytest.mark.parametrize(
    ("principal", "effect", "decision"),
    [
        ({"Principal": {"AWS": [ANA]}}, "Allow", Decision.ALLOWED),
        ({"Principal": "*"}, "Allow", Decision.ALLOWED),
        ({"Principal": {"AWS": "*"}}, "Deny", Decision.DENIED),
        ({"Principal": {"AWS": ROOT}}, "Allow", Decision.UNMENTIONED),
        ({"Principal": {"Federated": ANA}}, "Allow", Decision.UNMENTIONED),
        ({"NotPrincipal": {"AWS": ROOT}}, "Allow", Decision.UNMENTIONED),
        ({"NotPrincipal": {"AWS": ROOT}}, "Deny", Decision.DENIED),
        ({"NotPrincipal": {"AWS": ANA}}, "Deny", Decision.UNMENTIONED),
        ({}, "Allow", Decision.UNMENTIONED),
    ],
)
def test_whom_a_trust_policy_is_about(principal, effect, decision):
    document = json.dumps({"Statement": [{"Effect": effect, "Action": "sts:AssumeRole", **principal}]})
    assert decide_trust(document, Question("sts:AssumeRole", "arn:role", {}), {ANA}) is decision
