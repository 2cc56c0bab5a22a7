"""Policies that limit whom and what access entries may be written for, by the condition keys of EKS."""

from __future__ import annotations

import pytest

from kaccess.sandbox import world

from ..conftest import ACCOUNT, CLUSTER

ANA, BEN = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("ana", "ben"))
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
OURS = {"ForAllValues:StringLike": {"eks:kubernetesGroups": "kaccess:*"}, "Null": {"eks:kubernetesGroups": "false"}}
WHERE = {"clusterName": CLUSTER}


@pytest.fixture
def writer(aws):
    """A client of dario's, whose policy allows EKS under these conditions."""

    def client(actions=("eks:*",), resource="*", **condition):
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, "Condition": condition}
        world.ACCOUNT.iam.put_user_policy("dario", "write", world.document(statement))
        return aws.client("eks", "dario")

    return client


def attempt(refusal, allowed, method, **arguments):
    if allowed:
        assert method(**WHERE, **arguments)
    else:
        assert refusal(method, **WHERE, **arguments)[1] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("condition", "arguments", "allowed"),
    [
        (OURS, {"kubernetesGroups": ["kaccess:a", "kaccess:b"]}, True),
        (OURS, {"kubernetesGroups": ["kaccess:a", "argocd-deployers"]}, False),
        (OURS, {"kubernetesGroups": []}, False),
        ({"ForAnyValue:StringLike": {"eks:kubernetesGroups": "kaccess:*"}}, {"kubernetesGroups": ["a"]}, False),
        ({"ArnLike": {"eks:principalArn": ANA}}, {}, True),
        ({"ArnLike": {"eks:principalArn": BEN}}, {}, False),
        ({"StringEquals": {"eks:accessEntryType": "STANDARD"}}, {}, True),
        ({"StringEquals": {"eks:accessEntryType": "STANDARD"}}, {"type": "EC2"}, False),
        ({"Null": {"eks:username": "true"}}, {}, True),
        ({"Null": {"eks:username": "true"}}, {"username": "somebody"}, False),
        ({"StringEquals": {"eks:clusterName": CLUSTER}}, {}, False),
        ({"StringEquals": {"aws:RequestTag/owner": "kaccess"}}, {"tags": {"owner": "kaccess"}}, True),
        ({"StringEquals": {"aws:RequestTag/owner": "kaccess"}}, {"tags": {"owner": "x"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["owner"]}}, {"tags": {"owner": "x", "more": "y"}}, False),
    ],
)
def test_what_an_entry_may_be_created_with(writer, refusal, condition, arguments, allowed):
    attempt(refusal, allowed, writer(**condition).create_access_entry, principalArn=ANA, **arguments)


def test_creating_with_tags_is_tagging_too(writer, refusal):
    eks = writer(["eks:CreateAccessEntry"])
    attempt(refusal, False, eks.create_access_entry, principalArn=ANA, tags={"a": "b"})
    attempt(refusal, True, eks.create_access_entry, principalArn=ANA)
    cluster, entries = (f"arn:aws:eks:eu-south-1:{ACCOUNT}:{kind}/{CLUSTER}" for kind in ("cluster", "access-entry"))
    for resource, allowed in (([cluster], False), ([cluster, f"{entries}/user/{ACCOUNT}/ben/*"], True)):
        eks = writer(["eks:CreateAccessEntry", "eks:TagResource"], resource)
        attempt(refusal, allowed, eks.create_access_entry, principalArn=BEN, tags={"a": "b"})


@pytest.fixture
def entries(aws):
    """An entry of kaccess's for ana, and one of somebody else's for ben."""
    eks = aws.client("eks")
    eks.create_access_entry(
        **WHERE, principalArn=ANA, kubernetesGroups=["kaccess:a"], tags={"Managed-By": "kaccess"}, username="ana"
    )
    eks.create_access_entry(**WHERE, principalArn=BEN, kubernetesGroups=["theirs"])


