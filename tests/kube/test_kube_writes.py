from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kaccess.kube.api import KubeApi
from kaccess.kube.errors import Conflict, Forbidden, KubeError, NotFound, Unreachable
from kaccess.kube.manifests import KubeItem, to_manifest
from kaccess.model.errors import Refused
from kaccess.model.names import MANAGED_BY
from kaccess.model.plan import Change
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Card, CardLine, Entry, KubeRole, Namespace
from tests.kube.stub_server import BROKEN, Answer, StubServer, refusal

ROLE = KubeRole("dev", "kaccess:developer", (Rule(("get",), ("",), ("pods",)),))
WIDER = replace(ROLE, rules=(Rule(("get", "list"), ("",), ("pods",)),))
BINDING = Binding("dev", "kaccess:p:developer", RoleRef("Role", ROLE.name), (Subject.group("kaccess:p"),))
CARD = Card("kaccess-system", "directory-p", "p", (CardLine("dev", "developer"),))
NAMESPACE = Namespace("dev", (("env", "dev"),))
ITEMS = [ROLE, BINDING, CARD, NAMESPACE]
PATH = "/apis/rbac.authorization.k8s.io/v1/namespaces/dev/roles"
HERE = f"{PATH}/kaccess%3Adeveloper"

GONE = refusal(404, "not found", "NotFound")
DONE = Answer(200, {"kind": "Status", "status": "Success"})


def live(item: KubeItem, **labels: str) -> dict[str, Any]:
    manifest = to_manifest(item)
    manifest["metadata"] |= {"uid": "u-1", "resourceVersion": "41"}
    manifest["metadata"].setdefault("labels", {}).update(labels)
    return manifest


def foreign(item: KubeItem) -> Answer:
    return Answer(200, live(item, **{MANAGED_BY: "argocd"}))


def create(item: KubeItem) -> Change:
    return Change(None, item, "granted")


def delete(item: KubeItem) -> Change:
    return Change(item, None, "in no grant")


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key.kind)
def test_create_is_one_request_with_the_whole_object(api: KubeApi, stub: StubServer, item: KubeItem) -> None:
    stub.script(Answer(201, live(item)))
    api.write(create(item))
    (asked,) = stub.asked
    assert (asked.method, asked.query) == ("POST", {"fieldManager": "kaccess"})
    assert asked.body == to_manifest(item)
    assert asked.body["metadata"]["labels"][MANAGED_BY] == "kaccess"


@pytest.mark.parametrize(
    ("there", "line"),
    [(foreign(ROLE), "not kaccess's"), (Answer(200, live(ROLE)), "another run"), (GONE, "another run")],
)
def test_a_name_that_is_taken_is_a_conflict(api: KubeApi, stub: StubServer, there: Answer, line: str) -> None:
    stub.script(refusal(409, "already exists", "AlreadyExists"), there)
    with pytest.raises(Conflict, match=line):
        api.write(create(ROLE))
    assert stub.calls() == [f"POST {PATH}", f"GET {HERE}"]


def test_another_conflict_is_told_as_the_server_tells_it(api: KubeApi, stub: StubServer) -> None:
    stub.script(refusal(409, "Operation cannot be fulfilled on resourcequotas", "Conflict"))
    with pytest.raises(Conflict, match="resourcequotas"):
        api.write(create(ROLE))
    assert len(stub.asked) == 1


def test_update_replaces_the_rules_and_keeps_what_others_added(api: KubeApi, stub: StubServer) -> None:
    there = live(ROLE, team="blue")
    there["metadata"]["annotations"]["note"] = "kept"
    there["metadata"]["finalizers"] = ["x/y"]
    stub.script(Answer(200, there), Answer(200, {}))
    api.write(Change(ROLE, WIDER, "its rules differ"))
    put = stub.asked[1]
    assert (put.method, put.path, put.query) == ("PUT", HERE, {"fieldManager": "kaccess"})
    assert put.body["rules"] == [WIDER.rules[0].to_json()]
    assert put.body["metadata"]["resourceVersion"] == "41"
    assert put.body["metadata"]["labels"] == {MANAGED_BY: "kaccess", "team": "blue"}
    assert put.body["metadata"]["annotations"] == {"kaccess.io/role": "developer", "note": "kept"}
    assert put.body["metadata"]["finalizers"] == ["x/y"]


