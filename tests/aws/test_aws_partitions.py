"""China and GovCloud: other hosts, other ARNs, the same room."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaccess.aws.eks import Eks
from kaccess.aws.iam import Iam
from kaccess.aws.session import AwsSession
from kaccess.model.identity import ClusterInfo
from kaccess.model.plan import Change
from kaccess.model.state import AccessPolicy, Entry
from tests.aws.answers import ACCOUNT, FakeEntries, entry, member, xml
from tests.aws.assumed import allows, policy, role, trust
from tests.aws.fake_iam import FakeIam, role_arn
from tests.kube.stub_server import Answer, StubServer

PARTITIONS = ["aws-cn", "aws-us-gov", "aws-eusc", "aws-iso-b"]


@pytest.mark.parametrize(
    ("region", "hosts"),
    [
        (
            "cn-north-1",
            ("iam.cn-north-1.amazonaws.com.cn", "eks.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn"),
        ),
        (
            "us-gov-west-1",
            ("iam.us-gov.amazonaws.com", "eks.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com"),
        ),
        ("eu-south-1", ("iam.amazonaws.com", "eks.eu-south-1.amazonaws.com", "sts.eu-south-1.amazonaws.com")),
    ],
)
@pytest.mark.usefixtures("keys")
def test_the_region_says_where_to_ask(region: str, hosts: tuple[str, ...]) -> None:
    session = AwsSession(region=region)
    assert (
        tuple(session.client(service).meta.endpoint_url.removeprefix("https://") for service in ("iam", "eks", "sts"))
        == hosts
    )


@pytest.mark.parametrize("partition", PARTITIONS)
def test_people_of_another_partition(iam: Iam, stub: StubServer, partition: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:user/team/ana"
    stub.script(xml("GetGroup", f"<Users>{member(arn)}</Users><IsTruncated>false</IsTruncated>"))
    assert [each.arn for each in iam.members("g")] == [arn]


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_permission_set_of_another_partition(iam: Iam, stub: StubServer, partition: str) -> None:
    fake = FakeIam()
    fake.partition, path = partition, "/aws-reserved/sso.amazonaws.com/cn-north-1/"
    fake.add_role("AWSReservedSSO_Dev_0123456789abcdef", trust(partition=partition), path=path)
    stub.answer = fake
    expected = role_arn("AWSReservedSSO_Dev_0123456789abcdef", path, partition)
    assert iam.permission_set_role("Dev").arn == expected


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_role_to_assume_of_another_partition(iam: Iam, stub: StubServer, partition: str) -> None:
    fake = FakeIam()
    fake.partition, fake.groups = partition, {"data": {}}
    stub.answer = fake
    wanted = (role(trust=trust(partition=partition)), policy(document=allows("data", partition)))
    for item in wanted:
        iam.write(Change(None, item, "granted"))
    assert iam.assume_roles([]) == set(wanted)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_entries_of_another_partition(eks: Eks, stub: StubServer, partition: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:role/team/x"
    info = ClusterInfo("cardo", f"arn:{partition}:eks:x:{ACCOUNT}:cluster/cardo", "https://127.0.0.1", "Q0E=", "API")
    fake = FakeEntries(entry(arn, "kaccess:a"))
    fake.access_policies = {arn: [f"arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"]}
    stub.answer = fake
    (found,) = eks.entries(info)
    assert found == Entry(arn, ("kaccess:a",))
    assert found.access_policies == (AccessPolicy("AmazonEKSViewPolicy"),)


def test_nothing_here_names_a_partition() -> None:
    room = Path(__file__).parents[2] / "kaccess" / "aws"
    assert [file.name for file in room.glob("*.py") if "arn:aws:" in file.read_text()] == []


def test_an_answer_names_the_cluster_as_it_is(eks: Eks, stub: StubServer) -> None:
    arn = f"arn:aws-cn:eks:cn-north-1:{ACCOUNT}:cluster/cardo"
    raw = {
        "arn": arn,
        "status": "ACTIVE",
        "endpoint": "https://x.eks.amazonaws.com.cn",
        "certificateAuthority": {"data": "Q0E="},
    }
    stub.script(Answer(200, {"cluster": raw}))
    assert eks.cluster("cardo").arn == arn
