from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from kaccess.aws.eks import AccessEntriesOff, Eks, NoSuchCluster
from kaccess.aws.errors import AccessDenied, AwsError, Throttled
from kaccess.model.errors import Missing
from kaccess.model.identity import ClusterInfo
from kaccess.model.state import AccessPolicy, Entry
from tests.aws.answers import FakeEntries, entry, json_error, user
from tests.kube.stub_server import Answer, Asked, StubServer

Info = Callable[..., ClusterInfo]

CARDO = {
    "name": "cardo",
    "arn": "arn:aws:eks:eu-south-1:111122223333:cluster/cardo",
    "endpoint": "https://x.gr7.eu-south-1.eks.amazonaws.com",
    "certificateAuthority": {"data": "Q0E="},
    "status": "ACTIVE",
    "version": "1.36",
    "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
}


def described(**parts: Any) -> Answer:
    return Answer(200, {"cluster": {name: value for name, value in {**CARDO, **parts}.items() if value is not None}})


def test_what_eks_says_of_a_cluster(eks: Eks, stub: StubServer) -> None:
    stub.script(described())
    assert eks.cluster("cardo") == ClusterInfo(
        "cardo", CARDO["arn"], CARDO["endpoint"], "Q0E=", "API_AND_CONFIG_MAP", "ACTIVE", "1.36"
    )


def test_a_cluster_that_says_nothing_of_its_mode_uses_aws_auth(eks: Eks, stub: StubServer) -> None:
    stub.script(described(accessConfig=None))
    assert eks.cluster("cardo").authentication_mode == "CONFIG_MAP"


@pytest.mark.parametrize("lacks", ["endpoint", "certificateAuthority"])
def test_a_cluster_that_is_being_made_has_no_endpoint(eks: Eks, stub: StubServer, lacks: str) -> None:
    stub.script(described(status="CREATING", **{lacks: None}))
    with pytest.raises(AwsError, match="CREATING"):
        eks.cluster("cardo")


def test_an_unknown_cluster_is_named_with_the_one_that_was_meant(eks: Eks, stub: StubServer) -> None:
    stub.script(json_error(404, "ResourceNotFoundException"), Answer(200, {"clusters": ["other", "cardo-eks"]}))
    with pytest.raises(NoSuchCluster, match="'card-eks' in eu-south-1; did you mean 'cardo-eks'") as caught:
        eks.cluster("card-eks")
    assert isinstance(caught.value, Missing)


@pytest.mark.parametrize("listed", [Answer(200, {"clusters": []}), json_error(403, "AccessDeniedException")])
def test_an_unknown_cluster_and_nothing_like_it(eks: Eks, stub: StubServer, listed: Answer) -> None:
    stub.script(json_error(404, "ResourceNotFoundException"), listed)
    with pytest.raises(NoSuchCluster, match="check its name, its region and the AWS account"):
        eks.cluster("cardo")


def test_clusters_are_listed_by_pages(eks: Eks, stub: StubServer) -> None:
    stub.script(Answer(200, {"clusters": ["b"], "nextToken": "t"}), Answer(200, {"clusters": ["a"]}))
    assert eks.cluster_names() == ("a", "b")


ANA, BEN, ARGO, NODES = user("ana"), user("ben", "/team/"), user("argo"), "arn:aws:iam::111122223333:role/nodes"


def company() -> FakeEntries:
    fake = FakeEntries(
        entry(ANA, "kaccess:b", "kaccess:a", username="u"),
        entry(BEN, "view", owned=False),
        entry(ARGO, owned=False),
        entry(NODES, "system:nodes", owned=False, kind="EC2_LINUX"),
        page=2,
    )
    fake.access_policies = {
        ARGO: ["arn:aws:eks::aws:cluster-access-policy/B", "arn:aws:eks::aws:cluster-access-policy/A"]
    }
    return fake


def calls(stub: StubServer, tail: str) -> list[str]:
    return sorted(a.path.split("/access-entries/")[1] for a in stub.asked if a.path.endswith(tail))


