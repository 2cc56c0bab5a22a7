"""IAM: nothing is allowed that no policy allows, and groups are read in pages."""

from __future__ import annotations

import json

import pytest

from kaccess.sandbox import world
from kaccess.sandbox.aws.iam_conditions import matches
from kaccess.sandbox.aws.iam_policy import Decision, Question, decide

from ..conftest import ACCOUNT, CLUSTER

ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
CLUSTER_ARN = f"arn:aws:eks:eu-south-1:{ACCOUNT}:cluster/{CLUSTER}"


def test_a_developer_may_find_the_cluster_and_no_more(aws, refusal):
    eks, iam = aws.client("eks", "ana"), aws.client("iam", "ana")
    described = eks.describe_cluster(name=CLUSTER)["cluster"]
    assert described["endpoint"] == "https://127.0.0.1:6443"
    assert described["accessConfig"]["authenticationMode"] == "API"
    assert eks.list_clusters()["clusters"] == [CLUSTER]
    message = (
        f"User: {ANA} is not authorized to perform: eks:ListAccessEntries on resource: {CLUSTER_ARN} "
        "because no identity-based policy allows the eks:ListAccessEntries action"
    )
    assert refusal(eks.list_access_entries, clusterName=CLUSTER) == (403, "AccessDeniedException", message)
    refused = refusal(iam.get_group, GroupName="payments-developers")
    assert refused[:2] == (403, "AccessDenied")
    assert refused[2].startswith(
        f"User: {ANA} is not authorized to perform: iam:GetGroup "
        f"on resource: arn:aws:iam::{ACCOUNT}:group/payments-developers"
    )


@pytest.mark.parametrize("operation", ["update_access_entry", "delete_access_entry", "describe_access_entry"])
def test_a_developer_cannot_touch_entries(aws, refusal, operation):
    call = getattr(aws.client("eks", "ana"), operation)
    refused = refusal(call, clusterName=CLUSTER, principalArn=f"arn:aws:iam::{ACCOUNT}:user/admin")
    assert refused[1] == "AccessDeniedException"
    assert f":access-entry/{CLUSTER}/user/{ACCOUNT}/admin/" in refused[2]


def test_an_auditor_reads_everything_and_writes_nothing(aws, refusal):
    eks, iam = aws.client("eks", "olga"), aws.client("iam", "olga")
    assert eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]
    assert [user["UserName"] for user in iam.get_group(GroupName="payments-developers")["Users"]] == ["ana", "ben"]
    assert refusal(eks.create_access_entry, clusterName=CLUSTER, principalArn=ANA)[0] == 403
    assert refusal(iam.create_user, UserName="x")[0] == 403


