"""Objects over HTTP: what is created, changed and deleted, and every way to be refused."""

import json
import threading

import pytest

from tests.sandbox.kube.shapes import CM, DEPLOYMENTS, MERGE, NS, cm, deployment


def test_a_created_object_has_an_identity(api):
    made = api.make(CM, cm(x="y"))
    metadata = made["metadata"]
    assert metadata["namespace"] == "default"
    assert metadata["uid"]
    assert int(metadata["resourceVersion"]) > 0
    assert metadata["creationTimestamp"].endswith("Z")
    assert api.get(f"{CM}/a").json == made


def test_kind_and_version_may_be_left_to_the_path(api):
    made = api.make(CM, {"metadata": {"name": "a"}})
    assert (made["apiVersion"], made["kind"]) == ("v1", "ConfigMap")


def test_generate_name_gives_a_new_name_each_time(api):
    names = {api.make(CM, {"metadata": {"generateName": "a-"}})["metadata"]["name"] for _ in range(5)}
    assert len(names) == 5
    assert all(name.startswith("a-") and len(name) == 7 for name in names)


def test_owner_references_are_kept(api):
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"}
    made = api.make(CM, {"metadata": {"name": "a", "ownerReferences": [owner]}})
    assert made["metadata"]["ownerReferences"] == [owner]


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        (
            CM,
            cm("A_b"),
            422,
            'ConfigMap "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain',
        ),
        (
            CM,
            {"data": {}},
            422,
            'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
        ),
        (CM, cm("a" * 254), 422, "must be no more than 253 characters"),
        (NS, {"metadata": {"name": "a.b"}}, 422, "must not contain dots"),
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles", {"metadata": {"name": "a/b"}}, 422, "may not contain '/'"),
        (CM, {"metadata": {"name": "a", "labels": {"k": "v v"}}}, 422, "metadata.labels"),
        (CM, {"metadata": {"name": "a", "labels": {"-": "v"}}}, 422, "metadata.labels"),
        (CM, {"metadata": {"name": "a", "annotations": {"k": "v" * 300_000}}}, 422, "Too long"),
        (CM, cm("a", **{"b c": "v"}), 422, "a valid config key"),
        ("/api/v1/namespaces/nope/configmaps", cm(), 404, 'namespaces "nope" not found'),
        (CM, cm() | {"kind": "Secret"}, 400, "cannot be handled as a ConfigMap: unknown conversion"),
        (CM, cm() | {"apiVersion": "v2"}, 400, 'no kind "ConfigMap" is registered for version "v2"'),
        (CM, cm(x=1), 400, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number'),
        (CM, cm() | {"metadata": {"name": "a", "namespace": "other"}}, 400, "does not match the namespace"),
        (CM, {"metadata": {"name": "a", "resourceVersion": "1"}}, 500, "resourceVersion should not be set"),
        (CM, b"{", 400, "it is not JSON"),
        (CM, b"[]", 400, "not a JSON object"),
        (CM, b"[" * 100_000, 400, "it is not JSON"),
        (CM, b"x" * (3 * 1024 * 1024 + 1), 413, "Request entity too large"),
        (f"{CM}?fieldValidation=Strict", cm() | {"datum": 1}, 400, 'strict decoding error: unknown field "datum"'),
        (f"{CM}?fieldValidation=Loose", cm(), 422, "fieldValidation"),
        (f"{CM}?dryRun=Some", cm(), 422, "dryRun"),
        (f"{CM}/a", cm(), 405, "does not allow this method"),
        ("/api/v1/configmaps", cm(), 405, "does not allow this method"),
        ("/api/v1/things", {}, 404, "could not find the requested resource"),
        ("/api/v9/pods", {}, 404, "could not find the requested resource"),
        ("/api/v1/namespaces/default/namespaces", {}, 404, "could not find the requested resource"),
        ("/api/v1/namespaces/default/nodes", {}, 404, "could not find the requested resource"),
        (DEPLOYMENTS, deployment(image=""), 422, "spec.template.spec.containers[0].image: Required value"),
        (DEPLOYMENTS, deployment(name="X"), 422, "spec.template.spec.containers[0].name: Invalid value"),
        ("/api/v1/namespaces/default/pods", {"metadata": {"name": "p"}}, 422, "spec.containers: Required value"),
        ("/api/v1/namespaces/default/services", {"metadata": {"name": "s"}}, 422, "spec.ports: Required value"),
        (
            "/api/v1/namespaces/default/secrets",
            {"metadata": {"name": "s"}, "data": {"a": "?"}},
            400,
            "illegal base64 data",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_valid_is_refused(api, path, body, code, message):
    before = api.store.version
    answer = api.ask("POST", path, body)
    assert answer.code == code, answer.body
    assert message in answer.message
    assert api.store.version == before


def test_all_problems_are_told_at_once(api):
    answer = api.ask("POST", CM, {"metadata": {"name": "A", "labels": {"k": "?"}}, "data": {"?": ""}})
    assert [cause["field"] for cause in answer.json["details"]["causes"]] == [
        "metadata.name",
        "metadata.labels",
        "data[?]",
    ]


def test_unknown_fields_are_dropped_with_a_warning(api):
    answer = api.ask("POST", CM, cm() | {"datum": 1})
    assert answer.code == 201
    assert "datum" not in answer.json
    assert answer.headers["Warning"] == '299 - "unknown field \\"datum\\""'
    assert api.ask("POST", f"{CM}?fieldValidation=Ignore", cm("b") | {"datum": 1}).headers["Warning"] is None


def test_a_name_is_taken_once(api):
    api.make(CM, cm())
    answer = api.ask("POST", CM, cm())
    assert (answer.code, answer.json["reason"]) == (409, "AlreadyExists")
    assert answer.message == 'configmaps "a" already exists'


def test_other_media_types_are_refused(api):
    answer = api.ask("POST", CM, b"a: b", Content_Type="application/yaml")
    assert (answer.code, answer.json["reason"]) == (415, "UnsupportedMediaType")
    assert api.get(CM, Accept="text/html").code == 406


class TestUpdates:
    def test_replace_the_object_and_raise_its_version(self, api):
        made = api.make(CM, cm(x="1"))
        answer = api.ask("PUT", f"{CM}/a", made | {"data": {"y": "2"}})
        assert answer.code == 200
        assert answer.json["data"] == {"y": "2"}
        assert int(answer.json["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
        assert answer.json["metadata"]["uid"] == made["metadata"]["uid"]

    def test_of_another_version_conflict(self, api):
        made = api.make(CM, cm(x="1"))
        api.ask("PUT", f"{CM}/a", made | {"data": {"x": "2"}})
        answer = api.ask("PUT", f"{CM}/a", made | {"data": {"x": "3"}})
        assert answer.code == 409
        assert answer.message == (
            'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes '
            "to the latest version and try again"
        )

    def test_that_change_nothing_write_nothing(self, api):
        made = api.make(CM, cm(x="1"))
        assert api.ask("PUT", f"{CM}/a", made).json == made

    def test_of_what_is_not_there_are_refused_or_create_it(self, api):
        assert api.ask("PUT", f"{CM}/a", cm()).code == 404
        lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
        assert api.ask("PUT", lease, {"metadata": {"name": "l"}}).code == 201

    def test_must_name_what_the_path_names(self, api):
        api.make(CM, cm())
        assert api.ask("PUT", f"{CM}/a", cm("b")).code == 400

    def test_of_a_selector_are_refused(self, api):
        api.make(DEPLOYMENTS, deployment())
        changed = deployment()
        changed["spec"]["selector"]["matchLabels"] = changed["spec"]["template"]["metadata"]["labels"] = {"app": "z"}
        answer = api.ask("PUT", f"{DEPLOYMENTS}/web", changed)
        assert answer.code == 422
        assert "spec.selector: Invalid value" in answer.message
        assert "field is immutable" in answer.message

    def test_of_immutable_data_are_refused(self, api):
        made = api.make(CM, cm(x="1") | {"immutable": True})
        answer = api.ask("PUT", f"{CM}/a", made | {"data": {}})
        assert "data: Forbidden: field is immutable when `immutable` is set" in answer.message

    def test_leave_the_status_alone_except_through_its_own_path(self, api):
        made = api.make(DEPLOYMENTS, deployment() | {"status": {"readyReplicas": 5}})
        assert made["status"] == {}
        changed = json.loads(json.dumps(made)) | {"status": {"readyReplicas": 1}}
        changed["spec"]["replicas"] = 7
        assert api.ask("PUT", f"{DEPLOYMENTS}/web", changed).json["spec"]["replicas"] == 7
        changed["metadata"].pop("resourceVersion")
        changed["spec"]["replicas"] = 9
        after = api.ask("PUT", f"{DEPLOYMENTS}/web/status", changed).json
        assert after["status"] == {"readyReplicas": 1}
        assert after["spec"]["replicas"] == 7
        assert after["metadata"]["generation"] == 2

    def test_at_the_same_time_lose_nothing(self, api):
        """Eight writers count to five each with optimistic locking: what is counted is what was written."""
        api.make(CM, cm(n="0"))
        conflicts = []

        def count():
            done = 0
            while done < 5:
                now = api.get(f"{CM}/a").json
                now["data"]["n"] = str(int(now["data"]["n"]) + 1)
                code = api.ask("PUT", f"{CM}/a", now).code
                done += code == 200
                conflicts.append(code == 409)

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert api.get(f"{CM}/a").json["data"]["n"] == "40"
        assert any(conflicts)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", CM, cm("b")),
        ("PUT", f"{CM}/a", cm(x="2")),
        ("PATCH", f"{CM}/a", {"data": {"x": "2"}}),
        ("DELETE", f"{CM}/a", None),
        ("DELETE", CM, None),
    ],
)
def test_a_dry_run_writes_nothing(api, method, path, body):
    api.make(CM, cm(x="1"))
    before = api.store.version
    answer = api.ask(
        method, f"{path}?dryRun=All", body, Content_Type=MERGE if method == "PATCH" else "application/json"
    )
    assert answer.code in {200, 201}
    assert api.store.version == before
