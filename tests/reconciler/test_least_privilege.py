"""A reconciler with exactly the rights that `render` gives it, on the sandbox, which enforces them."""

import boto3
import pytest

from kaccess.sandbox.server import running_sandbox
from tests.render.hiring import ROBOT, Hiring


@pytest.fixture
def company(tmp_path):
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        yield Hiring(sandbox, tmp_path)


ANA = "arn:aws:iam::111122223333:user/ana"
GRANTS = (
    ("payments-developers", "developer", "development"),
    ("payments-developers", "viewer", "staging"),
    ("data-engineers", "reader", "production"),
)


@pytest.fixture
def hired(company):
    company.policy(*GRANTS)
    company.ask("/api/v1/namespaces", {"metadata": {"name": "team-blue"}})
    company.hire()
    return company


def reconcile(company):
    return company.kaccess("robot", "-o", "json", "reconcile", "--once")


def test_it_builds_all_that_the_policy_asks_for(hired):
    done = reconcile(hired)
    assert done.code == 0, done.said
    robots = hired.access()
    hired.apply()
    assert hired.access() == robots
    assert any(principal.endswith("user/ana") for principal, *_ in robots)


def test_it_takes_away_what_the_policy_grants_no_more(hired):
    assert reconcile(hired).code == 0
    hired.policy(GRANTS[1])
    done = reconcile(hired)
    assert done.code == 0, done.said
    assert not any(namespace in {"development", "production"} for _, namespace, *_ in owned(hired.access()))


def owned(access):
    return [
        each for each in access if each[0].rpartition("/")[2] in {"ana", "ben", "carla"} and "system" not in each[1]
    ]


def test_a_policy_that_was_widened_behind_its_back_is_refused_by_kubernetes(hired):
    assert reconcile(hired).code == 0
    text = hired.policy_file.read_text()
    hired.policy_file.write_text(
        text.replace("resources: [pods], verbs: [get, list]", "resources: [pods], verbs: [get, list, delete]")
    )
    done = reconcile(hired)
    assert done.code == 1
    assert "nobody grant what they do not hold" in done.said
    hired.entitle()
    assert reconcile(hired).code == 0


def test_an_entry_of_someone_else_is_not_joined_and_the_advice_says_who_can(hired):
    eks = hired.client("eks")
    carla = "arn:aws:iam::111122223333:user/carla"
    eks.create_access_entry(clusterName="cardo-eks", principalArn=carla, kubernetesGroups=["batch"])
    done = reconcile(hired)
    assert done.code == 1
    assert "let an administrator apply the policy" in done.said
    assert hired.entries()[carla]["kubernetesGroups"] == ["batch"]
    hired.apply()
    assert reconcile(hired).code == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"kubernetesGroups": ["batch"]},
        {"kubernetesGroups": ["kaccess:x", "batch"]},
        {"kubernetesGroups": ["system:masters"]},
        {"kubernetesGroups": ["KACCESS:x"]},
        {"kubernetesGroups": ["k\u0430ccess:x"]},
        {"principalArn": "arn:aws:iam::999900001111:user/stranger"},
        {"tags": {}},
        {"username": "alice"},
        {"type": "EC2_LINUX", "kubernetesGroups": []},
    ],
)
def test_a_thief_makes_no_entry_but_such_as_kaccess_makes(hired, settings):
    eks = hired.client("eks")
    thief = eks_of(hired)
    tags = {"app.kubernetes.io/managed-by": "kaccess"}
    wanted = {
        "clusterName": "cardo-eks",
        "kubernetesGroups": ["kaccess:x"],
        "tags": tags,
        "type": "STANDARD",
        "principalArn": "arn:aws:iam::111122223333:role/cardo-cluster",
        **settings,
    }
    with pytest.raises(eks.exceptions.ClientError, match="not authorized"):
        thief.create_access_entry(**wanted)


@pytest.mark.parametrize(
    "settings",
    [
        {"kubernetesGroups": ["batch"]},
        {"kubernetesGroups": ["kaccess:payments-developers", "system:masters"]},
        {"username": "alice"},
        {"username": "system:node:x"},
    ],
)
def test_a_thief_makes_nothing_else_of_an_entry_of_kaccess(hired, settings):
    assert reconcile(hired).code == 0
    before = hired.entries()[ANA]
    thief = eks_of(hired)
    with pytest.raises(thief.exceptions.ClientError, match="not authorized"):
        thief.update_access_entry(clusterName="cardo-eks", principalArn=ANA, **settings)
    assert hired.entries()[ANA] == before


def test_a_thief_gets_no_access_policy_and_touches_no_entry_of_others(hired):
    thief = eks_of(hired)
    argocd = "arn:aws:iam::111122223333:role/platform/argocd"
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    scope = {"type": "cluster"}
    for call in (
        lambda: thief.associate_access_policy(
            clusterName="cardo-eks", principalArn=ROBOT, policyArn=policy, accessScope=scope
        ),
        lambda: thief.update_access_entry(clusterName="cardo-eks", principalArn=argocd, kubernetesGroups=[]),
        lambda: thief.update_access_entry(clusterName="cardo-eks", principalArn=ROBOT, kubernetesGroups=["kaccess:x"]),
        lambda: thief.delete_access_entry(clusterName="cardo-eks", principalArn=argocd),
    ):
        with pytest.raises(thief.exceptions.ClientError, match="not authorized"):
            call()


def eks_of(company):
    """The robot's EKS, in a thief's hands."""
    return boto3.client(
        "eks",
        region_name="eu-south-1",
        endpoint_url=company.sandbox.aws_url,
        aws_access_key_id=company.keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=company.keys["AWS_SECRET_ACCESS_KEY"],
    )


def test_what_a_thief_can_do_to_entries_of_others_is_no_more_than_is_written(hired):
    """Mark one without groups as kaccess's, which IAM cannot tell from one that is being made, and then remove it."""
    thief, entries = eks_of(hired), hired.entries()
    ours = {"app.kubernetes.io/managed-by": "kaccess"}
    argocd, admin = (f"arn:aws:iam::111122223333:{who}" for who in ("role/platform/argocd", "user/admin"))
    with pytest.raises(thief.exceptions.ClientError, match="not authorized"):
        thief.tag_resource(resourceArn=entries[argocd]["accessEntryArn"], tags=ours)
    assert entries[admin]["kubernetesGroups"] == []
    thief.tag_resource(resourceArn=entries[admin]["accessEntryArn"], tags=ours)
    thief.delete_access_entry(clusterName="cardo-eks", principalArn=admin)
