"""What a real server refuses, and what it lets pass, where a simpler one would do otherwise."""

import pytest

from tests.sandbox.kube.shapes import CM, MERGE, NS, cm
from tests.sandbox.kube.test_kube_access import RBAC

AUTHZ = "/apis/authorization.k8s.io/v1"


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "message"),
    [
        ("POST", NS, {"metadata": {}}, 422, 'Namespace "" is invalid: metadata.name: Required value'),
        ("PUT", CM, cm(), 405, "does not allow this method"),
        ("PATCH", CM, {"data": {}}, 405, "does not allow this method"),
        ("PUT", f"{CM}?fieldSelector=metadata.name%3Da", cm(), 405, "does not allow this method"),
        ("GET", f"{CM}?resourceVersion=x", None, 400, "invalid syntax"),
    ],
)
def test_malformed_requests_are_refused(api, method, path, body, code, message):
    api.make(CM, cm())
    answer = api.ask(method, path, body, Content_Type=MERGE if method == "PATCH" else "application/json")
    assert (answer.code, message in answer.message) == (code, True), answer.message


def test_cluster_wide_objects_are_in_no_namespace_whatever_they_say(api):
    made = api.make(f"{RBAC}/clusterroles", {"metadata": {"name": "r", "namespace": "default"}, "rules": []})
    assert "namespace" not in made["metadata"]


def test_an_update_creates_an_event_of_whatever_name(api):
    event = {"metadata": {"name": "Some:Thing"}, "involvedObject": {"namespace": "default"}}
    assert api.ask("PUT", "/api/v1/namespaces/default/events/Some:Thing", event).code == 201


def test_refusals_warn_of_unknown_fields_too(api):
    answer = api.ask("POST", f"{AUTHZ}/selfsubjectaccessreviews", {"spec": {"nonsense": 1}})
    assert (answer.code, answer.headers["Warning"]) == (422, '299 - "unknown field \\"spec.nonsense\\""')


def test_the_rules_of_masters_are_those_that_bindings_give_them(api):
    spec = {"namespace": "default"}
    status = api.ask("POST", f"{AUTHZ}/selfsubjectrulesreviews", {"spec": spec}).json["status"]
    given = [tuple(rule["resources"]) for rule in status["resourceRules"]]
    assert ("*",) in given
    assert ("selfsubjectaccessreviews", "selfsubjectrulesreviews") in given
