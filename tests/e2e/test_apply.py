"""What apply does to a cluster, and what it leaves alone."""

import json

import pytest

from kaccess.sandbox.kube.statuses import StatusError
from tests.e2e.planes import observed_on_both_planes, on_both_planes

GRANTS = (
    ("payments-developers", "developer", "development"),
    ("payments-developers", "viewer", "staging"),
    ("data-engineers", "reader", "production"),
)


@observed_on_both_planes
def test_a_second_apply_writes_nothing(company):
    company.policy(*GRANTS)
    company.apply()
    writes = []
    company.sandbox.observers.kube = lambda request: writes.append(request.path) if writing(request) else None
    company.sandbox.observers.aws = lambda request: (
        writes.append(request.path) if "access-entries" in request.path and request.method != "GET" else None
    )
    done = company.apply()
    assert writes == []
    assert done.out == "cardo: nothing to do\n"


def writing(request):
    """Whether a request to the Kubernetes API changes something: reviews are POSTs that only ask."""
    return request.method != "GET" and "reviews" not in request.path


@on_both_planes
def test_drift_by_hand_is_shown_and_mended(company):
    company.policy(*GRANTS)
    company.apply()
    patch = json.dumps([{"op": "add", "path": "/rules/0/verbs/-", "value": "delete"}])
    role = ("-n", "production", "patch", "role", "kaccess:reader", "--type=json", "-p", patch)
    company.kaccess("admin", "login")
    admin_login(company)
    assert company.run("admin", "kubectl", *role).code == 0
    plan = company.kaccess("admin", "plan", "--check")
    assert plan.code == 3
    assert "- may get, list, delete on pods" in plan.out
    assert "+ may get, list on pods" in plan.out
    company.apply()
    assert company.kaccess("admin", "plan", "--check").code == 0


def admin_login(company):
    """A kubeconfig for the administrator, who has no grant and so no context from login."""
    kubeconfig = company.folder / "homes/admin/.kube/config"
    kubeconfig.parent.mkdir(parents=True, exist_ok=True)
    run = company.run
    run("admin", "kubectl", "config", "set-cluster", "c", f"--server={company.sandbox.kube_url}")
    run("admin", "kubectl", "config", "set", "clusters.c.certificate-authority-data", company.sandbox.ca_data)
    run("admin", "kubectl", "config", "set-credentials", "u", f"--token={company.token('admin')}")
    run("admin", "kubectl", "config", "set-context", "c", "--cluster=c", "--user=u")
    run("admin", "kubectl", "config", "use-context", "c")


@observed_on_both_planes
def test_a_failed_change_is_reported_and_what_is_safe_goes_on(company):
    company.policy(*GRANTS)

    def refuse(request):
        if request.method == "POST" and request.path.endswith("/namespaces/production/roles"):
            raise StatusError(500, "InternalError", "etcd is full")

    company.sandbox.observers.kube = refuse
    done = company.kaccess("admin", "apply", "--yes", "-o", "json")
    assert done.code == 1
    answer = json.loads(done.out)
    assert answer["status"] == "partial"
    statuses = {change["name"]: change["status"] for change in answer["data"]["clusters"][0]["changes"]}
    assert statuses["kaccess:reader"] == "failed"
    assert statuses["kaccess:data-engineers:reader"] == "skipped"
    assert statuses["kaccess:payments-developers:developer"] == "applied"
    company.sandbox.observers.kube = None
    company.apply()
    assert company.kaccess("admin", "plan", "--check").code == 0


@on_both_planes
def test_without_a_terminal_apply_asks_nobody_and_changes_nothing(company):
    company.policy(*GRANTS)
    before = company.objects()
    done = company.kaccess("admin", "apply")
    assert done.code == 2
    assert "--yes" in done.err
    assert company.objects() == before


@on_both_planes
@pytest.mark.parametrize("name", ["plan", "apply"])
def test_a_role_that_escalates_is_refused(company, name):
    company.policy(("payments-developers", "god", "development"))
    text = company.policy_file.read_text()
    rules = '{rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]}'
    company.policy_file.write_text(text.replace("roles:\n", f"roles:\n  god: {rules}\n"))
    before = company.objects(), company.entries()
    done = company.kaccess("admin", name)
    assert done.code == 4
    assert "wildcard-all" in done.err
    assert (company.objects(), company.entries()) == before
