"""Who may knock, and what they are told when they may not enter."""

import pytest
from starlette.responses import Response

from kaccess.sandbox.kube.authorize import ANONYMOUS

PODS = "/api/v1/namespaces/default/pods"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def role(name, *rules):
    return {"metadata": {"name": name}, "rules": list(rules)}


def rule(verbs, resources, groups=("",), **more):
    return {"verbs": list(verbs), "resources": list(resources), "apiGroups": list(groups), **more}


def bind(api, user, name, *rules, namespace="default"):
    where = f"{RBAC}/namespaces/{namespace}" if namespace else RBAC
    kinds = ("roles", "rolebindings", "Role") if namespace else ("clusterroles", "clusterrolebindings", "ClusterRole")
    api.make(f"{where}/{kinds[0]}", role(name, *rules))
    binding = {
        "metadata": {"name": name},
        "roleRef": {"kind": kinds[2], "name": name},
        "subjects": [{"kind": "User", "name": user}],
    }
    return api.make(f"{where}/{kinds[1]}", binding)


def test_an_unknown_token_is_unauthorized(api):
    answer = api.get(PODS, as_="mallory")
    assert answer.code == 401
    assert answer.json == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "Unauthorized", "reason": "Unauthorized", "code": 401,
    }  # fmt: skip


def test_without_a_token_one_is_anonymous(api):
    assert api.get("/healthz", as_=None).code == 200
    assert api.get("/version", as_=None).code == 200
    answer = api.get("/api", as_=None)
    assert (answer.code, answer.message) == (403, f'forbidden: User "{ANONYMOUS}" cannot get path "/api"')


HERE = 'in the namespace "default"'
WIDE = "at the cluster scope"


@pytest.mark.parametrize(
    ("method", "path", "what", "verb", "resource", "group", "where"),
    [
        ("GET", PODS, "pods", "list", "pods", "", HERE),
        ("GET", f"{PODS}?watch=1", "pods", "watch", "pods", "", HERE),
        ("GET", f"{PODS}/x", 'pods "x"', "get", "pods", "", HERE),
        ("GET", f"{PODS}/x/log", 'pods "x"', "get", "pods/log", "", HERE),
        ("POST", f"{PODS}/x/exec", 'pods "x"', "create", "pods/exec", "", HERE),
        ("DELETE", PODS, "pods", "deletecollection", "pods", "", HERE),
        ("GET", "/api/v1/namespaces", "namespaces", "list", "namespaces", "", WIDE),
        ("GET", "/api/v1/namespaces/default", 'namespaces "default"', "get", "namespaces", "", HERE),
        ("PUT", "/apis/apps/v1/namespaces/default/deployments/d/scale", 'deployments.apps "d"', "update",
         "deployments/scale", "apps", HERE),
        ("GET", "/apis/no.such/v1/things", "things.no.such", "list", "things", "no.such", WIDE),
    ],
)  # fmt: skip
def test_refusals_read_as_the_api_servers(api, method, path, what, verb, resource, group, where):
    answer = api.ask(method, path, as_="ben")
    assert (answer.code, answer.json["reason"]) == (403, "Forbidden")
    assert answer.message == (
        f'{what} is forbidden: User "ben" cannot {verb} resource "{resource}" in API group "{group}" {where}'
    )


def test_a_path_that_may_not_be_read(api):
    answer = api.get("/metrics", as_="ben")
    assert (answer.code, answer.message) == (403, 'forbidden: User "ben" cannot get path "/metrics"')


def test_a_role_opens_what_it_says_and_its_deletion_closes_it(api):
    bind(api, "ben", "reader", rule(["list"], ["pods"]))
    assert api.get(PODS, as_="ben").code == 200
    assert api.get("/api/v1/pods", as_="ben").code == 403
    assert api.ask("DELETE", f"{RBAC}/namespaces/default/rolebindings/reader").code == 200
    assert api.get(PODS, as_="ben").code == 403


def test_a_role_in_a_namespace_does_not_reach_other_namespaces_through_it(api):
    bind(api, "ben", "lister", rule(["list"], ["namespaces"]))
    assert api.get("/api/v1/namespaces/default/namespaces", as_="ben").code == 404


