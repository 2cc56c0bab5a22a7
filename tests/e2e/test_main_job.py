"""The main job: an administrator applies, a developer reaches exactly what was granted, a revocation ends it."""

import json
import re

import pytest

from tests.e2e.planes import on_both_planes

pytestmark = on_both_planes

GRANTED = (("payments-developers", "developer", "development"), ("payments-developers", "viewer", "staging"))


@pytest.fixture
def granted(company):
    company.policy(*GRANTED)
    company.apply()
    done = company.kaccess("ana", "login")
    assert done.code == 0, done.said
    return company


def test_a_developer_reaches_exactly_the_granted_namespaces(granted):
    created = granted.kubectl("ana", "development", "create", "deployment", "web", "--image=nginx")
    assert created.code == 0, created.said
    assert "web" in granted.kubectl("ana", "development", "get", "deployments").out
    assert granted.kubectl("ana", "staging", "get", "pods").code == 0
    for context, words in (
        ("development", ("-n", "production", "get", "pods")),
        ("development", ("-n", "production", "delete", "deployment", "web")),
        ("development", ("get", "namespaces")),
        ("development", ("get", "secrets")),
        ("development", ("-n", "kube-system", "get", "configmaps")),
        ("development", ("get", "pods", "-A")),
        ("staging", ("delete", "pod", "web")),
    ):
        refused = granted.kubectl("ana", context, *words)
        assert refused.code == 1, (context, words, refused.said)
        assert "Forbidden" in refused.err


def test_login_writes_exactly_the_granted_contexts(granted):
    contexts = granted.run("ana", "kubectl", "config", "get-contexts", "-o", "name").out.split()
    assert contexts == ["cardo/development", "cardo/staging"]


def test_a_revocation_is_refused_at_the_next_call(granted):
    assert granted.kubectl("ana", "development", "get", "pods").code == 0
    done = granted.kaccess("admin", "revoke", "payments-developers", "-n", "development", "--yes")
    assert done.code == 0, done.said
    assert "Forbidden" in granted.kubectl_until("Forbidden", "ana", "development", "get", "pods").err
    assert granted.kubectl("ana", "staging", "get", "pods").code == 0
    assert granted.kaccess("admin", "revoke", "payments-developers", "--yes").code == 0
    assert "Unauthorized" in granted.kubectl_until("Unauthorized", "ana", "staging", "get", "pods").err


def test_the_next_login_removes_the_context_of_a_grant_that_is_gone(granted):
    granted.kaccess("admin", "revoke", "payments-developers", "-n", "development", "--yes")
    done = granted.kaccess("ana", "login", "-o", "json")
    assert json.loads(done.out)["data"]["removed"] == ["cardo/development"]
    assert granted.run("ana", "kubectl", "config", "get-contexts", "-o", "name").out.split() == ["cardo/staging"]


def test_somebody_without_an_entry_is_told_what_to_ask_for(granted):
    done = granted.kaccess("dario", "login")
    assert done.code == 1
    assert "user/dario" in done.err
    assert "kaccess grant GROUP" in done.err
    assert not (granted.folder / "homes/dario/.kube/config").exists()


def test_a_grant_reaches_its_group_alone_and_says_until_when(granted):
    done = granted.kaccess(
        "admin", "grant", "data-engineers", "--role", "reader", "-n", "production", "--for", "1h", "--yes"
    )
    assert done.code == 0, done.said
    table = granted.kaccess("carla", "login").out
    assert "cardo/production" in table
    assert re.search(r"\d\d:\d\d UTC, in (5\d min|1 h)", table), table
    assert granted.kubectl("carla", "production", "get", "pods").code == 0
    assert "production" not in granted.kaccess("ana", "whoami").out


def test_the_directory_shows_each_group_its_own_card_alone(granted):
    granted.kaccess("admin", "grant", "data-engineers", "--role", "reader", "-n", "production", "--yes")
    own = ("-n", "kaccess-system", "get", "configmap", "directory-payments-developers")
    assert granted.kubectl("ana", "development", *own).code == 0
    for words in (("get", "configmap", "directory-data-engineers"), ("get", "configmaps"), ("get", "roles")):
        assert "Forbidden" in granted.kubectl("ana", "development", "-n", "kaccess-system", *words).err


def test_a_developer_cannot_widen_their_own_access(granted):
    """Not through RBAC, not through EKS, and not by applying a policy of their own."""
    for words in (
        ("create", "rolebinding", "mine", "--clusterrole=admin", "--user=ana"),
        ("create", "role", "mine", "--verb=get", "--resource=secrets"),
        ("-n", "kaccess-system", "delete", "rolebinding", "--all"),
        ("create", "token", "default"),
        ("--as=root", "--as-group=system:masters", "get", "secrets"),
    ):
        assert granted.kubectl("ana", "development", *words).code == 1, words
    eks = granted.client("eks", "ana")
    for call in (
        lambda: eks.update_access_entry(
            clusterName="cardo-eks", principalArn="arn:aws:iam::111122223333:user/ana", kubernetesGroups=["kaccess:x"]
        ),
        lambda: eks.list_access_entries(clusterName="cardo-eks"),
    ):
        with pytest.raises(eks.exceptions.ClientError, match="AccessDenied"):
            call()
    done = granted.kaccess("ana", "grant", "payments-developers", "--role", "developer", "-n", "production", "--yes")
    assert done.code != 0
    assert {namespace for principal, namespace, *_ in granted.access() if principal.endswith("user/ana")} == {
        "development",
        "staging",
        "kaccess-system",
    }


def test_the_kubectl_plugin_is_the_same_program(granted):
    assert "cardo/development" in granted.run("ana", "kubectl", "kaccess", "whoami").out


def test_logout_takes_back_what_login_wrote(granted):
    done = granted.kaccess("ana", "logout")
    assert done.code == 0
    assert granted.run("ana", "kubectl", "config", "get-contexts", "-o", "name").out == ""


def test_an_audit_lists_the_foreign_and_the_owned_and_changes_nothing(granted):
    before = granted.objects(), granted.entries()
    data = json.loads(granted.kaccess("olga", "audit", "-o", "json").out)["data"]
    found = {
        (row["principal"].rpartition("/")[2], namespace, data["given"][name]["role"])
        for row in data["access"]
        for name in row["given"]
        for namespace in data["given"][name]["namespaces"]
    }
    assert {
        ("ana", "development", "developer"),
        ("ben", "staging", "ClusterRole view"),
        ("argocd", "production", "ClusterRole edit"),
        ("admin", None, "AmazonEKSClusterAdminPolicy"),
    } <= found
    assert (granted.objects(), granted.entries()) == before
