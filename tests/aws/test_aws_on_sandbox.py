"""The room against the sandbox's AWS, which has EKS's own rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.config import Config

from kaccess.aws import session as session_module
from kaccess.aws.eks import AccessEntriesOff, Eks
from kaccess.aws.errors import AccessDenied, AwsError, Conflict, ExpiredCredentials, NoCredentials
from kaccess.aws.iam import Iam
from kaccess.aws.iam_lists import NoSuchGroup
from kaccess.aws.session import AwsSession
from kaccess.model.identity import Principal
from kaccess.model.plan import Change
from kaccess.model.state import AccessPolicy, Entry, IamRole
from kaccess.sandbox import world
from kaccess.sandbox.aws.access_entry import NewEntry
from kaccess.sandbox.server import Sandbox, running_sandbox
from tests.aws.answers import user
from tests.aws.assumed import policy, role, trust
from tests.aws.fake_iam import role_arn

Person = Callable[[str], AwsSession]


@pytest.fixture(autouse=True)
def patience(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox answers one call at a time, which a busy machine makes slow."""
    monkeypatch.setattr(session_module, "_CONFIG", session_module._CONFIG.merge(Config(read_timeout=30)))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
def person(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Makes this process one of the sandbox's people."""

    def become(name: str) -> AwsSession:
        for variable, value in sandbox.environment(name).items():
            monkeypatch.setenv(variable, value)
        return AwsSession(name)

    return become


@pytest.fixture
def admin(person: Person) -> AwsSession:
    return person("admin")


@pytest.fixture
def eks(admin: AwsSession, slept: list[float]) -> Eks:
    return Eks(admin, world.ACCOUNT.region, slept.append)


def found(eks: Eks, principal: str) -> Entry | None:
    entries = eks.entries(eks.cluster(world.CLUSTER), all_access_policies=True)
    return next((entry for entry in entries if entry.principal == principal), None)


def test_whose_credentials_these_are(person: Person) -> None:
    assert person("ana").caller().arn == user("ana")
    assert person("dario").caller().account == world.ACCOUNT.id


def test_the_people_of_a_group(admin: AwsSession) -> None:
    iam = Iam(admin)
    assert iam.members("payments-developers") == (Principal(user("ana")), Principal(user("ben")))
    role = iam.role(world.ARGOCD_ROLE)
    assert role.arn == f"arn:aws:iam::{world.ACCOUNT.id}:role/platform/{world.ARGOCD_ROLE}"
    assert role.created_at is not None
    with pytest.raises(NoSuchGroup, match="did you mean 'payments-developers'"):
        iam.members("payment-developer")


def test_a_group_of_many_pages(admin: AwsSession) -> None:
    world.ACCOUNT.iam.create_group("crowd")
    names = [f"u{n:04}" for n in range(150)]
    for name in names:
        world.ACCOUNT.iam.create_user(world.ACCOUNT.region, name, "/crowd/")
        world.ACCOUNT.iam.add_user_to_group("crowd", name)
    assert [each.arn for each in Iam(admin).members("crowd")] == [user(name, "/crowd/") for name in names]


def test_who_may_not_read_iam_is_told_what_to_ask_for(person: Person) -> None:
    with pytest.raises(AccessDenied, match="iam:GetGroup"):
        Iam(person("ana")).members("payments-developers")


def test_a_role_to_assume_from_its_beginning_to_its_end(admin: AwsSession) -> None:
    iam, group = Iam(admin), "data-engineers"
    one, allowing = role(group), policy(group, group)
    other = replace(one, trust=trust(mfa=True, denied=("ana", "ben")), session_seconds=14400)
    assert iam.assume_roles([group]) == frozenset()
    for change in (
        Change(None, one, "x"),
        Change(None, allowing, "x"),
        Change(None, one, "another run"),
        Change(one, other, "x"),
    ):
        iam.write(change)
    found = iam.assume_roles([])
    assert found == {other, allowing}
    (made,) = (item for item in found if isinstance(item, IamRole))
    assert (made.owned, made.origin) == (True, role_arn(one.name))
    assert iam.role(one.name).arn == made.origin
    world.ACCOUNT.iam.put_role_policy(one.name, "of-someone-else", allowing.document)
    with pytest.raises(Conflict, match="in use by someone else"):
        iam.write(Change(other, None, "x"))
    world.ACCOUNT.iam.delete_role_policy(one.name, "of-someone-else")
    iam.write(Change(allowing, None, "x"))
    iam.write(Change(other, None, "x"))
    assert iam.assume_roles([group]) == frozenset()


def test_the_role_of_a_permission_set(admin: AwsSession) -> None:
    path = "/aws-reserved/sso.amazonaws.com/eu-south-1/"
    name = "AWSReservedSSO_Dev_0123456789abcdef"
    world.ACCOUNT.iam.create_role(name, trust(), path, None, "", [], None)
    assert Iam(admin).permission_set_role("Dev").arn == role_arn(name, path)


def test_what_is_known_of_a_user(admin: AwsSession) -> None:
    found = Iam(admin).user_facts("ana")
    assert found.principal == Principal(user("ana"))
    assert found.iam_groups == ("payments-developers",)
    assert found.access_keys is not None
    assert [key.active for key in found.access_keys] == [True]
    assert (found.console_password, found.mfa_devices, found.skipped) == (False, (), ())


def test_keys_that_are_none(admin: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN000000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(ExpiredCredentials):
        AwsSession(region=world.ACCOUNT.region).caller()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", admin.keys().access_key_id)
    with pytest.raises(NoCredentials, match="secret access key"):
        AwsSession(region=world.ACCOUNT.region).caller()


def test_the_cluster_and_its_entries(eks: Eks, sandbox: Sandbox) -> None:
    info = eks.cluster(world.CLUSTER)
    assert (info.endpoint, info.ca_data, info.authentication_mode) == (sandbox.kube_url, sandbox.ca_data, "API")
    assert world.CLUSTER in eks.cluster_names()
    entries = {entry.principal: entry for entry in eks.entries(info, all_access_policies=True)}
    assert entries[user("admin")].access_policies == (AccessPolicy("AmazonEKSClusterAdminPolicy"),)
    nodes = entries[f"arn:aws:iam::{world.ACCOUNT.id}:role/{world.NODE_ROLE}"]
    assert nodes.type == "EC2_LINUX"
    argocd = entries[f"arn:aws:iam::{world.ACCOUNT.id}:role/platform/{world.ARGOCD_ROLE}"]
    assert (argocd.kube_groups, argocd.owned) == ((world.ARGOCD_GROUP,), False)
    assert not any(entry.owned for entry in entries.values())


def test_an_entry_from_its_beginning_to_its_end(eks: Eks) -> None:
    cluster = eks.cluster(world.CLUSTER)
    one, two = Entry(user("ana"), ("kaccess:a",)), Entry(user("ana"), ("kaccess:a", "kaccess:b"))
    eks.write_entry(cluster, Change(None, one, "granted"))
    made = found(eks, user("ana"))
    assert made == one
    assert made.owned
    assert made.created_at is not None
    eks.write_entry(cluster, Change(None, one, "another run did this already"))
    with pytest.raises(Conflict, match="run again"):
        eks.write_entry(cluster, Change(None, two, "granted"))
    eks.write_entry(cluster, Change(one, two, "granted"))
    after = found(eks, user("ana"))
    assert after == two
    assert (after.owned, after.username) == (True, made.username)
    eks.write_entry(cluster, Change(two, None, "in no group"))
    assert found(eks, user("ana")) is None


def test_an_entry_of_others_is_joined_and_left(eks: Eks) -> None:
    cluster, argocd = eks.cluster(world.CLUSTER), f"arn:aws:iam::{world.ACCOUNT.id}:role/platform/{world.ARGOCD_ROLE}"
    before = found(eks, argocd)
    assert before is not None
    joined = replace(before, kube_groups=tuple(sorted({*before.kube_groups, "kaccess:a"})))
    eks.write_entry(cluster, Change(before, joined, "granted"))
    assert found(eks, argocd) == joined
    with pytest.raises(Conflict, match="not kaccess's"):
        eks.write_entry(cluster, Change(joined, None, "in no group"))
    eks.write_entry(cluster, Change(joined, before, "in no group"))
    after = found(eks, argocd)
    assert after == before
    assert (after.owned, after.username, after.type) == (before.owned, before.username, before.type)


def test_an_owned_entry_with_an_access_policy_is_not_deleted(eks: Eks, sandbox: Sandbox) -> None:
    cluster, mine = eks.cluster(world.CLUSTER), Entry(user("ana"), ("kaccess:a",))
    eks.write_entry(cluster, Change(None, mine, "granted"))
    entries = sandbox.cloud.entries
    entries.associate(world.CLUSTER, user("ana"), entries.policy_arn("AmazonEKSViewPolicy"), ())
    seen = next(entry for entry in eks.entries(cluster) if entry.principal == user("ana"))
    assert len(seen.access_policies) == 1
    with pytest.raises(Conflict, match="access policies"):
        eks.write_entry(cluster, Change(mine, None, "in no group"))


def test_a_principal_that_does_not_exist_is_an_error(eks: Eks, slept: list[float]) -> None:
    with pytest.raises(AwsError, match="EKS knows no principal"):
        eks.write_entry(eks.cluster(world.CLUSTER), Change(None, Entry(user("nobody"), ("kaccess:a",)), "granted"))
    assert slept == [1, 2, 3, 5, 8]


def test_more_entries_than_a_page(eks: Eks, sandbox: Sandbox) -> None:
    for n in range(120):
        world.ACCOUNT.iam.create_user(world.ACCOUNT.region, f"u{n}", "/")
        sandbox.cloud.entries.create(world.CLUSTER, NewEntry(user(f"u{n}"), ("x",)))
    assert len([entry for entry in eks.entries(eks.cluster(world.CLUSTER)) if "/u" in entry.principal]) == 120


def test_a_cluster_of_aws_auth_alone(eks: Eks, sandbox: Sandbox) -> None:
    sandbox.cloud.entries.modes[world.CLUSTER] = "CONFIG_MAP"
    info = eks.cluster(world.CLUSTER)
    with pytest.raises(AccessEntriesOff):
        eks.entries(info)
    with pytest.raises(AwsError, match="authentication mode"):
        eks.entries(replace(info, authentication_mode="API"))
