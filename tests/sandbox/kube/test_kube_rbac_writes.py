"""Writes of RBAC objects: their validity, and that nobody gives what they do not hold."""

import pytest

from tests.sandbox.kube.test_kube_access import RBAC, bind, rule

HERE = f"{RBAC}/namespaces/default"
ROLE_REF = {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"}
WRITE = rule(
    ["create", "update", "patch"],
    ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
    ["rbac.authorization.k8s.io"],
)
GROUPS = 'user "gil" (groups=["granters" "system:authenticated"])'
NOT_HELD = "is attempting to grant RBAC permissions not currently held:"


def role(*rules, name="r"):
    return {"metadata": {"name": name}, "rules": list(rules)}


def binding(role_ref=None, subjects=(), name="b"):
    return {"metadata": {"name": name}, "roleRef": role_ref or ROLE_REF, "subjects": list(subjects)}


class TestValidity:
    @pytest.mark.parametrize(
        ("path", "body", "message"),
        [
            (
                "roles",
                role({"apiGroups": [""], "resources": ["pods"]}),
                "rules[0].verbs: Required value: verbs must contain at least one value",
            ),
            ("roles", role({"verbs": ["get"], "resources": ["pods"]}), "rules[0].apiGroups: Required value"),
            ("roles", role({"verbs": ["get"], "apiGroups": [""]}), "rules[0].resources: Required value"),
            (
                "roles",
                role({"verbs": ["get"], "nonResourceURLs": ["/x"]}),
                "namespaced rules cannot apply to non-resource URLs",
            ),
            ("rolebindings", binding({"kind": "Role", "name": ""}), "roleRef.name: Required value"),
            (
                "rolebindings",
                binding({"kind": "Deployment", "name": "x"}),
                'roleRef.kind: Unsupported value: "Deployment"',
            ),
            (
                "rolebindings",
                binding({"kind": "Role", "name": "x", "apiGroup": "y"}),
                'roleRef.apiGroup: Unsupported value: "y"',
            ),
            ("rolebindings", {"metadata": {"name": "b"}}, "roleRef.kind: Unsupported value"),
            ("rolebindings", binding(subjects=[{"kind": "Group"}]), "subjects[0].name: Required value"),
            (
                "rolebindings",
                binding(subjects=[{"kind": "Robot", "name": "x"}]),
                'subjects[0].kind: Unsupported value: "Robot"',
            ),
            (
                "rolebindings",
                binding(subjects=[{"kind": "User", "name": "x", "apiGroup": "v1"}]),
                "subjects[0].apiGroup",
            ),
        ],
    )
    def test_what_is_not_valid_is_refused(self, api, path, body, message):
        answer = api.ask("POST", f"{HERE}/{path}", body)
        assert answer.code == 422
        assert message in answer.message

    @pytest.mark.parametrize(
        ("path", "body", "message"),
        [
            (
                "clusterrolebindings",
                binding(),
                'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
            ),
            (
                "clusterrolebindings",
                binding({"kind": "ClusterRole", "name": "x"}, [{"kind": "ServiceAccount", "name": "s"}]),
                "subjects[0].namespace: Required value",
            ),
            (
                "clusterroles",
                role({"verbs": ["get"], "nonResourceURLs": ["/x"], "resources": ["pods"]}),
                "both regular resources",
            ),
            ("clusterroles", role() | {"aggregationRule": {}}, "at least one clusterRoleSelector"),
        ],
    )
    def test_what_is_not_valid_cluster_wide_is_refused(self, api, path, body, message):
        answer = api.ask("POST", f"{RBAC}/{path}", body)
        assert answer.code == 422
        assert message in answer.message

    def test_api_groups_are_filled_in(self, api):
        subjects = [{"kind": "Group", "name": "g"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}]
        made = api.make(f"{HERE}/rolebindings", binding({"kind": "Role", "name": "r"}, subjects))
        assert made["roleRef"] == ROLE_REF
        assert [subject.get("apiGroup") for subject in made["subjects"]] == ["rbac.authorization.k8s.io", None]

    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_the_role_of_a_binding_does_not_change(self, api, method):
        api.make(f"{HERE}/rolebindings", binding())
        changed = binding(ROLE_REF | {"name": "other"})
        media_type = "application/merge-patch+json" if method == "PATCH" else "application/json"
        answer = api.ask(method, f"{HERE}/rolebindings/b", changed, Content_Type=media_type)
        assert answer.code == 422
        assert answer.message.startswith(
            'RoleBinding.rbac.authorization.k8s.io "b" is invalid: roleRef: Invalid value: {'
        )
        assert answer.message.endswith(": cannot change roleRef")


class TestEscalation:
    @pytest.fixture(autouse=True)
    def _granter(self, api):
        bind(api, "gil", "granter", WRITE, rule(["get", "list"], ["pods"]))

    def test_what_is_held_may_be_given(self, api):
        api.make(f"{HERE}/roles", role(rule(["get"], ["pods"])), as_="gil")
        api.make(f"{HERE}/rolebindings", binding(), as_="gil")

    def test_a_role_that_gives_more_is_refused(self, api):
        given = rule(["get", "delete", "create"], ["pods", "secrets"])
        answer = api.ask("POST", f"{HERE}/roles", role(given), as_="gil")
        assert (answer.code, answer.json["reason"]) == (403, "Forbidden")
        assert answer.message.split("\n") == [
            f'roles.rbac.authorization.k8s.io "r" is forbidden: {GROUPS} {NOT_HELD}',
            '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "create"]}',
            '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete" "create"]}',
        ]

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "APPLY"])
    def test_however_it_is_changed_to_that(self, api, method):
        api.make(f"{HERE}/roles", role(rule(["get"], ["pods"])))
        kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"}
        types = {"PATCH": "application/merge-patch+json", "APPLY": "application/apply-patch+yaml"}
        http_method = "PUT" if method == "PUT" else "PATCH"
        path = f"{HERE}/roles/r?fieldManager=m" + ("&force=true" if method == "APPLY" else "")
        wider = kind | role(rule(["get"], ["secrets"]))
        answer = api.ask(http_method, path, wider, as_="gil", Content_Type=types.get(method, "application/json"))
        assert answer.code == 403
        assert NOT_HELD in answer.message

    def test_what_is_not_held_is_not_even_relabelled(self, api):
        for made in (
            api.make(f"{HERE}/roles", role(rule(["get"], ["secrets"]))),
            api.make(f"{HERE}/rolebindings", binding()),
        ):
            path = f"{HERE}/{made['kind'].lower()}s/{made['metadata']['name']}"
            assert api.ask("PUT", path, made, as_="gil").code == 200
            made["metadata"]["labels"] = {"x": "y"}
            assert api.ask("PUT", path, made, as_="gil").code == 403

    def test_escalate_lifts_it(self, api):
        bind(api, "gil", "escalator", rule(["escalate"], ["roles"], ["rbac.authorization.k8s.io"]))
        api.make(f"{HERE}/roles", role(rule(["*"], ["*"], ["*"])), as_="gil")

    def test_escalate_by_name_covers_changes_but_no_create(self, api):
        bind(api, "gil", "escalator", rule(["escalate"], ["roles"], ["rbac.authorization.k8s.io"], resourceNames=["r"]))
        everything = role(rule(["*"], ["*"], ["*"]))
        assert api.ask("POST", f"{HERE}/roles", everything, as_="gil").code == 403
        assert api.ask("PUT", f"{HERE}/roles/r", everything, as_="gil").code == 201
        assert api.ask("PUT", f"{HERE}/roles/other", everything | role(name="other"), as_="gil").code == 201
        wider = role(rule(["*"], ["*"]), name="other")
        assert api.ask("PUT", f"{HERE}/roles/other", wider, as_="gil").code == 403

    @pytest.mark.parametrize(
        ("gone", "told"),
        [
            (["x"], '[roles.rbac.authorization.k8s.io "x" not found]'),
            (
                ["x", "y"],
                '[[roles.rbac.authorization.k8s.io "x" not found, roles.rbac.authorization.k8s.io "y" not found]]',
            ),
        ],
    )
    def test_roles_that_are_not_there_are_told_of(self, api, gone, told):
        gil = [{"kind": "User", "name": "gil"}]
        for name in gone:
            api.make(f"{HERE}/rolebindings", binding({"kind": "Role", "name": name}, gil, name=name))
        answer = api.ask("POST", f"{HERE}/roles", role(rule(["get"], ["secrets"])), as_="gil")
        assert answer.message.endswith(f'Verbs:["get"]}}; resolution errors: {told}')

    def test_a_binding_to_a_role_that_gives_more_is_refused(self, api):
        api.make(f"{HERE}/roles", role(rule(["get"], ["secrets"])))
        answer = api.ask("POST", f"{HERE}/rolebindings", binding(), as_="gil")
        assert answer.code == 403
        assert answer.message == (
            f'rolebindings.rbac.authorization.k8s.io "b" is forbidden: {GROUPS} {NOT_HELD}\n'
            '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'
        )

    def test_and_so_is_one_to_a_cluster_role(self, api):
        to_edit = binding({"kind": "ClusterRole", "name": "edit"})
        assert NOT_HELD in api.ask("POST", f"{HERE}/rolebindings", to_edit, as_="gil").message

    def test_and_one_to_a_role_that_is_not_there(self, api):
        answer = api.ask("POST", f"{HERE}/rolebindings", binding(), as_="gil")
        assert (answer.code, answer.message) == (404, 'rolebindings.rbac.authorization.k8s.io "r" not found')

    def test_bind_lifts_it(self, api):
        api.make(f"{HERE}/roles", role(rule(["get"], ["secrets"])))
        bind(api, "gil", "binder", rule(["bind"], ["roles"], ["rbac.authorization.k8s.io"], resourceNames=["r"]))
        api.make(f"{HERE}/rolebindings", binding(), as_="gil")

    def test_subjects_cannot_be_added_to_a_binding_that_is_not_held(self, api):
        api.make(f"{HERE}/roles", role(rule(["get"], ["secrets"])))
        made = api.make(f"{HERE}/rolebindings", binding())
        made["subjects"] = [{"kind": "User", "name": "gil"}]
        assert api.ask("PUT", f"{HERE}/rolebindings/b", made, as_="gil").code == 403

    def test_cluster_roles_are_compared_with_what_is_held_cluster_wide(self, api):
        bind(api, "gil", "wide", WRITE, namespace="")
        answer = api.ask("POST", f"{RBAC}/clusterroles", role(rule(["get"], ["pods"])), as_="gil")
        assert NOT_HELD in answer.message

    def test_aggregation_needs_everything(self, api):
        bind(api, "gil", "wide", WRITE, namespace="")
        gathering = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"x": "y"}}]}}
        answer = api.ask("POST", f"{RBAC}/clusterroles", role() | gathering, as_="gil")
        assert answer.message.endswith("must have cluster-admin privileges to use the aggregationRule")

    def test_a_dry_run_is_checked_like_the_write(self, api):
        given = role(rule(["get"], ["secrets"]))
        assert api.ask("POST", f"{HERE}/roles?dryRun=All", given, as_="gil").code == 403


def test_the_built_in_roles_are_there(api):
    view = api.get(f"{RBAC}/clusterroles/view").json
    assert any("pods" in one["resources"] for one in view["rules"])
    assert not any("secrets" in one["resources"] for one in view["rules"])
    assert view["aggregationRule"]["clusterRoleSelectors"]
    bindings = api.get(f"{RBAC}/clusterrolebindings").json["items"]
    assert "cluster-admin" in [item["metadata"]["name"] for item in bindings]