def test_update_of_a_card_replaces_its_data(api: KubeApi, stub: StubServer) -> None:
    there = live(CARD)
    there["data"]["stray"] = "x"
    stub.script(Answer(200, there), Answer(200, {}))
    wanted = replace(CARD, lines=())
    api.write(Change(CARD, wanted, "its lines differ"))
    assert stub.asked[1].body["data"] == {"group": "p", "grants.json": "[]"}


def test_update_of_a_binding_replaces_its_subjects(api: KubeApi, stub: StubServer) -> None:
    there = live(replace(BINDING, subjects=(Subject("User", "mallory"), *BINDING.subjects)))
    stub.script(Answer(200, there), Answer(200, {}))
    api.write(Change(BINDING, BINDING, "its subjects differ"))
    assert stub.asked[1].body["subjects"] == [Subject.group("kaccess:p").to_json()]


def test_a_binding_that_was_bound_to_something_else_is_a_conflict(api: KubeApi, stub: StubServer) -> None:
    stub.script(Answer(200, live(replace(BINDING, role_ref=RoleRef("ClusterRole", "cluster-admin")))))
    with pytest.raises(Conflict):
        api.write(Change(BINDING, BINDING, "its subjects differ"))
    assert len(stub.asked) == 1


def test_update_of_a_namespace_adds_labels_and_keeps_the_others(api: KubeApi, stub: StubServer) -> None:
    there = live(NAMESPACE, **{"kubernetes.io/metadata.name": "dev"}) | {"spec": {"finalizers": ["kubernetes"]}}
    stub.script(Answer(200, there), Answer(200, {}))
    api.write(Change(NAMESPACE, replace(NAMESPACE, labels=(("env", "qa"),)), "its labels differ"))
    body = stub.asked[1].body
    assert body["metadata"]["labels"] == {"env": "qa", "kubernetes.io/metadata.name": "dev", MANAGED_BY: "kaccess"}
    assert body["spec"] == {"finalizers": ["kubernetes"]}


def test_a_released_namespace_loses_our_label_and_nothing_else(api: KubeApi, stub: StubServer) -> None:
    stub.script(Answer(200, live(NAMESPACE, team="blue")), Answer(200, {}))
    api.write(Change(NAMESPACE, replace(NAMESPACE, owned=False), "no longer in the policy"))
    assert stub.asked[1].method == "PUT"
    assert stub.asked[1].body["metadata"]["labels"] == {"env": "dev", "team": "blue"}


def test_a_namespace_released_already_is_left_alone(api: KubeApi, stub: StubServer) -> None:
    stub.script(Answer(200, live(replace(NAMESPACE, owned=False))))
    api.write(Change(NAMESPACE, replace(NAMESPACE, owned=False), "no longer in the policy"))
    assert len(stub.asked) == 1


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key.kind)
def test_nothing_foreign_is_updated(api: KubeApi, stub: StubServer, item: KubeItem) -> None:
    stub.script(foreign(item))
    with pytest.raises(Conflict, match="someone else's"):
        api.write(Change(item, item, "differs"))
    assert [asked.method for asked in stub.asked] == ["GET"]


@pytest.mark.parametrize("item", [ROLE, BINDING, CARD], ids=lambda item: item.key.kind)
def test_nothing_foreign_is_deleted(api: KubeApi, stub: StubServer, item: KubeItem) -> None:
    stub.script(foreign(item))
    with pytest.raises(Conflict, match="someone else's"):
        api.write(delete(item))
    assert [asked.method for asked in stub.asked] == ["GET"]


def test_delete_names_the_very_object_that_was_read(api: KubeApi, stub: StubServer) -> None:
    stub.script(Answer(200, live(ROLE)), DONE)
    api.write(delete(ROLE))
    assert stub.calls() == [f"GET {HERE}", f"DELETE {HERE}"]
    assert stub.asked[1].body["preconditions"] == {"uid": "u-1", "resourceVersion": "41"}


@pytest.mark.parametrize("answers", [[GONE], [Answer(200, live(ROLE)), GONE]])
def test_deleting_what_is_gone_is_done(api: KubeApi, stub: StubServer, answers: list[Answer]) -> None:
    stub.script(*answers)
    api.write(delete(ROLE))
    assert len(stub.asked) == len(answers)


