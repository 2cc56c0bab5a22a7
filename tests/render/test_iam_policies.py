import json
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from kaccess.model.policy import Group
from kaccess.render.iam_policy import iam_policy
from kaccess.render.persona import Persona
from tests.render.policies import ACCOUNT, BEIJING, CARDO, OTHER, POLICY, grant

ASSUMING = replace(
    POLICY,
    groups={**POLICY.groups, "data": Group("data", target="data", assume=True)},
    grants=(*POLICY.grants, grant("data", "reader", "staging")),
)
WRITES = ("Create", "Update", "Delete", "Put", "Tag", "Attach", "Associate", "Pass")


def actions(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


def statement(document, action):
    return next(each for each in document["Statement"] if action in each["Action"])


def policy_for(persona, policy=POLICY, clusters=(CARDO,), **choices):
    return iam_policy(persona, policy, clusters, **choices)


@pytest.mark.parametrize("persona", Persona)
@pytest.mark.parametrize("policy", [POLICY, ASSUMING])
def test_every_document_is_one_that_iam_takes(persona, policy):
    document = policy_for(persona, policy, (CARDO, BEIJING))
    sids = [each["Sid"] for each in document["Statement"]]
    assert len(sids) == len(set(sids))
    assert all(sid.isalnum() for sid in sids)
    assert all(each["Action"] and each["Resource"] for each in document["Statement"])
    assert len(json.dumps(document, separators=(",", ":"))) < 6144  # a managed policy's quota
    assert not [action for action in actions(document) if "*" in action]


def test_developers_find_the_clusters_of_the_policy_and_others_only_if_it_is_wanted():
    assert actions(policy_for(Persona.DEVELOPER)) == {"eks:DescribeCluster"}
    document = policy_for(Persona.DEVELOPER, list_clusters=True)
    assert actions(document) == {"eks:DescribeCluster", "eks:ListClusters"}
    assert statement(document, "eks:DescribeCluster")["Resource"] == [
        f"arn:aws:eks:eu-south-1:{ACCOUNT}:cluster/cardo-eks"
    ]


@pytest.mark.parametrize("persona", [Persona.DEVELOPER, Persona.AUDITOR])
def test_those_who_read_write_nothing(persona):
    document = policy_for(persona, ASSUMING)
    assert not [action for action in actions(document) if action.partition(":")[2].startswith(WRITES)]


def test_the_reconciler_gives_groups_of_kaccess_alone_under_no_name_and_no_other_type():
    create = statement(policy_for(Persona.RECONCILER), "eks:CreateAccessEntry")["Condition"]
    assert create["ForAllValues:StringLike"] == {"eks:kubernetesGroups": "kaccess:*"}
    assert create["StringEquals"]["eks:accessEntryType"] == "STANDARD"
    assert create["Null"] == {"eks:username": "true"}
    patterns = create["ArnLike"]["eks:principalArn"]
    allowed = {f"arn:aws:iam::{ACCOUNT}:user/team/ana", f"arn:aws:iam::{OTHER}:role/oncall"}
    refused = {f"arn:aws:iam::{OTHER}:user/ana", f"arn:aws:iam::{OTHER}:role/other"}
    assert {arn for arn in allowed | refused if any(fnmatchcase(arn, pattern) for pattern in patterns)} == allowed


@pytest.mark.parametrize("action", ["eks:UpdateAccessEntry", "eks:DeleteAccessEntry"])
def test_the_reconciler_changes_and_removes_entries_of_kaccess_alone(action):
    condition = statement(policy_for(Persona.RECONCILER), action)["Condition"]
    assert condition["StringEquals"] == {"aws:ResourceTag/app.kubernetes.io/managed-by": "kaccess"}


def test_the_administrator_may_join_entries_of_others_and_removes_none():
    document = policy_for(Persona.ADMIN)
    assert "Condition" not in statement(document, "eks:UpdateAccessEntry")
    assert "Condition" in statement(document, "eks:DeleteAccessEntry")


@pytest.mark.parametrize("persona", Persona)
def test_access_policies_are_never_given(persona):
    assert "eks:AssociateAccessPolicy" not in actions(policy_for(persona, ASSUMING))


@pytest.mark.parametrize("persona", [Persona.ADMIN, Persona.RECONCILER])
def test_iam_is_written_for_groups_that_assume_roles_alone_and_under_our_path(persona):
    assert not [action for action in actions(policy_for(persona)) if action.startswith("iam:Put")]
    assert "iam:CreateRole" not in actions(policy_for(persona))
    document = policy_for(persona, ASSUMING)
    assert statement(document, "iam:CreateRole")["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/kaccess/*"]
    assert statement(document, "iam:PutGroupPolicy")["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:group/*/data",
        f"arn:aws:iam::{ACCOUNT}:group/data",
    ]
    assert not {"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole"} & actions(document)


@pytest.mark.parametrize("persona", [Persona.ADMIN, Persona.RECONCILER])
@pytest.mark.parametrize(
    ("policy", "former", "written"),
    [
        (replace(ASSUMING, grants=POLICY.grants), (), {"iam:DeleteRole"}),
        (POLICY, ("data",), {"iam:DeleteRole"}),
        (ASSUMING, ("data",), None),
    ],
    ids=["still declared", "named", "granted"],
)
def test_a_group_that_has_nothing_any_more_can_be_kept_from_its_role_and_given_nothing(
    persona, policy, former, written
):
    document = policy_for(persona, policy, former=former)
    anywhere = [f"arn:aws:iam::{ACCOUNT}:group/*/data", f"arn:aws:iam::{ACCOUNT}:group/data"]
    assert statement(document, "iam:DeleteGroupPolicy")["Resource"] == anywhere
    assert statement(document, "iam:GetGroupPolicy")["Resource"] == anywhere
    if written is None:
        assert document == policy_for(persona, policy)
        return
    assert "iam:PutGroupPolicy" not in actions(document)
    assert {
        each for each in actions(document) if each.endswith(("Role", "RolePolicy")) and "Get" not in each
    } == written
    assert statement(document, "iam:DeleteRole")["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/kaccess/*"]


def test_a_cluster_with_a_role_of_its_own_is_reached_by_that_role_whose_policy_is_another_document():
    policy = replace(POLICY, clusters={"cardo": CARDO, "beijing": BEIJING})
    document = policy_for(Persona.RECONCILER, policy, (CARDO, BEIJING))
    assert statement(document, "sts:AssumeRole")["Resource"] == [BEIJING.iam_role]
    assert "beijing-eks" not in json.dumps(document)
    inside = policy_for(Persona.RECONCILER, policy, (CARDO, BEIJING), account=OTHER)
    assert "sts:AssumeRole" not in actions(inside)
    assert statement(inside, "eks:DescribeCluster")["Resource"] == [
        f"arn:aws-cn:eks:cn-north-1:{OTHER}:cluster/beijing-eks"
    ]


def test_only_iam_groups_that_are_granted_something_are_read():
    document = policy_for(Persona.AUDITOR)
    assert statement(document, "iam:GetGroup")["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:group/*/payments",
        f"arn:aws:iam::{ACCOUNT}:group/payments",
    ]
