"""Access entries through boto3: shapes, rules and error codes of EKS."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kaccess.sandbox.aws import access_entries

from ..conftest import ACCOUNT, CLUSTER

ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
ARGOCD = f"arn:aws:iam::{ACCOUNT}:role/platform/argocd"


def create(eks, principal=ANA, **rest):
    return eks.create_access_entry(clusterName=CLUSTER, principalArn=principal, **rest)["accessEntry"]


def test_a_created_entry_is_described_as_it_was_created(aws):
    eks = aws.client("eks")
    entry = create(eks, kubernetesGroups=["b", "a", "b"], tags={"owner": "kaccess"})
    assert entry == eks.describe_access_entry(clusterName=CLUSTER, principalArn=ANA)["accessEntry"]
    assert entry["kubernetesGroups"] == ["b", "a"]
    assert entry["username"] == ANA
    assert entry["type"] == "STANDARD"
    assert entry["tags"] == {"owner": "kaccess"}
    assert entry["accessEntryArn"].startswith(f"arn:aws:eks:eu-south-1:{ACCOUNT}:access-entry/{CLUSTER}/user/")
    assert entry["createdAt"] == entry["modifiedAt"]


def test_a_role_is_named_by_its_session(aws):
    role = aws.add_role("deploy", path="/ci/")
    assert create(aws.client("eks"), role)["username"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/{{{{SessionName}}}}"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kubernetesGroups": ["system:masters"]}, "The kubernetes group name system:masters is invalid, it cannot"),
        ({"kubernetesGroups": ["ok", "eks:admins"]}, "The kubernetes group name eks:admins is invalid, it cannot"),
        ({"username": "system:kube-scheduler"}, "The username must not begin with system:"),
        ({"username": "eks:x"}, "The username must not begin with eks:"),
        ({"username": "aws:x"}, "The username must not begin with aws:"),
        ({"username": "amazon:x"}, "The username must not begin with amazon:"),
        ({"username": "iam:x"}, "The username must not begin with iam:"),
        ({"username": "x:{{SessionName}}"}, "The username of an IAM user must not contain {{SessionName}}"),
        ({"type": "SUPER"}, "The type SUPER is not a valid access entry type"),
        ({"type": "EC2_LINUX"}, "The type EC2_LINUX requires the principalArn of an IAM role"),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:user/team/ana"}, "The specified principalArn is invalid: invalid"),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:user/nobody"}, "The specified principalArn is invalid: invalid"),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:role/argocd"}, "The specified principalArn is invalid: invalid"),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:group/auditors"}, "The specified principalArn is invalid: invalid"),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:root"}, "The specified principalArn is invalid: invalid"),
        ({"principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/argocd/x"}, "The specified principalArn is invalid"),
        ({"principal": "ana"}, "The principalArn parameter format is not valid"),
        ({"principal": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x/Y"}, "The caller is not allowed to modify"),
        ({"tags": {str(number): "" for number in range(51)}}, "The number of tags must not exceed 50"),
    ],
)
def test_what_eks_refuses_to_create(aws, refusal, arguments, message):
    eks = aws.client("eks")
    status, code, said = refusal(lambda: create(eks, **arguments))
    assert (status, code) == (400, "InvalidParameterException")
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("username", "accepted"),
    [("{{SessionName}}", False), ("team-{{SessionNameRaw}}", False), ("team:{{SessionName}}", True), ("plain", True)],
)
def test_a_session_name_needs_a_colon_before_it(aws, refusal, username, accepted):
    eks, role = aws.client("eks"), aws.add_role("deploy")
    if accepted:
        assert create(eks, role, username=username)["username"] == username
    else:
        assert refusal(lambda: create(eks, role, username=username))[1] == "InvalidParameterException"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'{"principalArn": 5}',
        b'{"kubernetesGroups": "abc"}',
        b'{"kubernetesGroups": [1]}',
        b'{"tags": [1]}',
    ],
)
def test_a_body_of_the_wrong_shape_is_told(aws, body):
    url = f"{aws.url}/clusters/{CLUSTER}/access-entries"
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials(*aws.keys["admin"]), "eks", "eu-south-1").add_auth(request)
    with pytest.raises(HTTPError) as caught, urlopen(Request(url, body, dict(request.headers))):
        pass
    with caught.value as answer:
        assert (answer.code, answer.headers["x-amzn-errortype"]) == (400, "SerializationException")


def test_a_node_entry_takes_neither_groups_nor_user_name(aws, refusal):
    eks, role = aws.client("eks"), aws.add_role("nodes")
    for arguments in ({"kubernetesGroups": ["a"]}, {"username": "x"}):
        code = refusal(lambda given=arguments: create(eks, role, type="EC2_LINUX", **given))[1]
        assert code == "InvalidParameterException"
    entry = create(eks, role, type="EC2_LINUX")
    assert entry["username"] == "system:node:{{EC2PrivateDNSName}}"
    assert refusal(eks.update_access_entry, clusterName=CLUSTER, principalArn=role, kubernetesGroups=["a"])[0] == 400


def test_there_is_one_entry_for_a_principal(aws, refusal):
    eks = aws.client("eks")
    create(eks)
    assert refusal(lambda: create(eks, kubernetesGroups=["other"]))[:2] == (409, "ResourceInUseException")
    assert eks.describe_access_entry(clusterName=CLUSTER, principalArn=ANA)["accessEntry"]["kubernetesGroups"] == []


def test_a_repeated_request_token_creates_nothing_new(aws):
    eks = aws.client("eks")
    assert create(eks, clientRequestToken="once") == create(eks, clientRequestToken="once")


def test_an_update_replaces_groups_and_keeps_the_rest(aws):
    eks = aws.client("eks")
    before = create(eks, kubernetesGroups=["a"], username="someone")
    after = eks.update_access_entry(clusterName=CLUSTER, principalArn=ANA, kubernetesGroups=["b"])["accessEntry"]
    assert after["kubernetesGroups"] == ["b"]
    assert after["modifiedAt"] > before["modifiedAt"]
    kept = ("username", "type", "tags", "accessEntryArn", "createdAt", "principalArn")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    emptied = eks.update_access_entry(clusterName=CLUSTER, principalArn=ANA, kubernetesGroups=[])["accessEntry"]
    assert emptied["kubernetesGroups"] == []


@pytest.mark.parametrize("arguments", [{"kubernetesGroups": ["system:nodes"]}, {"username": "eks:x"}])
def test_an_update_has_the_rules_of_a_creation(aws, refusal, arguments):
    eks = aws.client("eks")
    create(eks)
    refused = refusal(eks.update_access_entry, clusterName=CLUSTER, principalArn=ANA, **arguments)
    assert refused[:2] == (400, "InvalidParameterException")


@pytest.mark.parametrize("operation", ["describe_access_entry", "update_access_entry", "delete_access_entry"])
def test_what_is_not_there_is_not_found(aws, refusal, operation):
    call = getattr(aws.client("eks"), operation)
    assert refusal(call, clusterName=CLUSTER, principalArn=ANA)[:2] == (404, "ResourceNotFoundException")
    assert refusal(call, clusterName="nowhere", principalArn=ANA)[:2] == (404, "ResourceNotFoundException")


def test_a_deleted_entry_is_gone_and_may_be_made_again(aws, refusal):
    eks = aws.client("eks")
    create(eks)
    eks.delete_access_entry(clusterName=CLUSTER, principalArn=ANA)
    assert refusal(eks.describe_access_entry, clusterName=CLUSTER, principalArn=ANA)[0] == 404
    create(eks)


@pytest.mark.parametrize("size", ["0", "101", "many"])
def test_a_page_has_one_to_a_hundred(aws, refusal, size):
    eks = aws.client("eks")
    eks.meta.events.register("before-sign.eks.ListAccessEntries", lambda request, **_: add_size(request, size))
    assert refusal(eks.list_access_entries, clusterName=CLUSTER)[1] == "InvalidParameterException"


def add_size(request, size):
    request.url += f"?maxResults={size}"


def test_lists_have_pages_of_arns(aws, refusal):
    eks = aws.client("eks")
    arns = [create(eks, aws.add_user(f"user-{number:03}"))["principalArn"] for number in range(120)]
    first = eks.list_access_entries(clusterName=CLUSTER)
    assert len(first["accessEntries"]) == 100
    pages = eks.get_paginator("list_access_entries").paginate(clusterName=CLUSTER, PaginationConfig={"PageSize": 50})
    listed = [arn for page in pages for arn in page["accessEntries"]]
    assert listed == sorted(listed)
    assert set(arns) < set(listed)
    assert len(listed) == len(set(listed)) == 124
    assert refusal(eks.list_access_entries, clusterName=CLUSTER, nextToken="%%%")[1] == "InvalidParameterException"


def test_a_page_is_not_shifted_by_what_is_deleted_meanwhile(aws):
    eks = aws.client("eks")
    for number in range(4):
        create(eks, aws.add_user(f"user-{number}"))
    first = eks.list_access_entries(clusterName=CLUSTER, maxResults=3)
    eks.delete_access_entry(clusterName=CLUSTER, principalArn=f"arn:aws:iam::{ACCOUNT}:user/user-0")
    rest = eks.list_access_entries(clusterName=CLUSTER, nextToken=first["nextToken"])
    assert f"arn:aws:iam::{ACCOUNT}:user/user-3" in rest["accessEntries"]
    assert not set(first["accessEntries"]) & set(rest["accessEntries"])


def test_a_cluster_has_a_limit_of_entries(aws, refusal, monkeypatch):
    monkeypatch.setattr(access_entries, "MAX_ENTRIES", 5)
    eks = aws.client("eks")
    create(eks)
    refused = refusal(lambda: create(eks, f"arn:aws:iam::{ACCOUNT}:user/ben"))
    assert refused[:2] == (400, "ResourceLimitExceededException")


def test_access_policies_are_associated_within_a_scope(aws, refusal):
    eks = aws.client("eks")
    create(eks)
    scope = {"type": "namespace", "namespaces": ["staging"]}
    of_ana = {"clusterName": CLUSTER, "principalArn": ANA}
    made = eks.associate_access_policy(**of_ana, policyArn=POLICY, accessScope=scope)
    assert made["associatedAccessPolicy"]["accessScope"] == scope
    listed = eks.list_associated_access_policies(**of_ana)
    assert [policy["policyArn"] for policy in listed["associatedAccessPolicies"]] == [POLICY]
    assert eks.list_access_entries(clusterName=CLUSTER, associatedPolicyArn=POLICY)["accessEntries"] == [ANA]
    eks.disassociate_access_policy(**of_ana, policyArn=POLICY)
    assert eks.list_associated_access_policies(**of_ana)["associatedAccessPolicies"] == []
    assert refusal(eks.disassociate_access_policy, **of_ana, policyArn=POLICY)[0] == 404
    assert refusal(eks.associate_access_policy, **of_ana, policyArn=POLICY + "x", accessScope=scope)[0] == 404
    for bad in ({"type": "namespace"}, {"type": "cluster", "namespaces": ["a"]}):
        code = refusal(eks.associate_access_policy, **of_ana, policyArn=POLICY, accessScope=bad)[1]
        assert code == "InvalidParameterException"


def test_a_second_association_replaces_the_scope(aws):
    eks = aws.client("eks")
    create(eks)
    of_ana = {"clusterName": CLUSTER, "principalArn": ANA, "policyArn": POLICY}
    eks.associate_access_policy(**of_ana, accessScope={"type": "namespace", "namespaces": ["a"]})
    eks.associate_access_policy(**of_ana, accessScope={"type": "cluster"})
    listed = eks.list_associated_access_policies(clusterName=CLUSTER, principalArn=ANA)["associatedAccessPolicies"]
    assert [policy["accessScope"]["type"] for policy in listed] == ["cluster"]


def test_no_identity_provider_is_associated(aws, refusal):
    eks = aws.client("eks")
    assert eks.list_identity_provider_configs(clusterName=CLUSTER)["identityProviderConfigs"] == []
    assert refusal(eks.list_identity_provider_configs, clusterName="none")[0] == 404


def test_the_access_policies_are_listed(aws):
    names = {policy["name"] for policy in aws.client("eks").list_access_policies()["accessPolicies"]}
    assert {"AmazonEKSClusterAdminPolicy", "AmazonEKSViewPolicy"} <= names


def test_tags_of_an_entry(aws, refusal):
    eks = aws.client("eks")
    arn = create(eks, tags={"a": "1"})["accessEntryArn"]
    eks.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
    eks.untag_resource(resourceArn=arn, tagKeys=["a", "c"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    assert eks.describe_access_entry(clusterName=CLUSTER, principalArn=ANA)["accessEntry"]["tags"] == {"b": "2"}
    assert refusal(eks.list_tags_for_resource, resourceArn=arn + "x")[:2] == (404, "NotFoundException")


def test_tags_of_a_cluster_are_still_motos(aws):
    eks = aws.client("eks")
    arn = eks.describe_cluster(name=CLUSTER)["cluster"]["arn"]
    eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    eks.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