def test_entries_are_all_entries_with_their_parts(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = company()
    found = {each.principal: each for each in eks.entries(cluster(), all_access_policies=True)}
    assert sorted(found) == sorted([ANA, BEN, ARGO, NODES])
    assert found[ANA] == Entry(ANA, ("kaccess:a", "kaccess:b"))
    assert (found[ANA].owned, found[BEN].owned) == (True, False)
    assert (found[ANA].username, found[NODES].type) == ("u", "EC2_LINUX")
    assert found[ANA].created_at == datetime(2026, 9, 21, 14, 13, 20, 250_000, tzinfo=timezone.utc)
    assert found[ARGO].access_policies == (AccessPolicy("A"), AccessPolicy("B"))
    assert len(calls(stub, "/access-policies")) == 3  # an entry of nodes is not asked


def test_nodes_of_auto_mode_may_have_access_policies(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = FakeEntries(entry(NODES, owned=False, kind="EC2"))
    fake.access_policies = {NODES: ["arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"]}
    stub.answer = fake
    (found,) = eks.entries(cluster(), all_access_policies=True)
    assert found.access_policies == (AccessPolicy("AmazonEKSAutoNodePolicy"),)


def test_a_plan_asks_for_the_access_policies_of_our_entries_alone(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = company()
    found = {each.principal: each for each in eks.entries(cluster())}
    assert found[ARGO].access_policies == ()
    assert len(calls(stub, "/access-policies")) == 1


def test_an_entry_deleted_since_it_was_listed_is_left_out(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = company()
    fake.vanish = {BEN}
    stub.answer = fake
    assert BEN not in {each.principal for each in eks.entries(cluster())}


def test_identity_providers_are_listed_by_pages(eks: Eks, stub: StubServer, cluster: Info) -> None:
    pages = ({"identityProviderConfigs": [{"type": "oidc", "name": name}]} for name in ("okta", "dex"))
    stub.script(Answer(200, {**next(pages), "nextToken": "t"}), Answer(200, next(pages)))
    assert eks.identity_providers(cluster()) == ("dex", "okta")


def test_no_entries_are_no_entries(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = FakeEntries()
    assert eks.entries(cluster()) == ()


@pytest.mark.parametrize("part", ["access-entries", "user", "access-policies"])
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDeniedException", AccessDenied),
        (429, "TooManyRequestsException", Throttled),
        (400, "ThrottlingException", Throttled),
        (500, "ServerException", AwsError),
    ],
)
def test_an_error_is_never_a_missing_entry(
    eks: Eks, stub: StubServer, cluster: Info, part: str, status: int, code: str, kind: type[AwsError]
) -> None:
    fake = company()

    def answer(asked: Asked) -> Answer:
        last = (
            "user"
            if part == "user" and "user" in asked.path and "policies" not in asked.path
            else asked.path.rsplit("/")[-1]
        )
        return json_error(status, code) if last == part else fake(asked)

    stub.answer = answer
    with pytest.raises(kind):
        eks.entries(cluster())


@pytest.mark.parametrize("answer", [Answer(200, {}), Answer(200, b"<html/>"), Answer(200, {"accessEntry": {}})])
def test_an_answer_that_lacks_its_part_is_an_error(eks: Eks, stub: StubServer, cluster: Info, answer: Answer) -> None:
    fake = company()
    stub.answer = lambda asked: answer if "user" in asked.path or answer.body == {} else fake(asked)
    with pytest.raises(AwsError, match="not AWS's"):
        eks.entries(cluster())


def test_a_failure_stops_the_asking(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = FakeEntries(*(entry(user(f"u{n}"), "kaccess:a") for n in range(500)))
    stub.answer = lambda asked: (
        fake(asked) if asked.path.endswith("entries") else json_error(403, "AccessDeniedException")
    )
    with pytest.raises(AccessDenied):
        eks.entries(cluster())
    assert len(stub.asked) < 250


def crowd(size: int) -> FakeEntries:
    """Everyone's entry is ours; one in a hundred has an access policy on it."""
    fake = FakeEntries(*(entry(user(f"u{n:04}"), "kaccess:a") for n in range(size)))
    policies = [f"arn:aws:eks::aws:cluster-access-policy/P{n}" for n in range(20)]
    fake.access_policies = {principal: [policies[n % 20]] for n, principal in enumerate(sorted(fake.entries)[::100])}
    return fake


def kinds(stub: StubServer) -> Counter[str]:
    """How many calls of each kind were made."""
    kind = {"/access-policies": "policies", "/clusters/cardo/access-entries": "entries"}
    return Counter(
        kind.get(a.path, "associated" if a.path.endswith("/access-policies") else "entry") for a in stub.asked
    )


def test_many_entries_cost_one_call_each_and_some_for_all(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = crowd(1000)
    stub.answer = fake
    found = eks.entries(cluster())
    assert len(found) == 1000
    assert {each.principal for each in found if each.access_policies} == set(fake.access_policies)
    # 10 pages of ARNs, and one more list for each access policy that there is
    assert kinds(stub) == {"entry": 1000, "entries": 10 + 10, "policies": 1, "associated": 10}


def test_who_may_not_list_access_policies_pays_with_more_calls(eks: Eks, stub: StubServer, cluster: Info) -> None:
    fake = crowd(200)
    denied = json_error(403, "AccessDeniedException")
    stub.answer = lambda asked: denied if asked.path == "/access-policies" else fake(asked)
    found = eks.entries(cluster())
    assert {each.principal for each in found if each.access_policies} == set(fake.access_policies)
    assert kinds(stub)["associated"] == 200


@pytest.mark.parametrize("code", ["ThrottlingException", "ServerException"])
@pytest.mark.parametrize("part", ["policies", "entries of a policy"])
def test_an_error_is_never_an_entry_without_access_policies(
    eks: Eks, stub: StubServer, cluster: Info, code: str, part: str
) -> None:
    fake = crowd(200)

    def answer(asked: Asked) -> Answer:
        of_a_policy = "associatedPolicyArn" in asked.query
        hit = asked.path == "/access-policies" if part == "policies" else of_a_policy
        return json_error(400, code) if hit else fake(asked)

    stub.answer = answer
    with pytest.raises(AwsError, match="eks:List"):
        eks.entries(cluster())


def test_few_entries_are_asked_for_their_access_policies_one_by_one(eks: Eks, stub: StubServer, cluster: Info) -> None:
    stub.answer = crowd(49)
    eks.entries(cluster())
    assert kinds(stub) == {"entry": 49, "entries": 1, "associated": 49}


def test_a_cluster_of_aws_auth_alone_has_no_entries_to_speak_of(eks: Eks, stub: StubServer, cluster: Info) -> None:
    with pytest.raises(AccessEntriesOff, match="no access entries, because its authenticationMode is CONFIG_MAP"):
        eks.entries(cluster("CONFIG_MAP"))
    assert stub.asked == []