def test_a_field_selector_by_name_satisfies_resource_names(api):
    bind(api, "ben", "one", rule(["list"], ["configmaps"], resourceNames=["card"]))
    where = "/api/v1/namespaces/default/configmaps"
    assert api.get(f"{where}?fieldSelector=metadata.name%3Dcard", as_="ben").code == 200
    assert api.get(where, as_="ben").code == 403


def test_a_binding_to_a_missing_role_tells_of_it(api):
    binding = {"roleRef": {"kind": "Role", "name": "gone"}, "subjects": [{"kind": "User", "name": "ben"}]}
    api.make(f"{RBAC}/namespaces/default/rolebindings", {"metadata": {"name": "b"}} | binding)
    message = api.get(PODS, as_="ben").message
    assert message.endswith('in the namespace "default": RBAC: role.rbac.authorization.k8s.io "gone" not found')


def test_names_may_hold_whatever_an_iam_group_may(api):
    bind(api, "ben", "kaccess:a+b=c,d.@e-_F", rule(["list"], ["pods"]))
    assert api.get(f"{RBAC}/namespaces/default/roles/kaccess:a%2Bb%3Dc,d.%40e-_F").code == 200


class TestImpersonation:
    def test_needs_the_right_to(self, api):
        answer = api.get(PODS, as_="ben", Impersonate_User="ana")
        assert answer.code == 403
        assert answer.message == (
            f'users "ana" is forbidden: User "ben" cannot impersonate resource "users" in API group "" {WIDE}'
        )

    def test_acts_as_the_other(self, api):
        bind(api, "ana", "reader", rule(["list"], ["pods"]))
        bind(api, "ben", "actor", rule(["impersonate"], ["users"], resourceNames=["ana"]), namespace="")
        assert api.get(PODS, as_="ben", Impersonate_User="ana").code == 200
        assert api.get(PODS, as_="ben", Impersonate_User="gil").code == 403
        assert api.get(PODS, as_="ben", Impersonate_User="ana", Impersonate_Group="system:masters").code == 403

    def test_brings_no_groups_of_its_own(self, api):
        answer = api.get(PODS, Impersonate_User="ana")
        assert answer.code == 403
        assert 'User "ana"' in answer.message

    def test_of_groups_alone_is_refused(self, api):
        assert api.get(PODS, Impersonate_Group="g").code == 400

    def test_of_a_service_account_brings_its_groups(self, api):
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        name = "system:serviceaccount:default:bot"
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        info = api.make(path, review, Impersonate_User=name)["status"]["userInfo"]
        assert info["username"] == name
        assert info["groups"] == ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]


class TestSeams:
    def test_access_allows_what_rbac_does_not(self, start):
        asked = []

        def access(user, request):
            asked.append((user.username, request.verb, request.full_resource))
            return user.username == "ben" and request.verb == "list"

        api = start(access=access)
        assert api.get(PODS, as_="ben").code == 200
        assert api.get(f"{PODS}/x", as_="ben").code == 403
        assert ("ben", "list", "pods") in asked

    def test_an_observer_sees_each_request_before_it_is_handled(self, api):
        api.get(f"{PODS}/x?pretty=1", as_="ben")
        (record,) = api.records
        assert (record.username, record.method, record.path) == ("ben", "GET", f"{PODS}/x")
        assert record.query["pretty"] == "1"
        assert (record.request.verb, record.request.resource, record.request.name) == ("get", "pods", "x")

    def test_an_observer_may_answer_in_the_servers_place(self, start):
        async def observer(record):
            return Response(b"", 503) if record.request.verb == "create" else None

        api = start(on_request=observer)
        assert api.ask("POST", PODS, {}).code == 503
        assert api.get(PODS).code == 200

    def test_a_defect_is_a_status_too(self, start):
        def observer(_record):
            raise ZeroDivisionError

        answer = start(on_request=observer).get(PODS)
        assert (answer.code, answer.json["reason"]) == (500, "InternalError")