@pytest.mark.parametrize(
    "condition",
    [
        OURS,
        {"ArnLike": {"eks:principalArn": ANA}},
        {"StringEquals": {"eks:username": "ana", "eks:clusterName": CLUSTER, "eks:accessEntryType": "STANDARD"}},
        {"StringEquals": {"aws:ResourceTag/managed-by": "kaccess"}},
    ],
)
def test_an_entry_is_known_by_what_it_holds(entries, writer, refusal, condition):
    eks = writer(**condition)
    for operation, arguments in (
        (eks.describe_access_entry, {}),
        (eks.update_access_entry, {"kubernetesGroups": ["kaccess:c"]}),
        (eks.associate_access_policy, {"policyArn": VIEW, "accessScope": {"type": "cluster"}}),
        (eks.list_associated_access_policies, {}),
        (eks.disassociate_access_policy, {"policyArn": VIEW}),
        (eks.delete_access_entry, {}),
    ):
        attempt(refusal, True, operation, principalArn=ANA, **arguments)
        if operation != eks.update_access_entry or condition is not OURS:
            attempt(refusal, False, operation, principalArn=BEN, **arguments)


def test_an_update_counts_with_what_it_asks_for(entries, writer, refusal):
    eks = writer(**OURS)
    attempt(refusal, False, eks.update_access_entry, principalArn=ANA, kubernetesGroups=["kaccess:a", "admins"])
    attempt(refusal, True, eks.update_access_entry, principalArn=ANA, kubernetesGroups=["kaccess:b"])


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"ArnEquals": {"eks:policyArn": VIEW}}, True),
        ({"ArnEquals": {"eks:policyArn": ADMIN}}, False),
        ({"StringEquals": {"eks:accessScope": "namespace"}}, True),
        ({"StringEquals": {"eks:accessScope": "cluster"}}, False),
        ({"ForAllValues:StringEquals": {"eks:namespaces": ["staging", "development"]}}, True),
        ({"ForAllValues:StringEquals": {"eks:namespaces": ["development"]}}, False),
    ],
)
def test_what_may_be_associated(entries, writer, refusal, condition, allowed):
    scope = {"type": "namespace", "namespaces": ["staging"]}
    attempt(
        refusal,
        allowed,
        writer(**condition).associate_access_policy,
        principalArn=ANA,
        policyArn=VIEW,
        accessScope=scope,
    )


def test_tags_are_changed_within_the_keys_that_are_allowed(entries, aws, writer, refusal):
    arn = aws.client("eks").describe_access_entry(**WHERE, principalArn=ANA)["accessEntry"]["accessEntryArn"]
    eks = writer(**{"ForAllValues:StringEquals": {"aws:TagKeys": ["owner"]}, "ArnLike": {"eks:principalArn": ANA}})
    eks.tag_resource(resourceArn=arn, tags={"owner": "x"})
    eks.untag_resource(resourceArn=arn, tagKeys=["owner"])
    for refused in (
        lambda: eks.tag_resource(resourceArn=arn, tags={"owner": "x", "other": "y"}),
        lambda: eks.untag_resource(resourceArn=arn, tagKeys=["owner", "Managed-By"]),
    ):
        assert refusal(refused)[1] == "AccessDeniedException"


@pytest.mark.parametrize(("mode", "allowed"), [("API_AND_CONFIG_MAP", True), ("API", False)])
def test_the_mode_of_a_new_cluster_may_be_limited(writer, refusal, mode, allowed):
    eks = writer(StringEquals={"eks:authenticationMode": "API_AND_CONFIG_MAP"})
    made = {"name": "new", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/x", "resourcesVpcConfig": {}}
    made["accessConfig"] = {"authenticationMode": mode}
    if allowed:
        assert eks.create_cluster(**made)
    else:
        assert refusal(eks.create_cluster, **made)[1] == "AccessDeniedException"
