"""Whom the cluster takes a bearer for; tokens are signed by botocore."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kaccess.rbac.request import Request
from kaccess.sandbox.authenticator import Authenticator
from kaccess.sandbox.cluster_token import TokenRefused
from kaccess.sandbox.kube.authorize import UserInfo

from .conftest import ACCOUNT, CLUSTER

REGION = "eu-south-1"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"


def presigned(keys, cluster=CLUSTER, *, host=f"sts.{REGION}.amazonaws.com", region=REGION, header="x-k8s-aws-id"):
    url = f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={header: cluster})
    SigV4QueryAuth(Credentials(*keys), "sts", region, expires=60).add_auth(request)
    return request.url


def encoded(url):
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode("latin-1")).decode().rstrip("=")


def token(keys, *args, **kwargs):
    return encoded(presigned(keys, *args, **kwargs))


@pytest.fixture
def authenticator(aws, clock):
    eks = aws.client("eks")
    eks.create_access_entry(clusterName=CLUSTER, principalArn=ANA, kubernetesGroups=["kaccess:payments-developers"])
    return Authenticator(aws.cloud, CLUSTER, clock, dict)


def test_a_user_is_known_by_name_groups_and_origin(aws, authenticator):
    user = authenticator.authenticate(token(aws.keys["ana"]))
    identity = aws.client("sts", "ana").get_caller_identity()
    assert user == UserInfo(
        username=ANA,
        uid=f"aws-iam-authenticator:{ACCOUNT}:{identity['UserId']}",
        groups=("kaccess:payments-developers",),
        extra={
            "arn": (ANA,),
            "canonicalArn": (ANA,),
            "sessionName": ("",),
            "accessKeyId": (aws.keys["ana"][0],),
            "principalId": (identity["UserId"],),
            "sigs.k8s.io/aws-iam-authenticator/principalId": (identity["UserId"],),
        },
    )


def test_a_session_of_a_role_is_known_by_both(aws, authenticator):
    role = aws.add_role("deploy", path="/ci/")
    aws.client("eks").create_access_entry(clusterName=CLUSTER, principalArn=role, username="ci:{{SessionName}}")
    answer = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="ana@cardo")["Credentials"]
    user = authenticator.check(token((answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])))
    assert user.username == "ci:ana-cardo"
    assert user.extra["canonicalArn"] == (f"arn:aws:iam::{ACCOUNT}:role/deploy",)
    assert user.extra["arn"] == (f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ana@cardo",)
    assert user.extra["sessionName"] == ("ana@cardo",)


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("sts.amazonaws.com", "us-east-1"),
        ("sts.eu-west-1.amazonaws.com", "eu-west-1"),
        ("sts.eu-south-1.api.aws", REGION),
    ],
)
def test_other_hosts_of_the_partition_do_with_their_own_region(aws, authenticator, host, region):
    assert authenticator.check(token(aws.keys["ana"], host=host, region=region))
    with pytest.raises(TokenRefused, match="Credential should be scoped"):
        authenticator.check(token(aws.keys["ana"], host=host, region="eu-north-1"))


def test_no_character_of_a_token_can_be_changed(aws, authenticator):
    url = presigned(aws.keys["ana"])
    for position, character in enumerate(url):
        for other in {"A", "1", "&", "\xe9"} - {character}:
            with pytest.raises(TokenRefused):
                authenticator.check(encoded(url[:position] + other + url[position + 1 :]))


def changed(url, before, after):
    assert before in url
    return url.replace(before, after)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda keys: token(keys, "another-cluster"), "SignatureDoesNotMatch"),
        (lambda keys: token((keys[0], "wrong-secret")), "SignatureDoesNotMatch"),
        (lambda keys: token(("AKIANOBODY", keys[1])), "InvalidClientTokenId"),
        (lambda keys: token((*keys, "stray-token")), "InvalidClientTokenId"),
        (lambda keys: token(keys, header="x-other"), "did not sign the x-k8s-aws-id header"),
        (lambda keys: encoded(changed(presigned(keys), "X-Amz-Expires=60", "X-Amz-Expires=900")), "DoesNotMatch"),
        (lambda keys: encoded(changed(presigned(keys), "Version=2011-06-15", "Version=2011-06-16")), "DoesNotMatch"),
        (lambda keys: encoded(changed(presigned(keys), f"sts.{REGION}", "sts.eu-west-1")), "DoesNotMatch"),
        (lambda keys: encoded(changed(presigned(keys), "https:", "http:")), "unexpected scheme"),
        (lambda keys: encoded(presigned(keys) + "&X-Amz-Expires=60"), "duplicate query parameter"),
        (lambda keys: encoded(presigned(keys)[:-1] + "g"), "DoesNotMatch"),
        (lambda keys: token(keys)[:-6], "DoesNotMatch"),
        (lambda keys: token(keys) + "=", "not base64url"),
    ],
)
def test_a_token_that_was_touched_or_is_not_for_this_cluster_is_refused(aws, authenticator, make, reason):
    with pytest.raises(TokenRefused, match=reason):
        authenticator.check(make(aws.keys["ana"]))


@pytest.mark.parametrize(("minutes", "reason"), [(16, "is expired"), (-6, "Signature not yet current")])
def test_a_token_from_another_time_is_refused(aws, authenticator, clock, minutes, reason):
    text = token(aws.keys["ana"])
    clock.offset = timedelta(minutes=minutes)
    with pytest.raises(TokenRefused, match=reason):
        authenticator.check(text)


def test_whoever_has_no_entry_is_refused_by_name(aws, authenticator, caplog):
    caplog.set_level(logging.INFO)
    text = token(aws.keys["dario"])
    assert authenticator.authenticate(text) is None
    assert f"no access entry of {CLUSTER} maps arn:aws:iam::{ACCOUNT}:user/dario" in caplog.text
    assert text[20:60] not in caplog.text


def test_neither_a_good_nor_a_bad_token_is_logged(aws, authenticator, caplog):
    caplog.set_level(logging.DEBUG)
    url = presigned(aws.keys["ana"])
    authenticator.authenticate(encoded(url))
    authenticator.authenticate(encoded(url + "x"))
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("kaccess"))
    assert "access granted" in ours
    assert "access denied" in ours
    assert url.rsplit("=", 1)[1] not in ours
    assert encoded(url)[30:80] not in ours


def test_a_revoked_entry_counts_at_the_next_call(aws, authenticator):
    text = token(aws.keys["ana"])
    assert authenticator.authenticate(text)
    aws.client("eks").delete_access_entry(clusterName=CLUSTER, principalArn=ANA)
    assert authenticator.authenticate(text) is None


def test_access_policies_belong_to_whoever_signed_in(aws, authenticator):
    admin = authenticator.check(token(aws.keys["admin"]))
    request = Request("delete", "nodes")
    assert authenticator.access_allows(admin, request)
    assert not authenticator.access_allows(authenticator.check(token(aws.keys["ana"])), request)
    assert not authenticator.access_allows(UserInfo(admin.username, groups=admin.groups), request)
    aws.client("eks").disassociate_access_policy(
        clusterName=CLUSTER,
        principalArn=f"arn:aws:iam::{ACCOUNT}:user/admin",
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
    )
    assert not authenticator.access_allows(admin, request)
