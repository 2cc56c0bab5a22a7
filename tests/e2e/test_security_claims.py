"""What the README promises, each under its own words: the test of a claim is called after what is bold there.

Some of them are in other files, each with what is nearest to it: MODULES. What the README says that kaccess does not
protect against is held to the truth as well, or people would rely on less or on more than there is.
"""

import re
from pathlib import Path

import pytest

from kaccess.sandbox.aws.errors import AwsError
from tests.e2e import (
    test_identity_aws_auth,
    test_identity_migrate,
    test_identity_offboard,
    test_identity_sources,
    test_kill,
    test_main_job,
)
from tests.e2e.planes import REAL, on, on_both_planes

GRANTS = (
    ("payments-developers", "developer", "development"),
    ("payments-developers", "viewer", "staging"),
    ("data-engineers", "reader", "production"),
)
ANA = "arn:aws:iam::111122223333:user/ana"
DARIO = "arn:aws:iam::111122223333:user/dario"
RELEASED = {("namespaces", "", "development"), ("namespaces", "", "kaccess-system")}
FOREIGN_KUBECONFIG = """\
# mine
apiVersion: v1
kind: Config
current-context: elsewhere
clusters:
- {name: elsewhere, cluster: {server: "https://127.0.0.1:1", x-mine: 1}}
contexts:
- name: elsewhere
  context: {cluster: elsewhere, user: me}
users:
- {name: me, user: {token: my-own}}
"""


@pytest.fixture
def granted(company):
    company.policy(*GRANTS)
    company.apply()
    return company


@on_both_planes
def test_it_owns_what_carries_its_mark(company):
    company.client("eks").create_access_entry(
        clusterName="cardo-eks",
        principalArn=ANA,
        kubernetesGroups=["argocd-deployers"],
        tags={"made-by": "terraform"},
    )
    objects, entries = company.objects(), company.entries()
    company.policy(*GRANTS)
    company.apply()
    assert company.objects() != objects
    joined = company.entries()[ANA]
    assert joined["kubernetesGroups"] == ["argocd-deployers", "kaccess:payments-developers"]
    assert joined["tags"] == {"made-by": "terraform"}
    company.empty_policy()
    company.apply()
    after, left = company.objects(), company.entries()
    assert {key: value for key, value in after.items() if key not in RELEASED} == objects
    assert all("app.kubernetes.io/managed-by" not in after[key]["metadata"].get("labels", {}) for key in RELEASED)
    for entry in (left[ANA], entries[ANA]):
        entry.pop("modifiedAt", None)
    assert left == entries


@on_both_planes
def test_an_aws_error_is_never_an_empty_answer(granted):
    before = granted.access()
    granted.policy(("payments-developers", "viewer", "production"), ("data-engineers", "viewer", "production"))

    def refuse(request):
        if request.parameters.get("GroupName") == "payments-developers":
            raise AwsError("AccessDenied", "not authorized to perform: iam:GetGroup", 403)

    granted.sandbox.observers.aws = refuse
    done = granted.kaccess("admin", "apply", "--yes", "--allow-mass-removal")
    granted.sandbox.observers.aws = None
    assert done.code == 1
    assert "payments-developers" in done.err
    assert "iam:GetGroup" in done.err
    assert rights(granted, "ana", "ben") == {each for each in before if each[0].endswith(("user/ana", "user/ben"))}
    assert {namespace for _, namespace, *_ in rights(granted, "carla")} == {"production", "kaccess-system"}


@on_both_planes
def test_it_refuses_to_lock_people_out_by_a_large_part_at_once(granted):
    before = granted.objects(), granted.entries()
    granted.empty_policy()
    done = granted.kaccess("admin", "apply", "--yes")
    assert done.code == 4
    assert "--allow-mass-removal" in done.err
    assert (granted.objects(), granted.entries()) == before
    granted.apply()
    assert rights(granted, "ana", "ben", "carla") == set()


