"""What rules come to, in the words that people understand."""

import pytest

from kaccess.audit.access_policies import access_policy_rules, in_scope
from kaccess.audit.levels import level_of
from kaccess.model.access import Level
from kaccess.model.rule import Rule
from kaccess.rbac.builtin import builtin_cluster_roles

RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize(
    ("level", "rule"),
    [
        (Level.VIEW, Rule(("get", "list", "watch"), ("",), ("pods",))),
        (Level.VIEW, Rule(("get",), non_resource_urls=("/healthz",))),
        (Level.VIEW, Rule(("create",), ("authorization.k8s.io",), ("selfsubjectaccessreviews",))),
        (Level.EDIT, Rule(("create",), ("authorization.k8s.io", "apps"), ("deployments",))),
        (Level.EDIT, Rule(("*",), ("apps",), ("deployments",))),
        (Level.EDIT, Rule(("use",), ("policy",), ("podsecuritypolicies",))),
        (Level.SECRETS, Rule(("list",), ("",), ("secrets",), ("one",))),
        (Level.SECRETS, Rule(("delete",), ("*",), ("secrets",))),
        (Level.EXEC, Rule(("get",), ("",), ("pods/exec",))),
        (Level.EXEC, Rule(("create",), ("",), ("*/token",))),
        (Level.EXEC, Rule(("impersonate",), ("",), ("serviceaccounts",))),
        (Level.EXEC, Rule(("impersonate:serviceaccount",), ("authentication.k8s.io",), ("serviceaccounts",), ("bot",))),
        (Level.ADMIN, Rule(("patch",), (RBAC,), ("roles",))),
        (Level.ADMIN, Rule(("bind",), (RBAC,), ("clusterroles",), ("view",))),
        (Level.ADMIN, Rule(("*",), ("*",), ("*",))),
    ],
)
def test_a_rule_has_its_level_in_a_namespace(level, rule):
    assert level_of((rule,), cluster_wide=False) is level


@pytest.mark.parametrize(
    ("inside", "everywhere", "rule"),
    [
        (Level.EDIT, Level.ADMIN, Rule(("impersonate",), ("",), ("users",))),
        (Level.EDIT, Level.ADMIN, Rule(("impersonate-on:user-info:get",), ("",), ("pods",))),
        (Level.VIEW, Level.EXEC, Rule(("get",), ("",), ("nodes/proxy",))),
        (
            Level.EDIT,
            Level.ADMIN,
            Rule(("patch",), ("certificates.k8s.io",), ("certificatesigningrequests/approval",)),
        ),
    ],
)
def test_what_belongs_to_no_namespace_counts_in_the_whole_cluster_alone(inside, everywhere, rule):
    assert level_of((rule,), cluster_wide=False) is inside
    assert level_of((rule,), cluster_wide=True) is everywhere


def test_no_rules_are_no_access_and_unknown_ones_are_not_none():
    assert level_of((), cluster_wide=True) is Level.NONE
    assert level_of(None, cluster_wide=True) is Level.UNKNOWN
    assert max(Level.VIEW, Level.UNKNOWN) is Level.UNKNOWN


@pytest.mark.parametrize(
    ("role", "level"),
    [("view", Level.VIEW), ("edit", Level.EXEC), ("admin", Level.ADMIN)],
)
def test_kubernetes_own_roles_have_the_levels_people_expect(role, level):
    assert level_of(builtin_cluster_roles()[role], cluster_wide=False) is level


@pytest.mark.parametrize(
    ("policy", "level"),
    [
        ("AmazonEKSViewPolicy", Level.VIEW),
        ("AmazonEKSEditPolicy", Level.EXEC),
        ("AmazonEKSAdminPolicy", Level.ADMIN),
        ("AmazonEKSAdminViewPolicy", Level.EXEC),
        ("AmazonEKSClusterAdminPolicy", Level.ADMIN),
        ("AmazonEKSSecretReaderPolicy", Level.SECRETS),
        ("AmazonEKSHybridPolicy", Level.VIEW),
    ],
)
def test_access_policies_have_their_levels(policy, level):
    """AdminView may `get` pods/exec, by which WebSocket clients open shells."""
    assert level_of(access_policy_rules()[policy], cluster_wide=False) is level


def test_the_scope_of_an_access_policy_covers_names_and_patterns():
    assert in_scope("dev", "dev")
    assert in_scope("dev-*", "dev-a")
    assert in_scope("*-dev", "a-dev")
    assert not in_scope("dev-*", "dev")
    assert not in_scope("*", "")
