"""Whom a cluster makes of a caller by its access entries."""

from __future__ import annotations

from datetime import timedelta

from kaccess.sandbox import world
from kaccess.sandbox.aws.access_entries import Mapped
from kaccess.sandbox.aws.account import Principal

from ..conftest import ACCOUNT, CLUSTER

ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"


def create(eks, principal=ANA, **rest):
    return eks.create_access_entry(clusterName=CLUSTER, principalArn=principal, **rest)["accessEntry"]


def caller(aws, person="ana"):
    user = world.ACCOUNT.user(person)
    return Principal(ACCOUNT, user.arn, user.name, user.id)


def test_a_caller_is_mapped_by_the_entry(aws):
    create(aws.client("eks"), kubernetesGroups=["kaccess:payments-developers"])
    assert aws.cloud.mapped(CLUSTER, caller(aws)) == Mapped(ANA, ("kaccess:payments-developers",))
    assert aws.cloud.mapped(CLUSTER, caller(aws, "dario")) is None
    assert aws.cloud.mapped("nowhere", caller(aws)) is None


def test_a_recreated_user_is_locked_out(aws):
    eks, iam = aws.client("eks"), aws.client("iam")
    arn = aws.add_user("temp")
    create(eks, arn)
    assert aws.cloud.mapped(CLUSTER, caller(aws, "temp")) is not None
    iam.delete_user(UserName="temp")
    aws.add_user("temp")
    assert aws.cloud.mapped(CLUSTER, caller(aws, "temp")) is None
    eks.delete_access_entry(clusterName=CLUSTER, principalArn=arn)
    create(eks, arn)
    assert aws.cloud.mapped(CLUSTER, caller(aws, "temp")) is not None


def test_a_session_is_mapped_through_the_full_arn_of_its_role(aws):
    role = world.ACCOUNT.role("argocd")
    session = Principal(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/argocd/a@b", "argocd", role.id, "a@b")
    mapped = aws.cloud.mapped(CLUSTER, session)
    assert mapped == Mapped(f"arn:aws:sts::{ACCOUNT}:assumed-role/argocd/{{{{SessionName}}}}", ("argocd-deployers",))


def test_an_entry_may_be_for_a_principal_of_another_account_if_it_is_no_node(aws, refusal):
    eks = aws.client("eks")
    other = "arn:aws:iam::444455556666:role/ci/deploy"
    assert create(eks, other)["username"] == "arn:aws:sts::444455556666:assumed-role/deploy/{{SessionName}}"
    refused = refusal(eks.create_access_entry, clusterName=CLUSTER, principalArn=f"{other}-2", type="EC2_LINUX")
    assert refused[1] == "InvalidParameterException"


def test_a_new_entry_may_take_a_while_to_be_seen(aws, clock):
    aws.cloud.entries.delay = timedelta(seconds=30)
    create(aws.client("eks"), kubernetesGroups=["a"])
    assert aws.cloud.mapped(CLUSTER, caller(aws)) is None
    clock.offset = timedelta(seconds=31)
    assert aws.cloud.mapped(CLUSTER, caller(aws)) == Mapped(ANA, ("a",))