@on_both_planes
def test_it_refuses_to_lock_people_out_of_what_they_apply_with(company):
    """Dario comes in by an entry of kaccess, and is an administrator by a binding that somebody made for its group."""
    company.client("iam").add_user_to_group(GroupName="platform-admins", UserName="dario")
    company.policy(("platform-admins", "reader", "production"))
    company.apply()
    bind_cluster_admin(company, "kaccess:platform-admins")
    company.policy(("payments-developers", "reader", "production"))
    before = company.objects(), company.entries()
    done = company.kaccess("dario", "apply", "--yes", "--allow-mass-removal")
    assert done.code == 4
    assert DARIO in done.err
    assert "--allow-self-removal" in done.err
    assert (company.objects(), company.entries()) == before
    company.kaccess("dario", "apply", "--yes", "--allow-mass-removal", "--allow-self-removal")
    assert DARIO not in company.entries()


def bind_cluster_admin(company, kube_group):
    api = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": "administrators"},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": api, "kind": "Group", "name": kube_group}],
    }
    assert company.ask(f"/apis/{api}/v1/clusterrolebindings", binding)[0] == 201


@on_both_planes
def test_it_never_writes_a_clusterrolebinding(company):
    """Nor anything in kube-system, nor a group of Kubernetes' own or of EKS, whatever the policy asks for."""
    kept = company.objects("clusterrolebindings", "clusterroles"), in_kube_system(company)
    company.policy(*GRANTS)
    company.apply()
    company.policy(("system:masters", "viewer", "staging"))
    assert company.kaccess("admin", "apply", "--yes").code == 1
    company.policy(("payments-developers", "viewer", "kube-system"))
    company.policy_file.write_text(company.policy_file.read_text().replace("  staging: {}", "  kube-system: {}"))
    assert company.kaccess("admin", "apply", "--yes").code == 1
    assert (company.objects("clusterrolebindings", "clusterroles"), in_kube_system(company)) == kept
    groups = {group for entry in company.entries().values() for group in entry["kubernetesGroups"]}
    assert groups == {"kaccess:payments-developers", "kaccess:data-engineers", "argocd-deployers"}


def in_kube_system(company):
    return {key: item for key, item in company.objects().items() if key[1] == "kube-system"}


@on_both_planes
def test_a_namespace_is_never_deleted(granted):
    assert granted.kaccess("ana", "login").code == 0
    assert granted.kubectl("ana", "development", "create", "deployment", "web", "--image=nginx").code == 0
    granted.empty_policy()
    granted.apply()
    namespace = granted.get("/api/v1/namespaces/development")
    assert namespace["status"]["phase"] == "Active"
    assert "app.kubernetes.io/managed-by" not in namespace["metadata"]["labels"]
    assert granted.status("/apis/apps/v1/namespaces/development/deployments/web") == 200


@on_both_planes
def test_the_kubeconfig_holds_no_token_and_no_key(granted):
    """Nor is anything of others in it changed, nor which context is current. The lock is proven in tests/kubeconfig."""
    kubeconfig = granted.folder / "homes/ana/.kube/config"
    kubeconfig.parent.mkdir(parents=True)
    kubeconfig.write_text(FOREIGN_KUBECONFIG)
    assert granted.kaccess("ana", "login").code == 0
    text = kubeconfig.read_text()
    assert all(line in text.splitlines() for line in FOREIGN_KUBECONFIG.splitlines())
    assert granted.run("ana", "kubectl", "config", "current-context").out == "elsewhere\n"
    assert kubeconfig.with_name("config.kaccess-backup").read_text() == FOREIGN_KUBECONFIG
    assert granted.kubectl("ana", "staging", "get", "pods").code == 0
    assert "k8s-aws-v1" not in text
    assert not any(secret in text for secret in granted.sandbox.keys["ana"])
    assert granted.kaccess("ana", "logout").code == 0
    assert kubeconfig.read_text() == FOREIGN_KUBECONFIG


@on_both_planes
def test_a_kubeconfig_limits_nothing(granted):
    """Whoever edits their kubeconfig is refused, or let in, by RBAC alone."""
    assert granted.kaccess("ana", "login").code == 0
    granted.run("ana", "kubectl", "config", "set-context", "cardo/development", "--namespace=production")
    assert "Forbidden" in granted.kubectl("ana", "development", "get", "pods").err
    granted.run("ana", "kubectl", "config", "set-context", "cardo/development", "--namespace=staging")
    assert granted.kubectl("ana", "development", "get", "pods").code == 0


