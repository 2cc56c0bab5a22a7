"""Server-side apply: who owns what, who may change it, what goes when nobody wants it."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.sandbox.kube.fieldsets import decode, encode, flatten, path_text
from kaccess.sandbox.kube.resources import find_resource

CM = "/api/v1/namespaces/default/configmaps/a"
ROLE = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/r"
DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/web"
APPLY = "application/apply-patch+yaml"


def apply(api, path, body, manager="one", query="", **options):
    return api.ask("PATCH", f"{path}?fieldManager={manager}{query}", body, Content_Type=APPLY, **options)


def cm(**data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}


def containers(*items):
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": list(items)}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def managers(obj):
    return {(entry["manager"], entry["operation"]): entry["fieldsV1"] for entry in obj["metadata"]["managedFields"]}


def test_it_creates_what_is_not_there(api):
    answer = apply(api, CM, cm(x="1"))
    assert answer.code == 201
    assert managers(answer.json) == {("one", "Apply"): {"f:data": {"f:x": {}}}}


def test_creating_needs_the_right_to_create(api):
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}]
    where = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
    api.make(f"{where}/roles", {"metadata": {"name": "p"}, "rules": rules})
    subjects = [{"kind": "User", "name": "ben"}]
    api.make(
        f"{where}/rolebindings",
        {"metadata": {"name": "p"}, "roleRef": {"kind": "Role", "name": "p"}, "subjects": subjects},
    )
    refused = apply(api, CM, cm(), as_="ben")
    assert refused.code == 403
    assert 'cannot create resource "configmaps"' in refused.message
    apply(api, CM, cm())
    assert apply(api, CM, cm(), as_="ben").code == 200


def test_applying_the_same_again_writes_nothing(api):
    first = apply(api, CM, cm(x="1")).json
    assert apply(api, CM, cm(x="1")).json == first


def test_what_a_manager_no_longer_wants_goes(api):
    apply(api, CM, cm(x="1", y="2"))
    assert apply(api, CM, cm(x="1")).json["data"] == {"x": "1"}
    assert "data" not in apply(api, CM, cm()).json


def test_what_another_manager_wants_too_stays(api):
    apply(api, CM, cm(x="1", y="2"))
    apply(api, CM, cm(y="2"), "two")
    after = apply(api, CM, cm(x="1")).json
    assert after["data"] == {"x": "1", "y": "2"}
    assert managers(after) == {("one", "Apply"): {"f:data": {"f:x": {}}}, ("two", "Apply"): {"f:data": {"f:y": {}}}}


def test_a_field_of_another_manager_is_a_conflict(api):
    apply(api, CM, cm(x="1"))
    answer = apply(api, CM, cm(x="2"), "two")
    assert (answer.code, answer.json["reason"]) == (409, "Conflict")
    assert answer.message == 'Apply failed with 1 conflict: conflict with "one": .data.x'
    assert answer.json["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.x"}
    ]
    assert api.get(CM).json["data"] == {"x": "1"}


def test_several_conflicts_are_listed_by_manager(api):
    apply(api, CM, cm(x="1"))
    apply(api, CM, cm(y="1"), "two")
    api.ask("PATCH", f"{CM}?fieldManager=three", {"data": {"z": "1"}}, Content_Type="application/merge-patch+json")
    message = apply(api, CM, cm(x="2", y="2", z="2"), "four").message
    lines = message.split("\n")
    assert lines[0] == 'Apply failed with 3 conflicts: conflicts with "one":'
    assert lines[1] == "- .data.x"
    assert lines[2].startswith('conflicts with "three" using v1 at 20')
    assert lines[3:] == ["- .data.z", 'conflicts with "two":', "- .data.y"]


def test_force_takes_the_fields_over(api):
    apply(api, CM, cm(x="1", y="1"))
    after = apply(api, CM, cm(x="2"), "two", "&force=true").json
    assert after["data"] == {"x": "2", "y": "1"}
    assert managers(after) == {("one", "Apply"): {"f:data": {"f:y": {}}}, ("two", "Apply"): {"f:data": {"f:x": {}}}}


def test_a_plain_update_takes_what_it_changes(api):
    made = apply(api, CM, cm(x="1", y="1")).json
    after = api.ask("PUT", f"{CM}?fieldManager=editor", made | {"data": {"x": "2", "y": "1"}}).json
    assert managers(after) == {("one", "Apply"): {"f:data": {"f:y": {}}}, ("editor", "Update"): {"f:data": {"f:x": {}}}}
    assert apply(api, CM, cm(x="1", y="1")).code == 409


def test_what_no_manager_is_noted_for_belongs_to_the_time_before(api):
    api.store.create(*seeded())
    answer = apply(api, CM, cm(x="2"))
    assert answer.message == 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x'


def seeded():
    obj = cm(x="1")
    obj["metadata"]["namespace"] = "default"
    return find_resource("", "v1", "configmaps"), obj, datetime.now(timezone.utc)


def test_list_items_are_told_apart_by_their_keys(api):
    apply(api, DEPLOYMENT, containers({"name": "a", "image": "a:1"}))
    two = containers({"name": "b", "image": "b:1"})
    after = apply(api, DEPLOYMENT, two, "two").json
    assert [item["name"] for item in after["spec"]["template"]["spec"]["containers"]] == ["a", "b"]
    conflict = apply(api, DEPLOYMENT, containers({"name": "a", "image": "a:2"}), "two")
    assert conflict.message.endswith('.spec.template.spec.containers[name="a"].image')
    after = apply(api, DEPLOYMENT, containers({"name": "c", "image": "c:1"})).json
    assert [item["name"] for item in after["spec"]["template"]["spec"]["containers"]] == ["b", "c"]


def test_lists_of_rules_are_owned_as_a_whole(api):
    def role(*verbs):
        rule = {"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}
        kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"}
        return kind | {"metadata": {"name": "r"}, "rules": [rule]}

    apply(api, ROLE, role("get", "list"))
    assert apply(api, ROLE, role("get")).json["rules"][0]["verbs"] == ["get"]
    assert apply(api, ROLE, role("list"), "two").message.endswith(": .rules")


def test_labels_and_finalizers_are_shared(api):
    def meta(**more):
        return cm() | {"metadata": {"name": "a"} | more}

    apply(api, CM, meta(labels={"x": "1"}, finalizers=["a/a"]))
    after = apply(api, CM, meta(labels={"y": "1"}, finalizers=["b/b"]), "two").json
    assert after["metadata"]["labels"] == {"x": "1", "y": "1"}
    assert after["metadata"]["finalizers"] == ["a/a", "b/b"]
    after = apply(api, CM, meta()).json
    assert after["metadata"]["labels"] == {"y": "1"}
    assert after["metadata"]["finalizers"] == ["b/b"]


@pytest.mark.parametrize(
    ("query", "body", "code", "message"),
    [
        ("", cm(), 422, "fieldManager: Required value: is required for apply patch"),
        (
            "?fieldManager=m",
            cm() | {"metadata": {"name": "a", "managedFields": [{}]}},
            400,
            "managedFields must be nil",
        ),
        ("?fieldManager=m", cm() | {"metadata": {"name": "b"}}, 400, "does not match the name on the URL"),
        ("?fieldManager=m", cm() | {"kind": "Secret"}, 400, "cannot be handled as a ConfigMap"),
        ("?fieldManager=m", cm() | {"x": 1}, 500, "(/a; /v1, Kind=ConfigMap): .x: field not declared in schema"),
        ("?fieldManager=m", cm() | {"x": 1, "y": 1}, 500, "errors:\n  .x: field not declared in schema\n  .y: field"),
        ("?fieldManager=m", {"metadata": {"name": "a"}}, 400, "invalid object type: /, Kind="),
        ("?fieldManager=m", b"a: b", 400, "it is not JSON"),
    ],
)
def test_what_cannot_be_applied_is_refused(api, query, body, code, message):
    answer = api.ask("PATCH", CM + query, body, Content_Type=APPLY)
    assert answer.code == code
    assert message in answer.message


def test_a_stale_version_in_what_is_applied_is_a_conflict(api):
    apply(api, CM, cm(x="1"))
    stale = cm(x="2") | {"metadata": {"name": "a", "resourceVersion": "1"}}
    assert apply(api, CM, stale).code == 409


def test_status_is_applied_through_its_own_path_alone(api):
    apply(api, DEPLOYMENT, containers({"name": "a", "image": "a:1"}))
    body = containers({"name": "a", "image": "changed"}) | {"status": {"replicas": 2}}
    after = apply(api, f"{DEPLOYMENT}/status", body, "controller").json
    assert after["status"] == {"replicas": 2}
    assert after["spec"]["template"]["spec"]["containers"][0]["image"] == "a:1"
    assert managers(after)["controller", "Apply"] == {"f:status": {"f:replicas": {}}}


def test_a_dry_run_shows_the_conflict_and_writes_nothing(api):
    apply(api, CM, cm(x="1"))
    version = api.store.version
    assert apply(api, CM, cm(x="2"), "two", "&dryRun=All").code == 409
    assert apply(api, CM, cm(x="2"), "two", "&dryRun=All&force=true").json["data"] == {"x": "2"}
    assert api.store.version == version


paths = st.lists(st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', "v:1"]), min_size=1, max_size=4).map(tuple)


@given(st.frozensets(paths))
def test_a_field_set_survives_its_encoding(fields):
    assert frozenset(decode(encode(fields))) == fields


def test_paths_read_as_the_api_server_writes_them():
    port = ("f:spec", 'k:{"containerPort":80,"protocol":"TCP"}', "f:name")
    assert path_text(port) == '.spec[containerPort=80,protocol="TCP"].name'
    assert path_text(("f:metadata", "f:finalizers", 'v:"a/b"')) == '.metadata.finalizers[="a/b"]'


def test_identity_is_nobodys_field():
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "uid": "u", "labels": {"x": "y"}}}
    assert list(flatten(obj, "core.ConfigMap")) == [("f:metadata", "f:labels", "f:x")]


def test_whoever_applies_no_labels_is_noted_for_that(api):
    bare = {"apiVersion": "v1", "kind": "ConfigMap"}
    assert apply(api, CM, bare | {"metadata": {"name": "a", "labels": {"x": "1"}}}).code == 201
    without = bare | {"metadata": {"name": "a", "labels": {}}}
    after = apply(api, CM, without).json
    assert "labels" not in after["metadata"]
    assert managers(after) == {("one", "Apply"): {"f:metadata": {"f:labels": {}}}}
    assert apply(api, CM, without, "other").code == 200
    version = api.get(CM).json["metadata"]["resourceVersion"]
    assert apply(api, CM, without).json["metadata"]["resourceVersion"] == version
