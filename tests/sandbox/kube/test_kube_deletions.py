"""Deletions and what holds them up, and what is served below an object."""

import pytest

from tests.sandbox.kube.shapes import CM, DEPLOYMENTS, MERGE, NS, cm, deployment
from tests.sandbox.kube.test_kube_access import bind, rule


class TestDeletions:
    def test_answer_with_a_status(self, api):
        made = api.make(CM, cm())
        answer = api.ask("DELETE", f"{CM}/a")
        assert (answer.code, answer.json["status"]) == (200, "Success")
        assert answer.json["details"] == {"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]}
        assert api.get(f"{CM}/a").code == 404
        assert api.ask("DELETE", f"{CM}/a").message == 'configmaps "a" not found'

    @pytest.mark.parametrize("field", ["uid", "resourceVersion"])
    def test_keep_to_their_preconditions(self, api, field):
        made = api.make(CM, cm())
        wrong = api.ask("DELETE", f"{CM}/a", {"preconditions": {field: "0"}})
        assert (wrong.code, wrong.json["reason"]) == (409, "Conflict")
        assert api.ask("DELETE", f"{CM}/a", {"preconditions": {field: made["metadata"][field]}}).code == 200

    @pytest.mark.parametrize(
        ("query", "options"), [("?dryRun=All", None), ("", {"dryRun": ["All"]})], ids=["by query", "by options"]
    )
    def test_that_are_rehearsed_delete_nothing(self, api, query, options):
        api.make(CM, cm())
        before = api.store.version
        assert api.ask("DELETE", f"{CM}/a{query}", options).json["status"] == "Success"
        assert api.ask("DELETE", f"{CM}{query}", options).code == 200
        api.make(NS, {"metadata": {"name": "n"}})
        assert api.ask("DELETE", f"{NS}/n{query}", options).json["status"]["phase"] == "Terminating"
        assert api.get(f"{NS}/n").json["status"]["phase"] == "Active"
        assert api.get(f"{CM}/a").json["metadata"]["resourceVersion"] == str(before)

    @pytest.mark.parametrize(
        ("query", "options", "code", "message"),
        [
            ("", {"kind": "Secret", "apiVersion": "v1"}, 400, 'no kind "Secret" is registered for version "v1"'),
            ("", [1], 400, "DeleteOptions are a JSON object"),
            ("", {"propagationPolicy": "Never"}, 422, 'propagationPolicy: Unsupported value: "Never"'),
            ("?propagationPolicy=Never", None, 422, 'propagationPolicy: Unsupported value: "Never"'),
            ("", {"dryRun": ["Some"]}, 422, "dryRun: Unsupported value"),
            ("?dryRun=Some", None, 422, "dryRun: Unsupported value"),
        ],
    )
    def test_with_options_that_are_none_are_refused(self, api, query, options, code, message):
        api.make(CM, cm())
        for path in (f"{CM}/a", CM):
            answer = api.ask("DELETE", path + query, options)
            assert (answer.code, message in answer.message) == (code, True), answer.message
        assert api.get(f"{CM}/a").code == 200

    def test_of_some_kinds_answer_with_the_object(self, api):
        api.make("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "bot"}})
        gone = api.ask("DELETE", "/api/v1/namespaces/default/serviceaccounts/bot").json
        assert (gone["kind"], gone["metadata"]["name"]) == ("ServiceAccount", "bot")

    def test_of_a_collection_are_not_covered_by_a_right_to_one_name(self, api):
        bind(api, "ben", "one", rule(["deletecollection"], ["configmaps"], resourceNames=["a"]))
        api.make(CM, cm())
        assert api.ask("DELETE", f"{CM}?fieldSelector=metadata.name%3Da", as_="ben").code == 403

    def test_wait_for_finalizers(self, api):
        api.make(CM, {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}})
        assert "deletionTimestamp" in api.ask("DELETE", f"{CM}/a").json["metadata"]
        held = api.get(f"{CM}/a").json
        held["metadata"]["finalizers"] = []
        assert api.ask("PUT", f"{CM}/a", held).code == 200
        assert api.get(f"{CM}/a").code == 404

    def test_of_a_collection_keep_to_the_selector(self, api):
        for name, label in (("a", "x"), ("b", "y"), ("c", "x")):
            api.make(CM, {"metadata": {"name": name, "labels": {"l": label}}})
        assert api.ask("DELETE", f"{CM}?labelSelector=l%3Dx").code == 200
        assert [item["metadata"]["name"] for item in api.get(CM).json["items"]] == ["b"]
        assert api.ask("DELETE", "/api/v1/configmaps").code == 405

    def test_of_a_namespace_take_its_contents(self, api):
        api.make(NS, {"metadata": {"name": "n"}})
        api.make(f"{NS}/n/configmaps", cm())
        gone = api.ask("DELETE", f"{NS}/n").json
        assert gone["status"]["phase"] == "Terminating"
        assert api.get(f"{NS}/n").code == 404
        api.make(NS, {"metadata": {"name": "n"}})
        assert api.get(f"{NS}/n/configmaps").json["items"] == []

    def test_of_a_namespace_wait_for_what_is_held_in_it(self, api):
        api.make(NS, {"metadata": {"name": "n"}})
        api.make(f"{NS}/n/configmaps", {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}})
        api.ask("DELETE", f"{NS}/n")
        assert api.get(f"{NS}/n").json["status"]["phase"] == "Terminating"
        refused = api.ask("POST", f"{NS}/n/configmaps", cm("b"))
        assert refused.code == 403
        assert "unable to create new content in namespace n because it is being terminated" in refused.message
        patch = [{"op": "remove", "path": "/metadata/finalizers"}]
        assert api.ask("PATCH", f"{NS}/n/configmaps/a", patch, Content_Type="application/json-patch+json").code == 200
        assert api.get(f"{NS}/n").code == 404

    def test_of_namespaces_that_a_cluster_needs_are_refused(self, api):
        assert api.ask("DELETE", f"{NS}/kube-system").code == 403


