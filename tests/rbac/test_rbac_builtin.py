import pytest

from kaccess.model.rule import Subject
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.authorizer import Authorizer, RbacObjects
from kaccess.rbac.builtin import builtin_bindings, builtin_cluster_roles, builtin_manifests
from kaccess.rbac.cover import missing_rules
from kaccess.rbac.request import Request

ROLES = builtin_cluster_roles()


def test_the_roles_that_people_and_the_sandbox_need_are_there():
    assert set(ROLES) == {
        "admin",
        "cluster-admin",
        "edit",
        "system:aggregate-to-admin",
        "system:aggregate-to-edit",
        "system:aggregate-to-view",
        "system:basic-user",
        "system:discovery",
        "system:public-info-viewer",
        "view",
    }
    assert all(ROLES.values())


def test_view_is_within_edit_and_edit_within_admin_and_all_within_cluster_admin():
    assert missing_rules(ROLES["edit"], ROLES["view"]) == ()
    assert missing_rules(ROLES["admin"], ROLES["edit"]) == ()
    assert missing_rules(ROLES["edit"], ROLES["admin"]) != ()
    assert all(missing_rules(ROLES["cluster-admin"], rules) == () for rules in ROLES.values())


@pytest.mark.parametrize(
    ("request_", "holders"),
    [
        (Request("get", "pods"), {"view", "edit", "admin"}),
        (Request("list", "deployments", "apps"), {"view", "edit", "admin"}),
        (Request("get", "secrets"), {"edit", "admin"}),
        (Request("create", "pods", subresource="exec"), {"edit", "admin"}),
        (Request("create", "serviceaccounts", subresource="token"), {"edit", "admin"}),
        (Request("impersonate", "serviceaccounts"), {"edit", "admin"}),
        (Request("create", "rolebindings", "rbac.authorization.k8s.io"), {"admin"}),
        (Request("get", "roles", "rbac.authorization.k8s.io"), {"admin"}),
        (Request("get", "namespaces"), {"view", "edit", "admin"}),
        (Request("delete", "namespaces"), set()),
        (Request("get", "nodes"), set()),
    ],
)
def test_who_holds_what_in_a_namespace(request_, holders):
    assert {name for name in ("view", "edit", "admin") if rules_allow(ROLES[name], request_)} == holders


def test_only_aggregated_roles_have_selectors():
    assert {role.name for role in builtin_manifests() if role.selectors is not None} == {"view", "edit", "admin"}


def test_their_bindings_serve_discovery_to_the_authenticated_and_health_to_all():
    asked = Authorizer(RbacObjects({}, ROLES, builtin_bindings()))
    review = Request("create", "selfsubjectaccessreviews", "authorization.k8s.io")
    assert asked.decide("ana", ["system:authenticated"], Request("get", path="/apis/apps/v1")).allowed
    assert asked.decide("ana", ["system:authenticated"], review).allowed
    assert asked.decide("x", ["system:unauthenticated"], Request("get", path="/version")).allowed
    assert not asked.decide("x", ["system:unauthenticated"], Request("get", path="/apis")).allowed
    assert not asked.decide("ana", ["system:authenticated"], Request("list", "namespaces")).allowed
    assert asked.decide("root", ["system:masters"], Request("delete", "nodes", name="n")).allowed


def test_every_binding_is_cluster_wide_names_a_role_that_is_there_and_speaks_of_system_groups():
    for binding in builtin_bindings():
        assert binding.namespace == ""
        assert binding.role_ref.name in ROLES
        assert all(subject == Subject.group(subject.name) for subject in binding.subjects)
        assert all(subject.name.startswith("system:") for subject in binding.subjects)
