"""Whoever steals a reconciler's identity gets no further than the policy's roles: proven by kaccess.rbac."""

from dataclasses import replace
from itertools import product

import pytest

from kaccess.model.names import RECONCILER, SYSTEM_NAMESPACE
from kaccess.model.policy import Backend, DeclaredNamespace
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding
from kaccess.policy.resolve import desired
from kaccess.rbac.authorizer import Authorizer, RbacObjects
from kaccess.rbac.builtin import builtin_cluster_roles
from kaccess.rbac.cover import missing_rules
from kaccess.rbac.request import Request
from kaccess.rbac.risk import risks
from kaccess.render.persona import Persona
from kaccess.render.rbac import kube_access
from tests.render.policies import CARDO, NOW, POLICY

NAMESPACES = ("development", "staging", "production", "default", "kube-system", SYSTEM_NAMESPACE, RECONCILER)
EVERYTHING = Rule(("*",), ("*",), ("*",))


def objects(access):
    """The access as the API server would have it, beside the built-in ClusterRoles."""
    subject = (Subject.group(access.group),)
    namespaces = {namespace: rules for namespace, rules in access.namespaces.items() if rules}
    return RbacObjects(
        {(namespace, access.group): rules for namespace, rules in namespaces.items()},
        {**builtin_cluster_roles(), access.group: access.cluster},
        (
            Binding("", access.group, RoleRef("ClusterRole", access.group), subject),
            *(Binding(name, access.group, RoleRef("Role", access.group), subject) for name in namespaces),
        ),
    )


class Thief:
    """Someone with the reconciler's identity, before an API server that asks kaccess.rbac."""

    def __init__(self, policy=POLICY, cluster=CARDO, **choices):
        self.access = kube_access(Persona.RECONCILER, policy, cluster, NOW, **choices)
        self._authorizer = Authorizer(objects(self.access))

    def may(self, verb, resource, namespace="", name=""):
        return self._authorizer.decide("thief", [RECONCILER], Request.asked(verb, resource, namespace, name)).allowed

    def holds(self, rules, namespace):
        return not missing_rules(self._authorizer.rules_for("thief", [RECONCILER], namespace), rules)

    def can_give(self, rules, namespace):
        """Whether they may write a Role with these rules, and bind it."""
        escalates = self.may("escalate", "roles.rbac.authorization.k8s.io", namespace)
        creates = self.may("create", "roles.rbac.authorization.k8s.io", namespace)
        return creates and (escalates or self.holds(rules, namespace))

    def can_bind(self, cluster_role, namespace):
        """Whether they may bind a ClusterRole; cluster-wide with an empty namespace."""
        kind = "rolebindings" if namespace else "clusterrolebindings"
        if not self.may("create", f"{kind}.rbac.authorization.k8s.io", namespace):
            return False
        named = self.may("bind", "clusterroles.rbac.authorization.k8s.io", namespace, cluster_role)
        return named or self.holds(builtin_cluster_roles()[cluster_role], namespace)


@pytest.mark.parametrize("namespace", ["", *NAMESPACES])
def test_cluster_admin_can_be_bound_nowhere(namespace):
    thief = Thief()
    assert not thief.can_bind("cluster-admin", namespace)
    assert not thief.can_bind("admin", namespace)


def test_clusterroles_can_be_bound_where_the_policy_grants_them_and_nowhere_else():
    thief = Thief()
    able = {
        (role, where) for role, where in product(("view", "edit"), ("", *NAMESPACES)) if thief.can_bind(role, where)
    }
    assert able == {("view", "staging"), ("view", "production"), ("edit", "development")}


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_no_role_can_be_written_that_is_wider_than_the_policys(namespace):
    thief = Thief()
    assert not thief.can_give([EVERYTHING], namespace)
    assert not thief.can_give([Rule(("get",), ("",), ("secrets",))], namespace)
    assert not thief.can_give([Rule(("create",), ("",), ("pods/exec",))], namespace)
    assert not thief.can_give([Rule(("bind",), ("rbac.authorization.k8s.io",), ("clusterroles",))], namespace)


