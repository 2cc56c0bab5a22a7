"""The room against the sandbox's API server, which authorizes with RBAC and refuses as the real one does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.sign import sign
from kaccess.kube import lists
from kaccess.kube.api import KubeApi
from kaccess.kube.errors import Conflict, Forbidden, NotFound, Unauthorized
from kaccess.model.names import DIRECTORY_ROLE, SYSTEM_NAMESPACE, binding_name, card_name, kube_group, kube_role_name
from kaccess.model.plan import Change
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Card, CardLine, Item, KubeRole, Namespace
from kaccess.rbac.request import Request
from kaccess.sandbox import world
from kaccess.sandbox.aws.access_entry import NewEntry
from kaccess.sandbox.server import Sandbox, running_sandbox
from tests.aws.answers import user

GROUP = "payments-developers"
SUBJECT = Subject.group(kube_group(GROUP))
RULE = Rule(("get", "list"), ("",), ("pods",))
DEV = Namespace("development", (("env", "development"),))
ROLE = KubeRole("development", kube_role_name("viewer"), (RULE,))
BINDING = Binding("development", binding_name(GROUP, "viewer"), RoleRef("Role", ROLE.name), (SUBJECT,))
SYSTEM = Namespace(SYSTEM_NAMESPACE)
CARD = Card(SYSTEM_NAMESPACE, card_name(GROUP), GROUP, (CardLine("development", "viewer", probe="get pods"),))
READ_CARD = KubeRole(SYSTEM_NAMESPACE, CARD.name, (Rule(("get",), ("",), ("configmaps",), (CARD.name,)),))
CARD_READERS = Binding(SYSTEM_NAMESPACE, CARD.name, RoleRef("Role", CARD.name), (SUBJECT,))
OBJECTS = (ROLE, BINDING, READ_CARD, CARD_READERS, CARD)

Person = Callable[[str], KubeApi]


@pytest.fixture(scope="module")
def _sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        entries = running.cloud.entries
        entries.create(world.CLUSTER, NewEntry(user("ana"), (kube_group(GROUP),)))
        yield running


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Iterator[Sandbox]:
    yield _sandbox
    _sandbox.observers.kube = None


@pytest.fixture
def person(sandbox: Sandbox) -> Iterator[Person]:
    """The API as one of the sandbox's people."""

    def become(name: str, region: str = world.ACCOUNT.region) -> KubeApi:
        key, secret = sandbox.keys[name]

        def token() -> str:
            credentials = AwsCredentials(key, secret, None, None)
            return sign(credentials, cluster=world.CLUSTER, region=region, now=datetime.now(timezone.utc)).text

        return opened.enter_context(KubeApi(sandbox.kube_url, sandbox.ca_data, token))

    with ExitStack() as opened:
        yield become


@pytest.fixture
def admin(person: Person) -> KubeApi:
    return person("admin")


def apply(api: KubeApi, *items: Item) -> None:
    for item in items:
        api.write(Change(None, item, "granted"))


@pytest.fixture
def granted(admin: KubeApi) -> Iterator[KubeApi]:
    """A cluster in which payments-developers may look at pods in development."""
    there = {namespace.name: namespace for namespace in admin.namespaces()}
    for namespace in (DEV, SYSTEM):
        if namespace.name not in there:
            apply(admin, namespace)
    apply(admin, *OBJECTS)
    yield admin
    for item in admin.owned():
        admin.write(Change(item, None, "done"))


def test_who_one_is_to_the_cluster(person: Person) -> None:
    identity = person("ana").identity()
    assert identity.username == user("ana")
    assert kube_group(GROUP) in identity.groups
    assert "system:authenticated" in identity.groups


def test_a_person_without_an_entry_is_unknown(person: Person) -> None:
    with pytest.raises(Unauthorized, match="ask an administrator"):
        person("dario").identity()


def test_what_is_written_is_what_is_read(granted: KubeApi) -> None:
    assert granted.owned() == frozenset(OBJECTS)
    namespaces = {namespace.name: namespace for namespace in granted.namespaces()}
    assert namespaces["development"].owned
    assert ("env", "development") in namespaces["development"].labels
    assert not namespaces["production"].owned


def test_a_grant_reaches_its_namespace_and_no_other(granted: KubeApi, person: Person) -> None:
    ana = person("ana")
    requests = [Request("get", "pods", namespace=name) for name in ("development", "production")]
    assert ana.allowed_each([*requests, Request("list", "namespaces")]) == (True, False, False)
    assert ana.cards([GROUP, "data-engineers", "no such group"]) == (CARD,)
    with pytest.raises(Forbidden, match="namespaces is forbidden"):
        ana.namespaces()


def test_an_update_replaces_rules_subjects_and_lines(granted: KubeApi) -> None:
    wider = replace(ROLE, rules=(Rule(("get",), ("apps",), ("deployments",)),))
    fewer = replace(BINDING, subjects=(Subject.group(kube_group("others")),))
    empty = replace(CARD, lines=())
    for before, after in ((ROLE, wider), (BINDING, fewer), (CARD, empty)):
        granted.write(Change(before, after, "differs"))
    assert {wider, fewer, empty} < granted.owned()