def test_access_policies_come_on_top_of_rbac_and_audit_lists_them(granted):
    """On the sandbox alone: the authorizer of EKS's access policies is not to be had elsewhere."""
    arn = "arn:aws:iam::111122223333:user/carla"
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    granted.client("eks").associate_access_policy(
        clusterName="cardo-eks",
        principalArn=arn,
        policyArn=policy,
        accessScope={"type": "namespace", "namespaces": ["staging"]},
    )
    assert granted.kaccess("carla", "login").code == 0
    assert granted.kubectl("carla", "production", "-n", "staging", "get", "pods").code == 0
    assert "AmazonEKSViewPolicy" in granted.kaccess("olga", "audit").out


@pytest.mark.parametrize("company", [on(REAL)], indirect=True)
def test_a_minted_token_outlives_the_grant(company):
    """On the real plane alone: the sandbox mints no service accounts' tokens."""
    company.policy(("payments-developers", "minter", "development"))
    rule = '{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}'
    minter = f"  minter: {{allow: [token-minting], rules: [{rule}]}}\n"
    company.policy_file.write_text(company.policy_file.read_text().replace("roles:\n", f"roles:\n{minter}"))
    company.apply()
    company.kaccess("ana", "login")
    minted = company.kubectl_until("ey", "ana", "development", "create", "token", "default").out.strip()
    assert company.kaccess("admin", "revoke", "payments-developers", "--yes").code == 0
    assert company.kubectl_until("error", "ana", "development", "create", "token", "default").code == 1
    assert company.ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, minted)[0] == 201


def rights(company, *people):
    return {each for each in company.access() if each[0].rpartition("/")[2] in people}


README = (Path(__file__).parents[2] / "README.md").read_text()
MODULES = (test_kill, test_identity_aws_auth, test_identity_migrate, test_identity_offboard, test_identity_sources)
LIMITS = {
    "a kubeconfig limits nothing, RBAC does": test_a_kubeconfig_limits_nothing,
    "EKS access policies that others attach come on top of RBAC (`audit` lists them)": (
        test_access_policies_come_on_top_of_rbac_and_audit_lists_them
    ),
    "a service account's token that somebody minted outlives their grant": test_a_minted_token_outlives_the_grant,
    "a session of a role that somebody assumed lasts until it ends": (
        test_identity_offboard.test_a_leaver_assumes_the_role_of_their_group_no_more_but_keeps_the_session
    ),
    "aws-auth goes by names, so a user made anew comes in by the old row": (
        test_identity_offboard.test_in_aws_auth_a_user_made_anew_comes_in_by_the_old_row
    ),
    "a running `exec` session is not cut": "there are no nodes here, on which one could run",
    "the API server may believe a token for some seconds after its entry is gone": (
        test_main_job.test_a_revocation_is_refused_at_the_next_call
    ),
}


def test_every_promise_has_a_test_of_its_name_on_the_real_plane():
    promises = README.split("## What kaccess promises")[1].split("What it does not protect against")[0]
    tests = {name: test for module in MODULES for name, test in vars(module).items()} | globals()
    for promise in re.findall(r"^- \*\*(.+?)\.?\*\*", promises, re.MULTILINE):
        name = "test_" + re.sub(r"\W+", "_", promise.lower())
        found = [test for other, test in tests.items() if other.startswith(name)]
        assert any(runs_on_the_real_plane(test) for test in found), name


def runs_on_the_real_plane(test):
    params = (param for mark in test.pytestmark if mark.name == "parametrize" for param in mark.args[1])
    return any(mark.name == "controlplane" for param in params for mark in param.marks)


def test_every_limit_is_held_to_the_truth():
    text = " ".join(README.split("What it does not protect against: ")[1].split("\n\n")[0].split())
    assert [part.removeprefix("and ").rstrip(".") for part in text.split("; ")] == list(LIMITS)
