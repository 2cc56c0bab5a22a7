"""IAM's calls through boto3: ids, dates, lists and refusals as of AWS, and the resources and keys policies see."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from kaccess.sandbox import world

from ..conftest import ACCOUNT

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
        }
    ],
}
OURS = [{"Key": "app.kubernetes.io/managed-by", "Value": "kaccess"}, {"Key": "kaccess.io/group", "Value": "payments"}]


def create_role(iam, name="kaccess-payments", **rest):
    made = {"RoleName": name, "Path": "/kaccess/", "AssumeRolePolicyDocument": json.dumps(TRUST), "Tags": OURS, **rest}
    return iam.create_role(**made)["Role"]


def test_ids_say_what_they_are_of_and_dates_are_the_sandboxs(aws, clock):
    clock.offset = timedelta(minutes=10)
    iam = aws.client("iam")
    user = iam.create_user(UserName="eva", Path="/team/")["User"]
    role, group = create_role(iam), iam.create_group(GroupName="new")["Group"]
    assert re.fullmatch(r"AIDA[A-Z0-9]{17}", user["UserId"])
    assert re.fullmatch(r"AROA[A-Z0-9]{17}", role["RoleId"])
    assert re.fullmatch(r"AGPA[A-Z0-9]{17}", group["GroupId"])
    for made in (user, role, group):
        assert abs(made["CreateDate"] - clock()) < timedelta(seconds=60)
        assert made["CreateDate"].microsecond == 0
    iam.add_user_to_group(GroupName="new", UserName="eva")
    assert iam.get_user(UserName="eva")["User"]["UserId"] == user["UserId"]
    (member,) = iam.get_group(GroupName="new")["Users"]
    assert {key: member[key] for key in user if key in member} == {key: user[key] for key in user if key in member}
    assert iam.get_role(RoleName=role["RoleName"])["Role"]["CreateDate"] == role["CreateDate"]
    assert [found["GroupName"] for found in iam.list_groups_for_user(UserName="eva")["Groups"]] == ["new"]


def test_a_user_made_anew_has_another_id_and_date(aws, clock):
    iam = aws.client("iam")
    before = iam.create_user(UserName="eva")["User"]
    iam.delete_user(UserName="eva")
    clock.offset = timedelta(minutes=10)
    after = iam.create_user(UserName="eva")["User"]
    assert before["Arn"] == after["Arn"]
    assert before["UserId"] != after["UserId"]
    assert after["CreateDate"] - before["CreateDate"] >= timedelta(minutes=9)


def test_the_life_of_a_role_to_assume(aws):
    iam = aws.client("iam")
    made = create_role(iam, MaxSessionDuration=14_400)
    name = made["RoleName"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/kaccess/{name}"
    (listed,) = iam.list_roles(PathPrefix="/kaccess/")["Roles"]
    assert (listed["Arn"], listed["MaxSessionDuration"], listed.get("Tags")) == (made["Arn"], 14_400, None)
    assert listed["AssumeRolePolicyDocument"] == TRUST
    assert iam.get_role(RoleName=name)["Role"]["Tags"] == OURS
    iam.update_role(RoleName=name, MaxSessionDuration=3_600)
    iam.tag_role(RoleName=name, Tags=[{"Key": "more", "Value": "1"}])
    assert len(iam.list_role_tags(RoleName=name)["Tags"]) == 3
    changed = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Condition": {"Bool": {"x": "true"}}}]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(changed))
    found = iam.get_role(RoleName=name)["Role"]
    assert (found["MaxSessionDuration"], found["AssumeRolePolicyDocument"]) == (3_600, changed)
    iam.delete_role(RoleName=name)
    assert iam.list_roles(PathPrefix="/kaccess/")["Roles"] == []


def test_the_life_of_a_groups_policy(aws, refusal):
    iam, wanted = aws.client("iam"), {"GroupName": "data-engineers", "PolicyName": "kaccess-assume"}
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::1:role/x"}],
    }
    iam.put_group_policy(**wanted, PolicyDocument=json.dumps(document))
    assert iam.list_group_policies(GroupName="data-engineers")["PolicyNames"] == ["access", "kaccess-assume"]
    assert iam.get_group_policy(**wanted)["PolicyDocument"] == document
    iam.delete_group_policy(**wanted)
    assert refusal(iam.get_group_policy, **wanted)[:2] == (404, "NoSuchEntity")


def test_permission_sets_are_found_by_their_path(aws):
    (role,) = aws.client("iam").list_roles(PathPrefix="/aws-reserved/sso.amazonaws.com/")["Roles"]
    assert re.fullmatch(r"AWSReservedSSO_PlatformEngineer_[0-9a-f]{16}", role["RoleName"])
    assert role["Path"] == "/aws-reserved/sso.amazonaws.com/eu-south-1/"


def trusting(**principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [{**TRUST["Statement"][0], "Principal": principal}]})


@pytest.mark.parametrize(
    ("document", "refused"),
    [
        ("{", True),
        (trusting(AWS=f"arn:aws:iam::{ACCOUNT}:user/nobody"), True),
        (trusting(AWS=f"arn:aws:iam::{ACCOUNT}:user/emil"), True),
        (trusting(AWS=f"arn:aws:iam::{ACCOUNT}:user/contractors/emil"), False),
        (trusting(AWS=[ACCOUNT, "*", "arn:aws:iam::444455556666:role/any"]), False),
        (trusting(AWS="nonsense"), True),
        (trusting(AWS=f"arn:aws:sts::{ACCOUNT}:assumed-role/argocd/x"), False),
        (trusting(Service="ec2.amazonaws.com"), False),
    ],
)
def test_a_role_trusts_only_who_exists(aws, refusal, document, refused):
    iam = aws.client("iam")
    if refused:
        assert refusal(create_role, iam=iam, AssumeRolePolicyDocument=document)[1] == "MalformedPolicyDocument"
    else:
        assert create_role(iam, AssumeRolePolicyDocument=document)


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("delete_user", {"UserName": "ana"}, "DeleteConflict"),
        ("delete_user", {"UserName": "dario"}, "DeleteConflict"),
        ("delete_group", {"GroupName": "auditors"}, "DeleteConflict"),
        ("update_role", {"RoleName": world.SSO_ROLE}, "UnmodifiableEntity"),
        ("delete_role", {"RoleName": world.SSO_ROLE}, "UnmodifiableEntity"),
        ("tag_role", {"RoleName": world.SSO_ROLE, "Tags": OURS}, "UnmodifiableEntity"),
    ],
)
def test_what_iam_does_not_do(aws, refusal, operation, arguments, code):
    assert refusal(getattr(aws.client("iam"), operation), **arguments)[1] == code


def test_a_role_is_no_user_to_ask_about(aws, refusal):
    role = aws.add_role("ops")
    world.ACCOUNT.iam.put_role_policy("ops", "all", world.policy(("*",)))
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="x-1")["Credentials"]
    iam = aws.session("iam", session)
    assert refusal(iam.get_user)[1] == "ValidationError"
    assert refusal(iam.list_access_keys)[1] == "ValidationError"
    assert iam.list_access_keys(UserName="ana")["AccessKeyMetadata"]


LIST = {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}
ROLES = f"arn:aws:iam::{ACCOUNT}:role/kaccess/*"
TAGGED = {"StringEquals": {"aws:RequestTag/app.kubernetes.io/managed-by": "kaccess"}}
OWNED = {"StringEquals": {"iam:ResourceTag/app.kubernetes.io/managed-by": "kaccess"}}


def allow(*actions, resource=ROLES, **condition):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([allow("iam:CreateRole", "iam:TagRole")], True),
        ([allow("iam:CreateRole")], False),
        ([allow("iam:CreateRole", "iam:TagRole", **TAGGED)], True),
        ([allow("iam:CreateRole", "iam:TagRole", StringEquals={"aws:RequestTag/owner": "x"})], False),
        ([allow("iam:CreateRole", "iam:TagRole", **{"ForAllValues:StringEquals": {"aws:TagKeys": "a"}})], False),
        ([allow("iam:CreateRole", "iam:TagRole", resource=f"arn:aws:iam::{ACCOUNT}:role/other/*")], False),
    ],
)
def test_creating_a_role_takes_its_path_and_its_tags_into_account(aws, refusal, statements, allowed):
    world.ACCOUNT.iam.put_user_policy("ana", "make", world.document(*statements))
    iam = aws.client("iam", "ana")
    if allowed:
        assert create_role(iam)
    else:
        assert refusal(create_role, iam=iam)[1] == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("update_role", {"MaxSessionDuration": 3600}),
        ("update_assume_role_policy", {"PolicyDocument": json.dumps(TRUST)}),
        ("tag_role", {"Tags": OURS}),
        ("untag_role", {"TagKeys": ["x"]}),
        ("delete_role", {}),
    ],
)
def test_a_policy_may_be_for_roles_with_a_tag_alone(aws, refusal, operation, arguments):
    iam, admin = aws.client("iam", "ana"), aws.client("iam")
    world.ACCOUNT.iam.put_user_policy("ana", "own", world.document(allow("iam:*", resource="*", **OWNED)))
    create_role(admin, "ours")
    create_role(admin, "theirs", Tags=[])
    assert refusal(getattr(iam, operation), RoleName="theirs", **arguments)[1] == "AccessDenied"
    getattr(iam, operation)(RoleName="ours", **arguments)


def test_lists_need_a_policy_for_everything(aws, refusal):
    world.ACCOUNT.iam.put_user_policy("ana", "list", world.document({**LIST, "Resource": ROLES}))
    assert refusal(aws.client("iam", "ana").list_roles)[1] == "AccessDenied"
    world.ACCOUNT.iam.put_user_policy("ana", "list", world.document(LIST))
    assert aws.client("iam", "ana").list_roles(PathPrefix="/kaccess/")["Roles"] == []


@pytest.mark.parametrize(
    ("operation", "arguments", "resource"),
    [
        ("put_group_policy", {"GroupName": "auditors", "PolicyName": "x", "PolicyDocument": "{}"}, "group/auditors"),
        ("add_user_to_group", {"GroupName": "auditors", "UserName": "ana"}, "group/auditors"),
        ("list_groups_for_user", {"UserName": "emil"}, "user/contractors/emil"),
        ("create_user", {"UserName": "x", "Path": "/team/"}, "user/team/x"),
        ("create_virtual_mfa_device", {"VirtualMFADeviceName": "x"}, "mfa/x"),
        ("list_access_keys", {}, "user/ana"),
    ],
)
def test_a_refusal_names_the_resource(aws, refusal, operation, arguments, resource):
    message = refusal(getattr(aws.client("iam", "ana"), operation), **arguments)[2]
    assert f"on resource: arn:aws:iam::{ACCOUNT}:{resource} because" in message
