"""STS: who is calling, and who may become whom for how long."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kaccess.sandbox import world

from ..conftest import ACCOUNT


def test_a_user_is_told_apart_by_keys(aws):
    for person in ("admin", "ana", "dario"):
        identity = aws.client("sts", person).get_caller_identity()
        assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{person}"
        assert identity["UserId"] == world.ACCOUNT.user(person).id
        assert identity["Account"] == ACCOUNT
        assert identity["UserId"].startswith("AIDA")


def test_the_path_of_a_user_is_in_the_arn(aws):
    arn = aws.add_user("eva", "/team/")
    key = aws.client("iam").create_access_key(UserName="eva")["AccessKey"]
    client = aws.client_of("sts", key["AccessKeyId"], key["SecretAccessKey"])
    assert client.get_caller_identity()["Arn"] == arn == f"arn:aws:iam::{ACCOUNT}:user/team/eva"


def test_a_presigned_call_is_answered_in_the_format_that_is_accepted(aws):
    key, secret = aws.keys["ana"]
    request = AWSRequest("GET", f"{aws.url}/?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(Credentials(key, secret), "sts", "eu-south-1", expires=60).add_auth(request)
    arn = f"arn:aws:iam::{ACCOUNT}:user/ana"
    with urlopen(Request(request.url, headers={"Accept": "application/json"})) as answer:
        result = json.loads(answer.read())["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
        assert (result["Arn"], result["Account"]) == (arn, ACCOUNT)
    with urlopen(Request(request.url)) as answer:
        assert f"<Arn>{arn}</Arn>".encode() in answer.read()


def test_a_refusal_is_json_for_whoever_accepts_json(aws):
    request = AWSRequest("GET", f"{aws.url}/?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(Credentials("AKIANOBODY", "x"), "sts", "eu-south-1", expires=60).add_auth(request)
    with pytest.raises(HTTPError) as caught, urlopen(Request(request.url, headers={"Accept": "application/json"})):
        pass
    with caught.value as answer:
        assert answer.code == 403
        assert json.loads(answer.read())["Error"]["Code"] == "InvalidClientTokenId"


def assume(aws, person, role, name="ana", **rest):
    return aws.client("sts", person).assume_role(RoleArn=role, RoleSessionName=name, **rest)


def test_a_session_of_a_role_is_named_by_role_and_session(aws):
    role = aws.add_role("deploy", path="/ci/")
    answer = assume(aws, "admin", role, "ana@cardo")
    identity = aws.session("sts", answer["Credentials"]).get_caller_identity()
    assert (
        identity["Arn"] == answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ana@cardo"
    )
    assert identity["UserId"] == f"{world.ACCOUNT.role('deploy').id}:ana@cardo"
    assert identity["UserId"].startswith("AROA")


def test_a_session_ends(aws, clock, refusal):
    role = aws.add_role("deploy")
    credentials = assume(aws, "admin", role, DurationSeconds=900)["Credentials"]
    clock.offset = timedelta(minutes=14)
    assert aws.session("sts", credentials).get_caller_identity()
    clock.offset = timedelta(minutes=16)
    assert refusal(aws.session("sts", credentials).get_caller_identity)[:2] == (403, "ExpiredToken")
    assert refusal(aws.session("eks", credentials).list_clusters)[:2] == (403, "ExpiredTokenException")


def test_a_session_without_its_token_or_with_anothers_is_unknown(aws, refusal):
    role = aws.add_role("deploy")
    one, two = (assume(aws, "admin", role, name)["Credentials"] for name in ("one", "two"))
    for token in (None, two["SessionToken"]):
        client = aws.client_of("sts", one["AccessKeyId"], one["SecretAccessKey"], token)
        assert refusal(client.get_caller_identity)[1] == "InvalidClientTokenId"


def test_a_session_dies_with_its_role(aws, refusal):
    role = aws.add_role("deploy")
    credentials = assume(aws, "admin", role)["Credentials"]
    aws.client("iam").delete_role(RoleName="deploy")
    assert refusal(aws.session("sts", credentials).get_caller_identity)[1] == "InvalidClientTokenId"
    aws.add_role("deploy")
    assert refusal(aws.session("sts", credentials).get_caller_identity)[1] == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("principal", "own_policy", "allowed"),
    [
        ({"AWS": ACCOUNT}, True, True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, True, True),
        ({"AWS": ACCOUNT}, False, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"}, False, True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ben"}, True, False),
        ({"Service": "ec2.amazonaws.com"}, True, False),
    ],
)
def test_a_role_is_assumed_only_if_both_sides_say_so(aws, refusal, principal, own_policy, allowed):
    role = aws.add_role("deploy", {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    if own_policy:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        world.ACCOUNT.iam.put_user_policy("ana", "assume", document)
    if allowed:
        assert assume(aws, "ana", role)["AssumedRoleUser"]
    else:
        assert refusal(lambda: assume(aws, "ana", role))[:2] == (403, "AccessDenied")


def test_an_explicit_deny_wins_over_a_trust_policy_that_names_the_caller(aws, refusal):
    arn = f"arn:aws:iam::{ACCOUNT}:user/ana"
    role = aws.add_role("deploy", {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"})
    statement = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    world.ACCOUNT.iam.put_user_policy("ana", "never", document)
    assert refusal(lambda: assume(aws, "ana", role))[2].endswith("with an explicit deny in a policy")
    assert aws.client("sts", "ana").get_caller_identity()


@pytest.mark.parametrize(("session_name", "allowed"), [("ana", True), ("ben", False)])
def test_a_trust_policy_may_pin_the_session_name_to_the_user(aws, refusal, session_name, allowed):
    role = aws.add_role(
        "developers",
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
        },
    )
    if allowed:
        assert assume(aws, "ana", role, session_name)
    else:
        assert refusal(lambda: assume(aws, "ana", role, session_name))[1] == "AccessDenied"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"name": "a b"}, "ValidationError"),
        ({"role": "nonsense-that-is-long-enough"}, "ValidationError"),
        ({"role": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "AccessDenied"),
        ({"role": f"arn:aws:iam::{ACCOUNT}:role/wrong/deploy"}, "AccessDenied"),
        ({"DurationSeconds": 3601}, "ValidationError"),
        ({"Policy": "{}"}, "ValidationError"),
    ],
)
def test_what_sts_refuses_to_assume(aws, refusal, arguments, code):
    role = arguments.pop("role", None) or aws.add_role("deploy")
    assert refusal(lambda: assume(aws, "admin", role, **arguments))[1] == code


def test_a_user_may_have_a_session_of_their_own(aws, refusal):
    credentials = aws.client("sts", "ana").get_session_token()["Credentials"]
    client = aws.session("sts", credentials)
    assert client.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ana"
    assert refusal(client.get_session_token)[1] == "AccessDenied"


def test_what_the_sandbox_does_not_know_is_refused_not_answered(aws, refusal):
    assert refusal(aws.client("sts").get_federation_token, Name="ana")[1] == "InvalidAction"
