import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.authorizer import Authorizer, Decision, RbacObjects
from kaccess.rbac.request import Request
from tests.rbac.strategies import KUBE_GROUPS, NAMESPACES, PEOPLE, rbac_objects, requests

READ = (Rule(("get", "list"), ("",), ("pods",)),)
URLS = (Rule(("get",), non_resource_urls=("/metrics",)),)
ANA = Subject("User", "ana")
DEVS = Subject.group("devs")
READER = RoleRef("Role", "reader")
VIEW = RoleRef("ClusterRole", "view")
GET = Request("get", "pods", namespace="dev", name="web")


def objects(*bindings):
    return RbacObjects({("dev", "reader"): READ}, {"view": READ, "metrics": URLS}, bindings)


def decide(*bindings, username="ana", groups=("devs",), request=GET):
    return Authorizer(objects(*bindings)).decide(username, groups, request)


def bound(namespace, role_ref, *subjects, name="b"):
    return Binding(namespace, name, role_ref, subjects)


@pytest.mark.parametrize(
    ("binding", "username", "groups", "allowed"),
    [
        (bound("dev", READER, ANA), "ana", (), True),
        (bound("dev", READER, DEVS), "ben", ("devs",), True),
        (bound("dev", READER, DEVS), "ben", (), False),
        (bound("dev", READER, DEVS), "devs", (), False),
        (bound("dev", READER, ANA), "ben", ("ana",), False),
        (bound("dev", READER, ANA), "Ana", (), False),
        (bound("dev", READER, Subject.group("*")), "ana", ("devs",), False),
        (bound("dev", READER), "ana", ("devs",), False),
        (bound("dev", READER, Subject("Robot", "ana")), "ana", (), False),
        (bound("dev", VIEW, ANA), "ana", (), True),
        (bound("", VIEW, ANA), "ana", (), True),
        (bound("prod", VIEW, ANA), "ana", (), False),
        (bound("prod", READER, ANA), "ana", (), False),
        (bound("", READER, ANA), "ana", (), False),
    ],
)
def test_a_binding_gives_its_role_to_its_subjects_where_it_stands(binding, username, groups, allowed):
    assert decide(binding, username=username, groups=groups).allowed is allowed


@pytest.mark.parametrize(
    ("namespace", "subject", "username", "allowed"),
    [
        ("dev", Subject("ServiceAccount", "bot", "ci"), "system:serviceaccount:ci:bot", True),
        ("dev", Subject("ServiceAccount", "bot", "ci"), "system:serviceaccount:dev:bot", False),
        ("dev", Subject("ServiceAccount", "bot"), "system:serviceaccount:dev:bot", True),
        ("dev", Subject("ServiceAccount", "bot"), "bot", False),
        ("", Subject("ServiceAccount", "bot", "ci"), "system:serviceaccount:ci:bot", True),
        ("", Subject("ServiceAccount", "bot"), "system:serviceaccount::bot", False),
        ("", Subject("ServiceAccount", "bot"), "system:serviceaccount:dev:bot", False),
        ("dev", Subject("User", "system:serviceaccount:ci:bot"), "system:serviceaccount:ci:bot", True),
    ],
)
def test_a_service_account_is_matched_by_its_user_name(namespace, subject, username, allowed):
    assert decide(bound(namespace, VIEW, subject), username=username).allowed is allowed


def test_a_role_binding_reaches_neither_cluster_wide_requests_nor_paths():
    metrics = RoleRef("ClusterRole", "metrics")
    path = Request("get", path="/metrics")
    assert not decide(bound("dev", VIEW, ANA), request=Request("list", "pods")).allowed
    assert not decide(bound("dev", metrics, ANA), request=path).allowed
    assert not decide(bound("dev", metrics, ANA), request=Request("get", path="/metrics", namespace="dev")).allowed
    assert decide(bound("", metrics, ANA), request=path).allowed


def test_cluster_role_bindings_are_asked_first_and_the_rule_is_named():
    local, wide = bound("dev", READER, ANA), bound("", VIEW, DEVS)
    decision = decide(local, wide)
    assert decision == Decision(True, wide, READ[0], DEVS)


def test_of_several_bindings_the_first_one_counts():
    spread = [
        bound("dev", READER, ANA if i in {1, 8, 16} else Subject("User", "ben"), name=f"b-{i}") for i in range(17)
    ]
    assert decide(*spread).binding == spread[1]