def test_updating_what_is_gone_is_a_conflict(api: KubeApi, stub: StubServer) -> None:
    stub.script(GONE)
    with pytest.raises(Conflict, match="gone"):
        api.write(Change(ROLE, WIDER, "its rules differ"))


@pytest.mark.parametrize("change", [Change(ROLE, WIDER, "its rules differ"), delete(ROLE)], ids=["update", "delete"])
def test_a_race_is_a_conflict(api: KubeApi, stub: StubServer, change: Change) -> None:
    stub.script(Answer(200, live(ROLE)), refusal(409, "the object has been modified", "Conflict"))
    with pytest.raises(Conflict, match="modified"):
        api.write(change)


@pytest.mark.parametrize("change", [create(ROLE), Change(ROLE, WIDER, "its rules differ"), delete(ROLE)])
@pytest.mark.parametrize("failure", [BROKEN, refusal(503, "shutting down", "ServiceUnavailable")])
def test_a_write_that_fails_is_said_and_not_repeated(
    api: KubeApi, stub: StubServer, change: Change, failure: Answer
) -> None:
    stub.answer = lambda asked: Answer(200, live(ROLE)) if asked.method == "GET" else failure
    with pytest.raises(Unreachable, match="role dev/kaccess:developer"):
        api.write(change)
    assert [asked.method for asked in stub.asked if asked.method != "GET"] == [stub.asked[-1].method]


def test_creating_in_a_namespace_that_is_not_there(api: KubeApi, stub: StubServer) -> None:
    stub.script(refusal(404, 'namespaces "dev" not found', "NotFound"))
    with pytest.raises(NotFound, match='create role dev/kaccess:developer: namespaces "dev" not found'):
        api.write(create(ROLE))


def test_escalation_names_the_missing_rules(api: KubeApi, stub: StubServer) -> None:
    message = (
        'roles.rbac.authorization.k8s.io "kaccess:developer" is forbidden: user "ci" (groups=["system:authenticated"]) '
        "is attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}\n{APIGroups:["apps"], Resources:["*"], Verbs:["*"]}'
    )
    stub.script(refusal(403, message, "Forbidden"))
    with pytest.raises(Forbidden) as caught:
        api.write(create(ROLE))
    missing = (
        '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
        '{APIGroups:["apps"], Resources:["*"], Verbs:["*"]}',
    )
    assert caught.value.missing_rules == missing
    assert all(rule in str(caught.value) for rule in missing)
    assert "\n" not in str(caught.value)


def test_an_escalation_told_in_other_words_is_still_told(api: KubeApi, stub: StubServer) -> None:
    message = "attempting to grant RBAC permissions not currently held: some of them"
    stub.script(refusal(403, message, "Forbidden"))
    with pytest.raises(Forbidden, match=message):
        api.write(create(ROLE))


def test_a_namespace_is_never_deleted(api: KubeApi, stub: StubServer) -> None:
    with pytest.raises(Refused, match="never deletes"):
        api.write(delete(NAMESPACE))
    assert stub.asked == []


@pytest.mark.parametrize(
    "subject",
    [
        Subject.group("system:authenticated"),
        Subject.group("system:masters"),
        Subject.group("Kaccess:p"),
        Subject("User", "kaccess:p"),
        Subject("ServiceAccount", "kaccess:p", "dev"),
    ],
)
@pytest.mark.parametrize("before", [None, BINDING])
def test_nobody_but_our_groups_is_bound(
    api: KubeApi, stub: StubServer, subject: Subject, before: Binding | None
) -> None:
    after = replace(BINDING, subjects=(*BINDING.subjects, subject))
    with pytest.raises(Refused, match=subject.name):
        api.write(Change(before, after, "granted"))
    assert stub.asked == []


def test_an_entry_is_none_of_this_rooms_business(api: KubeApi) -> None:
    with pytest.raises(TypeError):
        api.write(Change(None, Entry("arn:aws:iam::111122223333:user/ana", ()), "granted"))


def test_an_object_the_server_finds_invalid(api: KubeApi, stub: StubServer) -> None:
    stub.script(refusal(422, 'Role "x" is invalid: rules[0].verbs: Required value', "Invalid"))
    with pytest.raises(KubeError, match="Required value") as caught:
        api.write(create(ROLE))
    assert caught.value.reason == "Invalid"
