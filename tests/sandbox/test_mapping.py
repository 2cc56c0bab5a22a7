"""Whom a cluster makes of a caller in each authenticationMode; callers are told by their tokens."""

from __future__ import annotations

import pytest

from kaccess.sandbox import world
from kaccess.sandbox.authenticator import Authenticator

from .conftest import ACCOUNT, CLUSTER
from .test_authenticator import token

ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")


def row(arn, username, *groups, key="userarn"):
    return f"- {{{key}: '{arn}', username: '{username}', groups: {list(groups)}}}\n"


@pytest.fixture
def who(aws, clock):
    """Asks for the user behind the keys of somebody, in a mode, beside an aws-auth: (name, groups) or None."""

    def ask(keys, mode, **data):
        aws.cloud.entries.modes[CLUSTER] = mode
        user = Authenticator(aws.cloud, CLUSTER, clock, lambda: data).authenticate(token(keys))
        return user and (user.username, user.groups)

    return ask


def session_keys(aws, role, name):
    found = aws.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


@pytest.mark.parametrize(
    ("mode", "entry", "has_row", "expected"),
    [
        ("CONFIG_MAP", True, True, "row"),
        ("CONFIG_MAP", True, False, None),
        ("API_AND_CONFIG_MAP", True, True, "entry"),
        ("API_AND_CONFIG_MAP", False, True, "row"),
        ("API_AND_CONFIG_MAP", True, False, "entry"),
        ("API", True, True, "entry"),
        ("API", False, True, None),
    ],
)
def test_the_mode_says_what_counts_and_an_entry_hides_a_row(aws, who, mode, entry, has_row, expected):
    if entry:
        aws.client("eks").create_access_entry(clusterName=CLUSTER, principalArn=ANA, kubernetesGroups=["entry"])
    found = who(aws.keys["ana"], mode, mapUsers=row(ANA, ANA, "row") if has_row else "")
    assert found == (expected and (ANA, (expected,)))


def test_a_role_is_looked_up_without_its_path_and_named_by_its_session(aws, who):
    role = aws.add_role("deploy", path="/ci/")
    keys = session_keys(aws, role, "ana@cardo")
    with_path = row(role, "x", "a", key="rolearn")
    without = row(f"arn:aws:iam::{ACCOUNT}:role/deploy", "ci:{{SessionName}}", "of-{{AccountID}}", key="rolearn")
    assert who(keys, "CONFIG_MAP", mapRoles=with_path) is None
    assert who(keys, "CONFIG_MAP", mapRoles=with_path + without) == ("ci:ana-cardo", (f"of-{ACCOUNT}",))


def test_a_user_is_looked_up_with_their_path(aws, who):
    emil = f"arn:aws:iam::{ACCOUNT}:user/contractors/emil"
    assert who(aws.keys["emil"], "CONFIG_MAP", **world.AWS_AUTH) == ("emil", (world.ON_CALL_GROUP,))
    assert who(aws.keys["emil"], "CONFIG_MAP", mapUsers=row(emil.upper(), "loud")) == ("loud", ())
    assert who(aws.keys["emil"], "CONFIG_MAP", mapUsers=row(f"arn:aws:iam::{ACCOUNT}:user/emil", "x")) is None


def test_an_account_lets_everybody_in_by_arn_without_groups(aws, who):
    role = aws.add_role("deploy", path="/ci/")
    assert who(aws.keys["ana"], "CONFIG_MAP", mapAccounts=f"- '{ACCOUNT}'") == (ANA, ())
    assert who(session_keys(aws, role, "x-1"), "CONFIG_MAP", mapAccounts=f"- {ACCOUNT}") == (
        f"arn:aws:iam::{ACCOUNT}:role/deploy",
        (),
    )
    assert who(aws.keys["ana"], "CONFIG_MAP", mapAccounts="- '444455556666'") is None
    assert who(aws.keys["ana"], "API", mapAccounts=f"- '{ACCOUNT}'") is None


def test_a_row_may_make_an_administrator(aws, who):
    assert who(aws.keys["ana"], "CONFIG_MAP", mapUsers=row(ANA, "ana", "system:masters")) == (
        "ana",
        ("system:masters",),
    )


def test_nodes_are_refused_even_where_a_row_would_let_them_in(aws, who):
    role = f"arn:aws:iam::{ACCOUNT}:role/cardo-nodes"
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    world.ACCOUNT.role("cardo-nodes").assume_role_policy_document = world.document(trust)
    keys = session_keys(aws, role, "i-0123456789abcdef0")
    for mode in MODES:
        assert who(keys, mode, **world.AWS_AUTH) is None
    assert who(keys, "API_AND_CONFIG_MAP", mapRoles=row(role, "plain", key="rolearn")) is None
    assert who(keys, "CONFIG_MAP", mapRoles=row(role, "plain", key="rolearn")) == ("plain", ())


def test_the_creator_administers_in_config_map_mode_whatever_aws_auth_says(aws, who):
    admin = f"arn:aws:iam::{ACCOUNT}:user/admin"
    expected = ("kubernetes-admin", ("system:masters",))
    assert who(aws.keys["admin"], "CONFIG_MAP") == expected
    assert who(aws.keys["admin"], "CONFIG_MAP", mapUsers=row(admin, "x", "nothing")) == expected
    aws.cloud.entries.modes[CLUSTER] = "API_AND_CONFIG_MAP"
    aws.client("eks").delete_access_entry(clusterName=CLUSTER, principalArn=admin)
    assert who(aws.keys["admin"], "API_AND_CONFIG_MAP") is None


def test_a_recreated_user_inherits_a_row_and_not_an_entry(aws, who):
    eks, iam = aws.client("eks"), aws.client("iam")
    arn = aws.add_user("temp")
    eks.create_access_entry(clusterName=CLUSTER, principalArn=arn, kubernetesGroups=["entry"])
    eks.associate_access_policy(
        clusterName=CLUSTER,
        principalArn=arn,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        accessScope={"type": "cluster"},
    )
    before = iam.get_user(UserName="temp")["User"]["UserId"]
    iam.delete_user(UserName="temp")
    aws.add_user("temp")
    key = iam.create_access_key(UserName="temp")["AccessKey"]
    keys = key["AccessKeyId"], key["SecretAccessKey"]
    assert iam.get_user(UserName="temp")["User"]["UserId"] != before
    assert who(keys, "API") is None
    assert who(keys, "API_AND_CONFIG_MAP", mapUsers=row(arn, "temp", "row")) == ("temp", ("row",))
