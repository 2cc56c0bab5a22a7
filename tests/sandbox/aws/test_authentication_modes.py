"""authenticationMode: what a cluster may be made with, where it may go, and what becomes of its creator."""

from __future__ import annotations

import pytest

from kaccess.sandbox import world

from ..conftest import ACCOUNT, CLUSTER

ADMIN = f"arn:aws:iam::{ACCOUNT}:user/admin"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"


def made(eks, name, mode=None, **config):
    access = {**({"authenticationMode": mode} if mode else {}), **config}
    arguments = {"name": name, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/x", "resourcesVpcConfig": {}}
    return eks.create_cluster(**arguments, accessConfig=access)["cluster"]["accessConfig"]


def move(eks, name, mode):
    return eks.update_cluster_config(name=name, accessConfig={"authenticationMode": mode})["update"]


def mode_of(eks, name):
    return eks.describe_cluster(name=name)["cluster"]["accessConfig"]["authenticationMode"]


@pytest.mark.parametrize(
    "config",
    [{"authenticationMode": "NONE"}, {"bootstrapClusterCreatorAdminPermissions": False}],
)
def test_what_a_cluster_cannot_be_made_with(aws, refusal, config):
    eks = aws.client("eks")
    assert refusal(made, eks=eks, name="x", **config)[1] == "InvalidParameterException"
    assert refusal(eks.describe_cluster, name="x")[:2] == (404, "ResourceNotFoundException")
    assert refusal(move, eks=eks, name="x", mode="API")[1] == "ResourceNotFoundException"


def test_a_cluster_in_config_map_mode_has_no_entries(aws, refusal):
    eks = aws.client("eks")
    assert made(eks, "old") == {"authenticationMode": "CONFIG_MAP"}
    refused = refusal(eks.create_access_entry, clusterName="old", principalArn=ANA)
    assert refused[:2] == (400, "InvalidRequestException")
    assert refusal(eks.list_access_entries, clusterName="old")[1] == "InvalidRequestException"


@pytest.mark.parametrize(
    ("before", "after", "possible"),
    [
        ("CONFIG_MAP", "CONFIG_MAP", False),
        ("CONFIG_MAP", "API_AND_CONFIG_MAP", True),
        ("CONFIG_MAP", "API", False),
        ("API_AND_CONFIG_MAP", "CONFIG_MAP", False),
        ("API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP", False),
        ("API_AND_CONFIG_MAP", "API", True),
        ("API", "CONFIG_MAP", False),
        ("API", "API_AND_CONFIG_MAP", False),
        ("API", "NONE", False),
    ],
)
def test_a_mode_moves_forward_one_step_at_a_time(aws, refusal, before, after, possible):
    eks = aws.client("eks")
    made(eks, "old", before)
    if possible:
        update = move(eks, "old", after)
        assert eks.describe_update(name="old", updateId=update["id"])["update"] == update
        assert (update["status"], update["type"]) == ("Successful", "AccessConfigUpdate")
    else:
        message = f"Unsupported authentication mode update from {before} to {after}"
        assert refusal(move, eks=eks, name="old", mode=after) == (400, "InvalidParameterException", message)
    assert mode_of(eks, "old") == (after if possible else before)


def test_an_unknown_update_is_not_found(aws, refusal):
    refused = refusal(aws.client("eks").describe_update, name=CLUSTER, updateId="none")
    assert refused[:2] == (404, "ResourceNotFoundException")


@pytest.mark.parametrize(
    ("mode", "bootstrap", "entries"),
    [("API", True, [ADMIN]), ("API_AND_CONFIG_MAP", True, [ADMIN]), ("API", False, [])],
)
def test_whoever_makes_a_cluster_administers_it_unless_told_otherwise(aws, mode, bootstrap, entries):
    eks = aws.client("eks")
    made(eks, "new", mode, bootstrapClusterCreatorAdminPermissions=bootstrap)
    assert eks.list_access_entries(clusterName="new")["accessEntries"] == entries
    for arn in entries:
        (policy,) = eks.list_associated_access_policies(clusterName="new", principalArn=arn)["associatedAccessPolicies"]
        assert policy["policyArn"].endswith("/AmazonEKSClusterAdminPolicy")
        assert policy["accessScope"]["type"] == "cluster"


def test_a_session_makes_a_cluster_for_its_role(aws):
    role = aws.add_role("maker", path="/ci/")
    world.ACCOUNT.iam.put_role_policy("maker", "all", world.policy(("*",)))
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="run-1")["Credentials"]
    made(aws.session("eks", session), "new", "API")
    assert aws.client("eks").list_access_entries(clusterName="new")["accessEntries"] == [role]


def test_a_hidden_administrator_comes_to_light_with_entries(aws):
    eks = aws.client("eks")
    made(eks, "old", "CONFIG_MAP")
    move(eks, "old", "API_AND_CONFIG_MAP")
    assert eks.list_access_entries(clusterName="old")["accessEntries"] == [ADMIN]
    eks.delete_access_entry(clusterName="old", principalArn=ADMIN)
    move(eks, "old", "API")
    assert eks.list_access_entries(clusterName="old")["accessEntries"] == []


def test_a_deleted_cluster_takes_its_entries_with_it(aws, refusal):
    eks = aws.client("eks")
    made(eks, "brief", "API", bootstrapClusterCreatorAdminPermissions=False)
    eks.create_access_entry(clusterName="brief", principalArn=ANA)
    eks.delete_cluster(name="brief")
    assert refusal(eks.list_access_entries, clusterName="brief")[0] == 404
    made(eks, "brief", "API", bootstrapClusterCreatorAdminPermissions=False)
    assert eks.list_access_entries(clusterName="brief")["accessEntries"] == []
