"""Patches: JSON, merge and strategic."""

import pytest

from kaccess.sandbox.kube.patch import json_patch, merge_patch, strategic_patch
from kaccess.sandbox.kube.statuses import StatusError

CM = "/api/v1/namespaces/default/configmaps/a"


def pod(*containers, **spec):
    return {"spec": {"containers": list(containers)} | spec}


A, B = {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        (pod(A, B), pod({"name": "b", "image": "b:2"}), pod(A, {"name": "b", "image": "b:2"})),
        (pod(A), pod({"name": "c", "image": "c"}), pod(A, {"name": "c", "image": "c"})),
        (pod(A, B), pod({"name": "a", "$patch": "delete"}), pod(B)),
        (pod(A, B), pod({"$patch": "replace"}, B), pod(B)),
        (
            pod(A),
            pod({"name": "a", "env": [{"name": "Y", "value": "2"}]}),
            pod(A | {"env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]}),
        ),
        (pod(A, B), {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}, pod(B, A)),
        (pod(A, hostname="h"), {"spec": {"hostname": None}}, pod(A)),
        (
            pod(A, nodeSelector={"x": "1"}),
            {"spec": {"nodeSelector": {"$patch": "replace", "y": "2"}}},
            pod(A, nodeSelector={"y": "2"}),
        ),
        (pod(A, nodeSelector={"x": "1"}), {"spec": {"nodeSelector": {"$patch": "delete"}}}, pod(A)),
        (
            pod(A, tolerations=[{"key": "a"}]),
            {"spec": {"tolerations": [{"key": "b"}]}},
            pod(A, tolerations=[{"key": "b"}]),
        ),
        (
            pod(volumes=[{"name": "v", "emptyDir": {}}]),
            {"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}]}},
            pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]),
        ),
        (
            {"metadata": {"finalizers": ["a", "b"]}},
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}},
            {"metadata": {"finalizers": ["b"]}},
        ),
        (
            {"metadata": {"finalizers": ["a"]}},
            {"metadata": {"finalizers": ["b", "a"]}},
            {"metadata": {"finalizers": ["a", "b"]}},
        ),
        (
            {"metadata": {"labels": {"x": "1"}}},
            {"metadata": {"labels": {"x": None, "y": "2"}}},
            {"metadata": {"labels": {"y": "2"}}},
        ),
    ],
)
def test_strategic_merge(before, patch, after):
    assert strategic_patch(before, patch, "core.Pod") == after


@pytest.mark.parametrize("patch", [pod({"image": "x"}), {"spec": {"$patch": "burn"}}, pod("text")])
def test_malformed_strategic_patches_are_refused(patch):
    with pytest.raises(StatusError, match=r"merge key|unknown patch type|is no object"):
        strategic_patch(pod(A), patch, "core.Pod")


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}}, {"a": {"c": 2, "d": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": None}}, {"a": {}}),
        ({}, {"a": {"b": {"c": None, "d": 1}}}, {"a": {"b": {"d": 1}}}),
    ],
)
def test_merge_patch(before, patch, after):
    assert merge_patch(before, patch) == after


def test_json_patch_leaves_its_input_alone():
    before = {"a": [1]}
    assert json_patch(before, [{"op": "add", "path": "/a/-", "value": 2}]) == {"a": [1, 2]}
    assert before == {"a": [1]}


@pytest.mark.parametrize(
    ("media_type", "patch", "code", "message"),
    [
        ("application/json-patch+json", {"a": 1}, 400, "a JSON patch is a list of operations"),
        ("application/json-patch+json", [{"op": "burn", "path": "/data"}], 422, "error in our request"),
        ("application/json-patch+json", [1], 422, "error in our request"),
        ("application/json-patch+json", [{"op": "test", "path": "/data/x", "value": "2"}], 422, "error in our request"),
        ("application/json-patch+json", [{"op": "remove", "path": "/data/y"}], 422, "error in our request"),
        ("application/json-patch+json", [{"op": "replace", "path": "", "value": 1}], 400, "not a JSON object"),
        (
            "application/json-patch+json",
            [{"op": "replace", "path": "/metadata/name", "value": "b"}],
            400,
            "does not match",
        ),
        ("application/merge-patch+json", [1], 400, "it is not a JSON object"),
        ("application/merge-patch+json", {"data": {"x": 1}}, 400, "cannot unmarshal number"),
        ("application/merge-patch+json", {"metadata": None}, 400, "does not match the name on the URL"),
        ("application/merge-patch+json", {"metadata": {"resourceVersion": "1"}}, 409, "the object has been modified"),
        ("application/merge-patch+json", {"metadata": {"uid": "u"}}, 422, "metadata.uid: Invalid value"),
        ("application/merge-patch+json", {"metadata": {"labels": {"?": "x"}}}, 422, "metadata.labels"),
        ("application/strategic-merge-patch+json", {"metadata": [1]}, 400, "cannot unmarshal array"),
        ("application/json", {"data": {}}, 415, "accepted media types include: application/json-patch+json"),
    ],
)
def test_patches_that_do_not_fit_are_refused(api, media_type, patch, code, message):
    api.make(CM[:-2], {"metadata": {"name": "a"}, "data": {"x": "1"}})
    before = api.store.version
    answer = api.ask("PATCH", CM, patch, Content_Type=media_type)
    assert answer.code == code, answer.body
    assert message in answer.message
    assert api.store.version == before


def test_a_patch_creates_nothing(api):
    assert api.ask("PATCH", CM, {"data": {}}, Content_Type="application/merge-patch+json").code == 404
