from __future__ import annotations

from typing import Any

import pytest

from kaccess.kube.api import KubeApi
from kaccess.kube.errors import Expired, Forbidden, KubeError
from kaccess.kube.lists import PAGE
from kaccess.kube.manifests import to_manifest
from kaccess.model.identity import KubeIdentity
from kaccess.model.names import card_name
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Card, CardLine, KubeRole, Namespace
from kaccess.rbac.request import Request
from tests.kube.stub_server import Answer, Asked, StubServer, refusal


class Collections:
    """Serves lists by pages, as an API server does."""

    def __init__(self, **objects: list[dict[str, Any]]) -> None:
        self.objects = objects

    def __call__(self, asked: Asked) -> Answer:
        plural = asked.path.rsplit("/", 1)[-1]
        found, start, size = (
            self.objects.get(plural, []),
            int(asked.query.get("continue") or 0),
            int(asked.query["limit"]),
        )
        end = start + size
        more = {"continue": str(end)} if end < len(found) else {}
        return Answer(200, {"metadata": {"resourceVersion": "7", **more}, "items": found[start:end] or None})


def roles(count: int) -> list[KubeRole]:
    return [KubeRole(f"ns-{n}", "kaccess:developer", (Rule(("get",), ("",), ("pods",)),)) for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, PAGE, PAGE + 1, 3 * PAGE])
def test_a_list_is_read_whole(api: KubeApi, stub: StubServer, count: int) -> None:
    stub.answer = Collections(roles=[to_manifest(role) for role in roles(count)])
    assert api.owned() == frozenset(roles(count))


def test_what_reading_costs_grows_with_pages_and_not_with_objects(api: KubeApi, stub: StubServer) -> None:
    namespaces = [Namespace(f"ns-{n}", owned=False) for n in range(PAGE + 100)]
    stub.answer = Collections(
        roles=[to_manifest(role) for role in roles(2 * PAGE)], namespaces=[to_manifest(one) for one in namespaces]
    )
    api.owned()
    assert len(api.namespaces()) == PAGE + 100
    assert len(stub.asked) == (2 + 1 + 1) + 2
    assert {asked.query["limit"] for asked in stub.asked} == {str(PAGE)}


def test_owned_asks_for_our_label_alone_and_for_cards_in_the_directory_alone(api: KubeApi, stub: StubServer) -> None:
    stub.answer = Collections()
    assert api.owned() == frozenset()
    assert sorted(asked.path for asked in stub.asked) == [
        "/api/v1/namespaces/kaccess-system/configmaps",
        "/apis/rbac.authorization.k8s.io/v1/rolebindings",
        "/apis/rbac.authorization.k8s.io/v1/roles",
    ]
    assert {asked.query["labelSelector"] for asked in stub.asked} == {"app.kubernetes.io/managed-by=kaccess"}


def test_a_list_whose_pages_expired_is_read_from_its_beginning(api: KubeApi, stub: StubServer) -> None:
    pages = Collections(namespaces=[to_manifest(Namespace(f"ns-{n}")) for n in range(PAGE + 1)])
    expired = [refusal(410, "The provided continue parameter is too old", "Expired")]
    stub.answer = lambda asked: expired.pop() if asked.query.get("continue") and expired else pages(asked)
    assert len(api.namespaces()) == PAGE + 1
    assert len(stub.asked) == 4


def test_a_list_whose_pages_always_expire_is_an_error(api: KubeApi, stub: StubServer) -> None:
    stub.answer = lambda _: refusal(410, "too old", "Expired")
    with pytest.raises(Expired):
        api.namespaces()
    assert len(stub.asked) == 3


def test_a_page_that_cannot_be_read_makes_no_shorter_list(api: KubeApi, stub: StubServer) -> None:
    pages = Collections(namespaces=[to_manifest(Namespace(f"ns-{n}")) for n in range(PAGE + 1)])
    stub.answer = lambda asked: refusal(403, "no more", "Forbidden") if asked.query.get("continue") else pages(asked)
    with pytest.raises(Forbidden):
        api.namespaces()


@pytest.mark.parametrize(
    "body", [{}, {"kind": "Status"}, {"metadata": {}}, {"items": []}, {"metadata": [], "items": []}]
)
def test_an_answer_that_is_no_list_is_not_an_empty_one(api: KubeApi, stub: StubServer, body: dict[str, Any]) -> None:
    stub.answer = lambda _: Answer(200, body)
    with pytest.raises(KubeError, match="no list"):
        api.namespaces()


def test_one_of_the_lists_that_make_up_what_is_owned_fails(api: KubeApi, stub: StubServer) -> None:
    good = Collections()
    stub.answer = lambda asked: refusal(403, "no", "Forbidden") if "configmaps" in asked.path else good(asked)
    with pytest.raises(Forbidden):
        api.owned()