@pytest.mark.parametrize(
    ("binding", "username", "reason"),
    [
        (bound("dev", READER, DEVS), "ana", 'RBAC: allowed by RoleBinding "b/dev" of Role "reader" to Group "devs"'),
        (
            bound("dev", VIEW, ANA, DEVS),
            "ana",
            'RBAC: allowed by RoleBinding "b/dev" of ClusterRole "view" to User "ana"',
        ),
        (bound("", VIEW, DEVS), "ana", 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "view" to Group "devs"'),
        (
            bound("dev", VIEW, Subject("ServiceAccount", "bot")),
            "system:serviceaccount:dev:bot",
            'RBAC: allowed by RoleBinding "b/dev" of ClusterRole "view" to ServiceAccount "bot/dev"',
        ),
        (bound("prod", VIEW, DEVS), "ana", ""),
        (
            bound("dev", RoleRef("Role", "gone"), DEVS),
            "ana",
            'RBAC: role.rbac.authorization.k8s.io "gone" not found',
        ),
    ],
)
def test_the_reason_is_the_api_servers(binding, username, reason):
    assert decide(binding, username=username).reason == reason


def test_missing_roles_are_named_once_each_and_hide_nothing():
    gone = bound("dev", RoleRef("Role", "gone"), ANA), bound("dev", RoleRef("Role", "gone"), DEVS, name="c")
    lost = bound("", RoleRef("ClusterRole", "lost"), ANA, name="d")
    assert decide(*gone, lost).reason == (
        'RBAC: [clusterrole.rbac.authorization.k8s.io "lost" not found, '
        'role.rbac.authorization.k8s.io "gone" not found]'
    )
    assert decide(*gone, lost, bound("dev", READER, ANA, name="e")).allowed


def test_rules_are_those_of_the_cluster_and_then_of_the_namespace():
    asked = Authorizer(objects(bound("dev", READER, ANA), bound("", RoleRef("ClusterRole", "metrics"), DEVS)))
    assert asked.rules_for("ana", ["devs"], "dev") == (*URLS, *READ)
    assert asked.rules_for("ana", ["devs"], "prod") == URLS
    assert asked.rules_for("ana", ["devs"], "") == URLS
    assert asked.rules_for("ben", [], "dev") == ()


def test_a_binding_that_names_someone_twice_counts_once():
    assert Authorizer(objects(bound("dev", READER, ANA, DEVS, ANA))).rules_for("ana", ["devs", "devs"], "dev") == READ


@pytest.mark.parametrize(
    ("role_ref", "namespace", "found"),
    [
        (READER, "dev", READ),
        (READER, "prod", None),
        (VIEW, "prod", READ),
        (VIEW, "", READ),
        (RoleRef("Node", "reader"), "dev", None),
    ],
)
def test_a_role_is_looked_up_where_the_binding_stands(role_ref, namespace, found):
    assert Authorizer(objects()).role_rules(role_ref, namespace) == found


def test_ten_thousand_bindings_are_indexed_and_answered():
    bindings = [bound(f"ns-{i % 500}", VIEW, Subject.group(f"group-{i}"), name=f"b-{i}") for i in range(10_000)]
    asked = Authorizer(objects(*bindings))
    for i in range(0, 10_000, 7):
        request = Request("get", "pods", namespace=f"ns-{i % 500}")
        assert asked.decide("ana", [f"group-{i}"], request).binding == bindings[i]
        assert not asked.decide("ana", [f"group-{i + 1}"], request).allowed


@given(rbac_objects, st.sampled_from(PEOPLE), st.sets(st.sampled_from(KUBE_GROUPS)), requests)
def test_a_request_is_allowed_exactly_when_the_rules_held_there_allow_it(held, username, groups, request_):
    asked = Authorizer(held)
    decision = asked.decide(username, groups, request_)
    assert decision.allowed == rules_allow(asked.rules_for(username, groups, request_.namespace), request_)
    assert (decision.rule is not None) == (decision.binding is not None) == decision.allowed


@given(rbac_objects, st.sampled_from(PEOPLE), st.sets(st.sampled_from(KUBE_GROUPS)), st.sampled_from(NAMESPACES))
def test_another_group_never_takes_a_rule_away(held, username, groups, namespace):
    asked = Authorizer(held)
    assert set(asked.rules_for(username, groups, namespace)) <= set(asked.rules_for(username, KUBE_GROUPS, namespace))
