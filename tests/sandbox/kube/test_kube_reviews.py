"""Reviews: who am I, may I, may they, what may I."""

import pytest

from tests.sandbox.kube.test_kube_access import bind, rule

AUTHZ = "/apis/authorization.k8s.io/v1"
WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def may(api, spec, *, path="selfsubjectaccessreviews", as_="ben"):
    return api.make(f"{AUTHZ}/{path}", {"spec": spec}, as_=as_)["status"]


def test_who_am_i(api):
    made = api.make(WHOAMI, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}, as_="ana")
    assert made["kind"] == "SelfSubjectReview"
    assert made["status"]["userInfo"] == {
        "username": "ana", "uid": "uid-ana", "groups": ["kaccess:developers", "system:authenticated"],
        "extra": {"arn": ["arn:ana"]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "allowed"),
    [
        ({"verb": "get", "resource": "pods", "namespace": "default"}, True),
        ({"verb": "get", "resource": "pods", "namespace": "other"}, False),
        ({"verb": "get", "resource": "pods"}, False),
        ({"verb": "get", "resource": "pods", "subresource": "log", "namespace": "default"}, False),
        ({"verb": "get", "resource": "pods", "group": "apps", "namespace": "default"}, False),
        ({"verb": "update", "resource": "configmaps", "namespace": "default"}, False),
        ({"verb": "update", "resource": "configmaps", "namespace": "default", "name": "one"}, True),
    ],
)
def test_may_i(api, attributes, allowed):
    bind(api, "ben", "r", rule(["get"], ["pods"]), rule(["update"], ["configmaps"], resourceNames=["one"]))
    status = may(api, {"resourceAttributes": attributes})
    assert status["allowed"] is allowed
    if allowed:
        assert status["reason"] == 'RBAC: allowed by RoleBinding "r/default" of Role "r" to User "ben"'


def test_may_i_read_a_path(api):
    assert may(api, {"nonResourceAttributes": {"verb": "get", "path": "/healthz"}})["allowed"] is True
    assert may(api, {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}})["allowed"] is False


def test_may_they_needs_a_right_of_its_own(api):
    spec = {"resourceAttributes": {"verb": "get", "resource": "pods"}, "user": "ana"}
    assert api.ask("POST", f"{AUTHZ}/subjectaccessreviews", {"spec": spec}, as_="ben").code == 403
    assert may(api, spec, path="subjectaccessreviews", as_="admin") == {"allowed": False}
    masters = spec | {"groups": ["system:masters"]}
    assert may(api, masters, path="subjectaccessreviews", as_="admin") == {"allowed": True}


def test_may_they_here_keeps_to_its_namespace(api):
    spec = {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "default"}, "user": "ana"}
    path = "namespaces/default/localsubjectaccessreviews"
    assert may(api, spec, path=path, as_="admin") == {"allowed": False}
    elsewhere = api.ask("POST", f"{AUTHZ}/namespaces/kube-public/localsubjectaccessreviews", {"spec": spec})
    assert elsewhere.code == 422


def test_what_may_i(api):
    given = rule(["get"], ["pods"])
    bind(api, "ben", "r", given)
    status = may(api, {"namespace": "default"}, path="selfsubjectrulesreviews")
    assert given in status["resourceRules"]
    assert status["incomplete"] is False
    assert any("/healthz" in one["nonResourceURLs"] for one in status["nonResourceRules"])
    elsewhere = may(api, {"namespace": "kube-public"}, path="selfsubjectrulesreviews")
    assert given not in elsewhere["resourceRules"]


def test_what_may_i_is_incomplete_beside_another_authorizer(start):
    status = may(start(access=lambda _user, _request: False), {"namespace": "default"}, path="selfsubjectrulesreviews")
    assert status["incomplete"] is True
    assert status["evaluationError"] == "webhook authorizer does not support user rule resolution"


@pytest.mark.parametrize(
    ("path", "spec", "code"),
    [
        ("selfsubjectaccessreviews", {}, 422),
        ("selfsubjectaccessreviews", {"resourceAttributes": {}, "nonResourceAttributes": {}}, 422),
        ("subjectaccessreviews", {"resourceAttributes": {"verb": "get"}}, 422),
        ("selfsubjectrulesreviews", {}, 400),
        ("localsubjectaccessreviews", {}, 404),
        ("selfsubjectaccessreviews/x", {}, 404),
    ],
)
def test_malformed_questions_are_refused(api, path, spec, code):
    assert api.ask("POST", f"{AUTHZ}/{path}", {"spec": spec}).code == code


def test_reviews_are_asked_and_not_read(api):
    assert api.get(WHOAMI).code == 405
