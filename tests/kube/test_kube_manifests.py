from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaccess.kube.manifests import from_manifest, is_owned, to_manifest
from kaccess.kube.resources import collection_path, object_path
from kaccess.model.names import MANAGED_BY, binding_name, card_name, kube_group, kube_role_name
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Card, CardLine, Key, KubeRole, Namespace

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)
many_words = st.lists(words, max_size=3).map(tuple)
rules = st.builds(Rule, many_words, many_words, many_words, many_words, many_words)
labels = st.dictionaries(words, words, max_size=3).map(lambda found: tuple(sorted(found.items())))
subjects = st.builds(Subject, st.sampled_from(["User", "Group"]), words) | st.builds(
    Subject, st.just("ServiceAccount"), words, words
)
role_refs = st.builds(RoleRef, st.sampled_from(["Role", "ClusterRole"]), words)
items = st.one_of(
    st.builds(Namespace, words, labels, st.booleans()),
    st.builds(KubeRole, words, words, st.lists(rules, max_size=3).map(tuple)),
    st.builds(Binding, words, words, role_refs, st.lists(subjects, max_size=3).map(tuple)),
    st.builds(
        Card,
        words,
        words,
        words,
        st.lists(st.builds(CardLine, words, words, st.just("") | words, words), max_size=3).map(tuple),
    ),
)


@settings(deadline=None)
@given(items)
def test_an_item_comes_back_as_it_was(item: Namespace | KubeRole | Binding | Card) -> None:
    manifest = json.loads(json.dumps(to_manifest(item)))
    assert from_manifest(item.key.kind, manifest) == item
    assert is_owned(manifest) == getattr(item, "owned", True)


def test_a_role_as_the_api_server_sees_it() -> None:
    rule = Rule(("get",), ("",), ("pods",))
    assert to_manifest(KubeRole("development", kube_role_name("developer"), (rule,))) == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {
            "name": "kaccess:developer",
            "namespace": "development",
            "labels": {"app.kubernetes.io/managed-by": "kaccess"},
            "annotations": {"kaccess.io/role": "developer"},
        },
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
    }


def binding(name: str, group: str) -> Binding:
    return Binding("development", name, RoleRef("Role", "r"), (Subject.group(kube_group(group)),))


@pytest.mark.parametrize(
    ("item", "annotations"),
    [
        (binding(binding_name("payments", "developer"), "payments"), ("payments", "developer")),
        (binding(binding_name("payments", "viewer", "view"), "payments"), ("payments", "viewer")),
        (binding(binding_name("payments", "viewer", "system:x:y"), "payments"), ("payments", "viewer")),
        (binding(binding_name("a+=,.@-_B", "viewer"), "a+=,.@-_B"), ("a+=,.@-_B", "viewer")),
        (binding(card_name("payments"), "payments"), ("payments", "directory")),
        (binding(card_name("Long Name" * 20), "Long Name" * 20), ("Long Name" * 20, "directory")),
    ],
)
def test_a_binding_names_its_group_and_role(item: Binding, annotations: tuple[str, str]) -> None:
    found = to_manifest(item)["metadata"]["annotations"]
    assert (found["kaccess.io/group"], found["kaccess.io/role"]) == annotations


def test_the_roles_of_the_directory_are_told_apart_from_those_of_the_policy() -> None:
    role = KubeRole("kaccess-system", card_name("payments"), ())
    assert to_manifest(role)["metadata"]["annotations"] == {"kaccess.io/role": "directory"}