def test_escalate_and_unnamed_bind_and_impersonation_are_never_held():
    for rules in ({"": Thief().access.cluster} | dict(Thief().access.namespaces)).values():
        assert {risk.id for risk in risks(rules)} <= {"rbac-write", "bind", "create-workloads", "namespace-relabel"}
        assert all(rule.resource_names for rule in rules if "bind" in rule.verbs)


def test_nothing_is_allowed_in_its_own_namespace_nor_beside_aws_auth_in_kube_system():
    thief = Thief()
    kinds = ("configmaps", "secrets", "pods", "deployments.apps", "leases.coordination.k8s.io")
    for verb, kind in product(("get", "create", "update", "delete"), kinds):
        assert not thief.may(verb, kind, RECONCILER)
        assert not thief.may(verb, kind, "kube-system")
    assert thief.may("get", "configmaps", "kube-system", "aws-auth")
    assert not thief.may("update", "configmaps", "kube-system", "aws-auth")


def test_namespaces_are_not_created_and_only_our_own_are_relabelled():
    thief = Thief()
    assert not thief.may("create", "namespaces")
    assert thief.may("update", "namespaces", "development", "development")
    assert not thief.may("update", "namespaces", "production", "production")
    assert not thief.may("update", "namespaces", "kube-system", "kube-system")


def test_all_that_the_policy_desires_may_be_written():
    thief = Thief()
    labels = {"development": {}, "staging": {}, "production": {}, "kube-system": {}}
    resolved = desired(POLICY, CARDO, backend=Backend.ACCESS_ENTRIES, namespaces=labels, members={}, now=NOW)
    by_key = {item.key: item for item in resolved.state.items}
    roles = [item for key, item in by_key.items() if key.kind == "role"]
    bindings = [item for key, item in by_key.items() if key.kind == "binding"]
    assert roles
    assert all(thief.can_give(role.rules, role.namespace) for role in roles)
    for binding in bindings:
        ref = binding.role_ref
        assert thief.may("delete", "rolebindings.rbac.authorization.k8s.io", binding.namespace)
        if ref.kind == "ClusterRole":
            assert thief.can_bind(ref.name, binding.namespace)
    for key in by_key:
        if key.kind == "card":
            assert all(
                thief.may(verb, "configmaps", key.namespace, key.name) for verb in ("create", "update", "delete")
            )


def test_a_namespace_that_the_policy_declares_can_be_cleaned_up_even_if_nothing_is_granted_there():
    policy = replace(POLICY, grants=())
    thief = Thief(policy)
    assert thief.may("delete", "rolebindings.rbac.authorization.k8s.io", "staging")
    assert not thief.can_give([Rule(("get",), ("",), ("pods",))], "staging")


def test_namespaces_reached_by_pattern_or_labels_have_to_be_named():
    assert not Thief().may("create", "rolebindings.rbac.authorization.k8s.io", "prod-eu")
    thief = Thief(also=("prod-eu",))
    assert thief.can_give([Rule(("get",), ("",), ("pods",))], "prod-eu")
    assert thief.can_bind("edit", "prod-eu")


def test_a_protected_namespace_is_not_reached_even_if_it_is_named():
    thief = Thief(replace(POLICY, namespaces={"kube-system": DeclaredNamespace("kube-system")}), also=("kube-system",))
    assert not thief.may("create", "rolebindings.rbac.authorization.k8s.io", "kube-system")


def test_identity_only_writes_nothing_but_its_lease():
    thief = Thief(identity_only=True)
    for verb, kind, where in product(
        ("create", "update", "delete"), ("roles.rbac.authorization.k8s.io", "configmaps"), NAMESPACES
    ):
        assert not thief.may(verb, kind, where)
    assert thief.may("update", "leases.coordination.k8s.io", SYSTEM_NAMESPACE, RECONCILER)


def test_aws_auth_is_written_only_where_the_policy_says_that_entries_are_there_and_with_a_warning():
    thief = Thief(cluster=replace(CARDO, backend=Backend.AWS_AUTH))
    assert thief.may("update", "configmaps", "kube-system", "aws-auth")
    assert "system:masters" in thief.access.comments["kube-system"]
    assert not Thief().access.comments


def test_auditors_write_nothing():
    access = kube_access(Persona.AUDITOR, POLICY, CARDO, NOW)
    for rules in (access.cluster, *access.namespaces.values()):
        assert {verb for rule in rules for verb in rule.verbs} <= {"get", "list"}