def test_rbac_objects_are_all_four_kinds(api: KubeApi, stub: StubServer) -> None:
    subject, rule = Subject.group("devs"), Rule(("get",), ("",), ("pods",))
    stub.answer = Collections(
        roles=[to_manifest(KubeRole("dev", "r", (rule,)))],
        clusterroles=[
            {"metadata": {"name": "view"}, "rules": [rule.to_json()]},
            {"metadata": {"name": "x"}, "rules": None},
        ],
        rolebindings=[to_manifest(Binding("dev", "b", RoleRef("Role", "r"), (subject,)))],
        clusterrolebindings=[to_manifest(Binding("", "all", RoleRef("ClusterRole", "view"), (subject,)))],
    )
    found = api.inventory().objects
    assert found.roles == {("dev", "r"): (rule,)}
    assert found.cluster_roles == {"view": (rule,), "x": ()}
    assert [(binding.namespace, binding.name) for binding in found.bindings] == [("", "all"), ("dev", "b")]
    assert all("labelSelector" not in asked.query for asked in stub.asked)


def test_service_accounts_are_named_with_their_namespaces(api: KubeApi, stub: StubServer) -> None:
    accounts = [{"metadata": {"namespace": "dev", "name": name}, "secrets": []} for name in ("bot", "default")]
    stub.answer = Collections(serviceaccounts=accounts)
    assert api.service_accounts() == ("dev/bot", "dev/default")
    assert stub.asked[0].path == "/api/v1/serviceaccounts"


def test_who_the_cluster_says_you_are(api: KubeApi, stub: StubServer) -> None:
    stub.script(
        Answer(201, {"status": {"userInfo": {"username": "arn:x", "groups": ["kaccess:p", "system:authenticated"]}}})
    )
    assert api.identity() == KubeIdentity("arn:x", ("kaccess:p", "system:authenticated"))
    assert stub.asked[0].path == "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def test_an_answer_that_is_no_review_is_an_error(api: KubeApi, stub: StubServer) -> None:
    stub.answer = lambda _: Answer(201, {"kind": "SelfSubjectReview"})
    with pytest.raises(KubeError, match="no review"):
        api.identity()
    with pytest.raises(KubeError, match="no review"):
        api.allowed(Request("get", "pods"))


@pytest.mark.parametrize(
    ("request_", "spec"),
    [
        (
            Request("create", "deployments", "apps", "scale", "dev", "web"),
            {
                "resourceAttributes": {
                    "verb": "create",
                    "resource": "deployments",
                    "group": "apps",
                    "subresource": "scale",
                    "namespace": "dev",
                    "name": "web",
                }
            },
        ),
        (Request("list", "nodes"), {"resourceAttributes": {"verb": "list", "resource": "nodes"}}),
        (Request("get", path="/healthz"), {"nonResourceAttributes": {"verb": "get", "path": "/healthz"}}),
    ],
)
def test_a_request_is_asked_about_as_it_is(
    api: KubeApi, stub: StubServer, request_: Request, spec: dict[str, Any]
) -> None:
    stub.script(Answer(201, {"status": {"allowed": True}}))
    assert api.allowed(request_)
    assert stub.asked[0].body["spec"] == spec


@pytest.mark.parametrize("status", [{}, {"allowed": False}, {"allowed": "yes"}, {"allowed": None}, {"denied": True}])
def test_only_yes_is_yes(api: KubeApi, stub: StubServer, status: dict[str, Any]) -> None:
    stub.script(Answer(201, {"status": status}))
    assert not api.allowed(Request("get", "pods"))


def test_answers_come_in_the_order_of_the_questions(api: KubeApi, stub: StubServer) -> None:
    def odd(asked: Asked) -> Answer:
        namespace = asked.body["spec"]["resourceAttributes"]["namespace"]
        return Answer(201, {"status": {"allowed": int(namespace[3:]) % 2 == 1}})

    stub.answer = odd
    requests = [Request("get", "pods", namespace=f"ns-{n}") for n in range(40)]
    assert api.allowed_each(requests) == tuple(n % 2 == 1 for n in range(40))
    assert api.allowed_each([]) == ()


def test_a_question_that_fails_ends_the_asking(api: KubeApi, stub: StubServer) -> None:
    stub.answer = lambda _: refusal(403, "no reviews for you", "Forbidden")
    with pytest.raises(Forbidden):
        api.allowed_each(Request("get", "pods", namespace=f"ns-{n}") for n in range(2000))
    assert len(stub.asked) < 1000


def test_login_reads_the_cards_it_may_read(api: KubeApi, stub: StubServer) -> None:
    card = Card("kaccess-system", card_name("p"), "p", (CardLine("dev", "viewer"),))
    answers = {card_name("p"): Answer(200, to_manifest(card)), card_name("secret"): refusal(403, "no", "Forbidden")}
    stub.answer = lambda asked: answers.get(asked.path.rsplit("/", 1)[-1], refusal(404, "not found", "NotFound"))
    assert api.cards(["secret", "p", "unknown"]) == (card,)
    assert {asked.method for asked in stub.asked} == {"GET"}


def test_a_card_that_could_not_be_asked_for_is_an_error(api: KubeApi, stub: StubServer) -> None:
    stub.answer = lambda _: refusal(500, "etcd is sick", "InternalError")
    with pytest.raises(KubeError, match="etcd is sick"):
        api.cards(["p"])