def test_a_role_session_has_the_policies_of_its_role(aws, refusal):
    role = aws.add_role("reader")
    credentials = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="admin")["Credentials"]
    eks = aws.session("eks", credentials)
    assert refusal(eks.list_clusters)[1] == "AccessDeniedException"
    statement = {"Effect": "Allow", "Action": "eks:List*", "Resource": "*"}
    world.ACCOUNT.iam.put_role_policy("reader", "read", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert eks.list_clusters()["clusters"] == [CLUSTER]


def test_an_attached_policy_counts_and_its_explicit_deny_wins(aws, refusal):
    iam = aws.client("iam")
    statement = {"Effect": "Deny", "Action": "eks:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_policy(PolicyName="no-eks", PolicyDocument=document)["Policy"]["Arn"]
    assert aws.client("eks", "ana").list_clusters()
    iam.attach_group_policy(GroupName="payments-developers", PolicyArn=arn)
    refused = refusal(aws.client("eks", "ana").list_clusters)
    assert refused[2].endswith("with an explicit deny in a policy")


def test_everyone_may_ask_who_they_are(aws):
    aws.add_user("eva")
    key = aws.client("iam").create_access_key(UserName="eva")["AccessKey"]
    assert aws.client_of("sts", key["AccessKeyId"], key["SecretAccessKey"]).get_caller_identity()["Account"] == ACCOUNT


def test_a_group_is_read_in_pages_of_a_hundred(aws, refusal):
    iam = aws.client("iam")
    names = [f"member-{number:03}" for number in range(205)]
    for name in names:
        aws.add_user(name)
        world.ACCOUNT.iam.add_user_to_group("data-engineers", name)
    first = iam.get_group(GroupName="data-engineers")
    assert (len(first["Users"]), first["IsTruncated"]) == (100, True)
    pages = list(iam.get_paginator("get_group").paginate(GroupName="data-engineers"))
    assert [len(page["Users"]) for page in pages] == [100, 100, 6]
    assert {user["UserName"] for page in pages for user in page["Users"]} == {*names, "carla"}
    assert len(iam.get_group(GroupName="data-engineers", MaxItems=1000)["Users"]) == 206
    refused = refusal(iam.get_group, GroupName="data-engineers", Marker="nonsense")
    assert refused[1] == "ValidationError"


def test_an_unknown_group_is_no_such_entity(aws, refusal):
    refused = refusal(aws.client("iam").get_group, GroupName="nobodies")
    assert refused == (404, "NoSuchEntity", "The group with name nobodies cannot be found.")


def test_an_empty_group_is_empty(aws):
    iam = aws.client("iam")
    iam.create_group(GroupName="empty", Path="/teams/")
    answer = iam.get_group(GroupName="empty")
    assert (answer["Users"], answer["IsTruncated"]) == ([], False)
    assert answer["Group"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/teams/empty"


def test_a_user_is_who_they_are_unless_another_is_named(aws, refusal):
    assert aws.client("iam", "olga").get_user()["User"]["UserName"] == "olga"
    refused = refusal(aws.client("iam", "ana").get_user)
    assert refused[2].startswith(f"User: {ANA} is not authorized to perform: iam:GetUser on resource: {ANA}")
    assert refusal(aws.client("iam", "ana").get_user, UserName="ben")[1] == "AccessDenied"


def test_an_unknown_operation_of_eks_is_refused(aws, refusal):
    assert refusal(aws.client("eks").list_addons, clusterName=CLUSTER)[:2] == (404, "UnknownOperationException")


def decided(*statements, action="eks:DescribeCluster", resource="arn:x", **context):
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    keys = {key.replace("_", ":", 1): value for key, value in context.items()}
    return decide([document], Question(action, resource, keys))


ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([], Decision.UNMENTIONED),
        ([ALLOW], Decision.ALLOWED),
        ([{**ALLOW, "Action": ["EKS:describe*"]}], Decision.ALLOWED),
        ([{**ALLOW, "Action": "eks:Describe?luster"}], Decision.ALLOWED),
        ([{**ALLOW, "Action": "eks:Describe"}], Decision.UNMENTIONED),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], Decision.ALLOWED),
        ([{"Effect": "Allow", "NotAction": "eks:*", "Resource": "*"}], Decision.UNMENTIONED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:*"}], Decision.UNMENTIONED),
        ([{**ALLOW, "Resource": "arn:y"}], Decision.UNMENTIONED),
        ([{**ALLOW, "Resource": "arn:${aws:username}"}], Decision.ALLOWED),
        ([{**ALLOW, "Resource": "arn:*${aws:unknown}"}], Decision.UNMENTIONED),
        ([ALLOW, {**ALLOW, "Effect": "Deny"}], Decision.DENIED),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Resource": "arn:y"}], Decision.ALLOWED),
        ([{**ALLOW, "Condition": {"StringEquals": {"aws:username": "x"}}}], Decision.ALLOWED),
        ([{**ALLOW, "Condition": {"StringEquals": {"AWS:UserName": ["y", "x"]}}}], Decision.ALLOWED),
        ([{**ALLOW, "Condition": {"StringEquals": {"aws:username": "y"}}}], Decision.UNMENTIONED),
        ([{**ALLOW, "Condition": {"StringNotEquals": {"aws:username": "y"}}}], Decision.ALLOWED),
        ([{**ALLOW, "Condition": {"StringEquals": {"aws:absent": "x"}}}], Decision.UNMENTIONED),
        ([{**ALLOW, "Condition": {"StringEqualsIfExists": {"aws:absent": "x"}}}], Decision.ALLOWED),
        ([{**ALLOW, "Condition": {"Null": {"aws:absent": "true"}}}], Decision.ALLOWED),
        ([{**ALLOW, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}], Decision.UNMENTIONED),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"IpAddress": {"x": "y"}}}], Decision.DENIED),
    ],
)
def test_what_policies_decide(statements, decision):
    assert decided(*statements, aws_username="x") is decision


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [("a*c", "abbc", True), ("a.c", "abc", False), ("a?c", "abc", True), ("[a]", "a", False), ("a", "ab", False)],
)
def test_patterns_are_iams_not_regular_expressions(pattern, text, expected):
    assert matches(pattern, text) is expected