class TestSubresources:
    def test_scale_reads_and_writes_the_replicas(self, api):
        api.make(DEPLOYMENTS, deployment())
        scale = api.get(f"{DEPLOYMENTS}/web/scale").json
        assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == ("Scale", {"replicas": 1}, "app=web")
        assert (
            api.ask("PUT", f"{DEPLOYMENTS}/web/scale", scale | {"spec": {"replicas": 3}}).json["spec"]["replicas"] == 3
        )
        stale = api.ask("PUT", f"{DEPLOYMENTS}/web/scale", scale | {"spec": {"replicas": 4}})
        assert stale.code == 409
        api.ask("PATCH", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 0}}, Content_Type=MERGE)
        assert api.get(f"{DEPLOYMENTS}/web").json["spec"]["replicas"] == 0

    @pytest.mark.parametrize("subresource", ["log", "exec", "attach", "portforward", "proxy"])
    def test_what_needs_a_container_says_that_there_is_none(self, api, subresource):
        assert api.get(f"/api/v1/namespaces/default/pods/p/{subresource}").code == 404
        spec = {"containers": [{"name": "c", "image": "i"}]}
        api.make("/api/v1/namespaces/default/pods", {"metadata": {"name": "p"}, "spec": spec})
        answer = api.get(f"/api/v1/namespaces/default/pods/p/{subresource}")
        assert (answer.code, answer.json["reason"]) == (400, "BadRequest")
        assert answer.message == "pod p does not have a host assigned: no containers run here"

    def test_tokens_are_not_signed(self, api):
        answer = api.ask("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", {})
        assert (answer.code, answer.json["reason"]) == (501, "NotImplemented")

    def test_others_are_not_there(self, api):
        api.make(CM, cm())
        assert api.get(f"{CM}/a/status").code == 404
        assert api.ask("DELETE", f"{DEPLOYMENTS}/web/scale").code == 405