def test_a_card_is_a_configmap_with_one_grant_a_line() -> None:
    card = Card(
        "kaccess-system",
        card_name("p"),
        "p",
        (CardLine("dev", "viewer", probe="get pods"), CardLine("qa", "dev", "2026-12-01T00:00:00Z")),
    )
    manifest = to_manifest(card)
    assert manifest["data"]["group"] == "p"
    assert json.loads(manifest["data"]["grants.json"]) == [
        {"namespace": "dev", "role": "viewer", "until": "", "probe": "get pods"},
        {"namespace": "qa", "role": "dev", "until": "2026-12-01T00:00:00Z", "probe": ""},
    ]
    assert manifest["metadata"]["annotations"] == {"kaccess.io/group": "p"}


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"group": "p"},
        {"group": "p", "grants.json": ""},
        {"group": "p", "grants.json": "{"},
        {"group": "p", "grants.json": "null"},
        {"group": "p", "grants.json": "5"},
        {"group": "p", "grants.json": '{"namespace": "x"}'},
        {"group": "p", "grants.json": '["x"]'},
        {"group": "p", "grants.json": '[{"namespace": "x"}]'},
        {"group": "p", "grants.json": '[{"namespace": 5, "role": "r"}]'},
        {"group": "p", "grants.json": '[{"namespace": ["x"], "role": "r"}]'},
        {"group": "p", "grants.json": '[{"namespace": "x", "role": "r", "until": 7}]'},
        {"group": "p", "grants.json": "[" * 100_000},
    ],
)
def test_a_broken_card_has_no_lines(data: dict[str, str] | None) -> None:
    found = from_manifest("card", {"metadata": {"namespace": "kaccess-system", "name": "directory-p"}, "data": data})
    assert isinstance(found, Card)
    assert found.lines == ()


def test_a_card_of_a_newer_kaccess_is_read() -> None:
    data = {"group": "p", "grants.json": '[{"namespace": "x", "role": "r", "window": ["9-17"]}]', "more": "x"}
    found = from_manifest("card", {"metadata": {"namespace": "kaccess-system", "name": "directory-p"}, "data": data})
    assert found == Card("kaccess-system", "directory-p", "p", (CardLine("x", "r"),))


def test_our_label_says_that_a_namespace_is_owned_and_nothing_else() -> None:
    metadata = {"name": "dev", "labels": {MANAGED_BY: "kaccess", "env": "dev"}}
    owned = Namespace("dev", (("env", "dev"),), owned=True)
    assert from_manifest("namespace", {"metadata": metadata}) == owned
    metadata["labels"][MANAGED_BY] = "Helm"
    assert from_manifest("namespace", {"metadata": metadata}) == replace(
        owned, labels=((MANAGED_BY, "Helm"), ("env", "dev")), owned=False
    )


def test_a_namespace_on_its_way_out_is_seen() -> None:
    found = from_manifest("namespace", {"metadata": {"name": "dev", "deletionTimestamp": "2026-11-24T00:00:00Z"}})
    assert isinstance(found, Namespace)
    assert found.terminating


def test_null_lists_are_empty() -> None:
    role = from_manifest("role", {"metadata": {"namespace": "a", "name": "b"}, "rules": None})
    assert role == KubeRole("a", "b", ())
    ref = {"kind": "Role", "name": "x", "apiGroup": "rbac.authorization.k8s.io"}
    found = from_manifest("binding", {"metadata": {"name": "b"}, "subjects": None, "roleRef": ref})
    assert found == Binding("", "b", RoleRef("Role", "x"), ())


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (Key("namespace", "", "dev"), "/api/v1/namespaces/dev"),
        (Key("card", "kaccess-system", "directory-p"), "/api/v1/namespaces/kaccess-system/configmaps/directory-p"),
        (
            Key("binding", "dev", "kaccess:a+b=c,d@e:r"),
            "/apis/rbac.authorization.k8s.io/v1/namespaces/dev/rolebindings/kaccess%3Aa%2Bb%3Dc%2Cd%40e%3Ar",
        ),
        (Key("role", "dev", "../x"), "/apis/rbac.authorization.k8s.io/v1/namespaces/dev/roles/..%2Fx"),
    ],
)
def test_names_are_quoted_in_paths(key: Key, path: str) -> None:
    assert object_path(key) == path


def test_a_collection_of_all_namespaces() -> None:
    assert collection_path("binding") == "/apis/rbac.authorization.k8s.io/v1/rolebindings"