def test_a_namespace_is_relabelled_and_released(granted: KubeApi) -> None:
    labelled = replace(DEV, labels=(("env", "qa"), ("team", "blue")))
    granted.write(Change(DEV, labelled, "its labels differ"))
    seen = next(namespace for namespace in granted.namespaces() if namespace.name == "development")
    assert {("env", "qa"), ("team", "blue"), ("kubernetes.io/metadata.name", "development")} <= set(seen.labels)
    granted.write(Change(seen, replace(seen, owned=False), "no longer in the policy"))
    released = next(namespace for namespace in granted.namespaces() if namespace.name == "development")
    assert released == replace(seen, owned=False)
    with pytest.raises(Conflict, match="someone else's"):
        granted.write(Change(released, labelled, "its labels differ"))


def test_a_role_ref_that_someone_changed_by_hand_is_a_conflict(granted: KubeApi) -> None:
    other = replace(BINDING, role_ref=RoleRef("ClusterRole", "view"))
    with pytest.raises(Conflict):
        granted.write(Change(BINDING, other, "differs"))


def test_create_over_what_exists(granted: KubeApi) -> None:
    with pytest.raises(Conflict, match="another run"):
        apply(granted, ROLE)
    by_hand = Binding("production", "argocd-deploys", RoleRef("Role", "x"), (SUBJECT,))
    with pytest.raises(Conflict, match="not kaccess's"):
        apply(granted, by_hand)
    for change in (Change(by_hand, None, "in no grant"), Change(by_hand, by_hand, "differs")):
        with pytest.raises(Conflict, match="someone else's"):
            granted.write(change)


def test_delete_twice(granted: KubeApi) -> None:
    granted.write(Change(BINDING, None, "in no grant"))
    granted.write(Change(BINDING, None, "in no grant"))
    assert BINDING not in granted.owned()


def test_a_namespace_that_is_not_there(admin: KubeApi) -> None:
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        apply(admin, replace(ROLE, namespace="nowhere"))


def test_nobody_grants_what_they_do_not_hold(granted: KubeApi, person: Person) -> None:
    may_write = (Rule(("create", "get"), ("rbac.authorization.k8s.io",), ("roles",)),)
    granted.write(Change(ROLE, replace(ROLE, rules=(RULE, *may_write)), "differs"))
    secrets = KubeRole("development", kube_role_name("secrets"), (Rule(("get",), ("",), ("secrets",)),))
    with pytest.raises(Forbidden, match="lets nobody grant what they do not hold") as caught:
        apply(person("ana"), secrets)
    assert caught.value.missing_rules == ('{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',)


def test_the_names_of_iam_groups_are_names_of_objects(granted: KubeApi) -> None:
    odd = "a+=,.@-_Z"
    binding = replace(BINDING, name=binding_name(odd, "viewer"), subjects=(Subject.group(kube_group(odd)),))
    card = Card(SYSTEM_NAMESPACE, card_name(odd), odd, ())
    apply(granted, binding, card)
    assert {binding, card} < granted.owned()
    granted.write(Change(binding, None, "done"))
    assert binding not in granted.owned()


def test_all_of_rbac_is_read_for_an_audit(granted: KubeApi) -> None:
    objects = granted.inventory().objects
    assert objects.roles["development", ROLE.name] == (RULE,)
    assert objects.cluster_roles["view"]
    assert BINDING in objects.bindings
    assert {binding.name for binding in objects.bindings if not binding.namespace} >= {"cluster-admin"}
    assert any(binding.name == "argocd-deploys" for binding in objects.bindings)


def test_reading_costs_pages(granted: KubeApi, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 10)
    seen: Counter[str] = Counter()
    sandbox.observers.kube = lambda record: seen.update([record.path.rsplit("/")[-1]])
    granted.owned()
    granted.namespaces()
    assert seen == {"roles": 1, "rolebindings": 1, "configmaps": 1, "namespaces": 1}, "nothing is asked twice"
    sandbox.observers.kube = None
    apply(granted, *(replace(BINDING, name=binding_name(f"g{n}", "viewer")) for n in range(10)))
    seen.clear()
    sandbox.observers.kube = lambda record: seen.update([record.path.rsplit("/")[-1]])
    assert len(granted.owned()) == len(OBJECTS) + 10
    assert seen == {"roles": 1, "rolebindings": 2, "configmaps": 1}


def test_the_directory_role_is_marked_as_such(granted: KubeApi, sandbox: Sandbox) -> None:
    found = granted._transport.call(
        "GET", f"/apis/rbac.authorization.k8s.io/v1/namespaces/{SYSTEM_NAMESPACE}/rolebindings/{CARD.name}", "look"
    )
    assert found["metadata"]["annotations"] == {"kaccess.io/group": GROUP, "kaccess.io/role": DIRECTORY_ROLE}
    assert found["metadata"]["managedFields"][0]["manager"] == "kaccess"
