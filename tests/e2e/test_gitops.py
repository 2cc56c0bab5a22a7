"""Access as code: a policy in Git, reviewed, rendered, applied, repaired, ended and taken back, on both planes."""

import json
import time
from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError

from tests.e2e.company import POLICY
from tests.e2e.planes import on_both_planes
from tests.e2e.sessions import assume, comes_in
from tests.e2e.test_apply import admin_login
from tests.git.repositories import Work

pytestmark = on_both_planes

PAYMENTS = """\
apiVersion: kaccess/v1
kind: AccessPolicy

grants:
  # The payments team deploys to development, and looks at staging.
  - {group: payments-developers, role: developer, namespaces: [development]}
  - {group: payments-developers, role: viewer, namespaces: [staging]}

tests:
  - payments-developers can create deployments.apps in development
  - payments-developers cannot create deployments.apps in production
"""
WIDENED = "  - {group: payments-developers, role: developer, namespaces: [production]}\n"
DATA = """\
apiVersion: kaccess/v1
kind: AccessPolicy
grants:
  - {group: data-engineers, role: reader, namespaces: [production]}
"""
ASSUMED = """\
apiVersion: kaccess/v1
kind: AccessPolicy
groups:
  data-engineers: {assume: true}
"""
ACCOUNT = "arn:aws:iam::111122223333"
ROLE = "/apis/rbac.authorization.k8s.io/v1/namespaces/production/roles/kaccess:reader"
RBAC = ("namespaces", "configmaps", "roles", "rolebindings")
LASTING = 25
"""Seconds of a short grant: enough to plan with it on a machine that has much to do."""

MINE = {"app.kubernetes.io/managed-by": "kaccess"}


class Team:
    """A company whose policy is a folder in a Git repository, and whose cluster Argo CD would feed from another."""

    def __init__(self, company):
        self.company = company
        self.work = Work(company.folder / "access")
        self.place = self.work.folder / "policies"
        company.extra["KACCESS_POLICY"] = str(self.place)

    def kaccess(self, *words):
        return self.company.kaccess("admin", *words)

    def done(self, *words, code=0):
        done = self.kaccess(*words)
        assert done.code == code, done.said
        return done

    def write(self, name, text):
        return self.work.write(f"policies/{name}", text)

    def render(self):
        return self.done("render", "manifests", "--out", "gitops")

    def kubectl_apply(self, *how):
        admin_login(self.company)
        done = self.company.run("admin", "kubectl", "apply", *how, "-k", "gitops")
        assert done.code == 0, done.said
        return done

    def rbac_changes(self):
        """What a plan would change in the cluster, beside entries."""
        (plan,) = json.loads(self.kaccess("plan", "-o", "json").out)["data"]["plans"]
        return [(each["operation"], each["name"]) for each in plan["changes"] if each["kind"] not in ("entry", "row")]


@pytest.fixture
def team(company):
    found = Team(company)
    found.write("main.yaml", POLICY.replace("grants:\n", ""))
    found.write("payments.yaml", PAYMENTS)
    found.work.commit("Access as code (#1)", "Reviewed-by: Olga <olga@example.com>")
    return found


def test_the_story_of_a_policy_in_git(team):
    company, work = team.company, team.work
    team.done("apply", "--yes")
    assert company.kaccess("ana", "login").code == 0

    # A pull request that widens access too far is stopped by a test of the policy, with the line of the grant.
    work.git("switch", "-q", "-c", "widen")
    lines = PAYMENTS.splitlines(keepends=True)
    path = team.write("payments.yaml", "".join([*lines[:7], WIDENED, *lines[7:]]))
    work.commit("More for payments")
    stopped = team.done("validate", code=1)
    assert f"{path}:12:5: payments-developers cannot create deployments.apps in production: not so" in stopped.err
    assert f"the grant of developer to payments-developers at {path}:8:5 allows it" in stopped.err
    assert team.done("plan", "--out", "plan.json", code=4).out == ""
    work.git("switch", "-q", "main")

    # One that is fine is planned, reviewed, merged, and applied as it was reviewed; rendered, it is the same.
    work.git("switch", "-q", "-c", "data")
    team.write("data.yaml", DATA)
    granting = work.commit("Let data engineers read production", who="Carla")
    comment = team.done("plan", "--out", "plan.json", "-o", "markdown").out
    assert "+ binding production/kaccess:data-engineers:reader" in comment
    work.git("switch", "-q", "main")
    message = "Merge pull request #2 from carla/data\n\nReviewed-by: Olga <olga@example.com>"
    work.git("merge", "-q", "--no-ff", "-m", message, "data")
    team.done("apply", "plan.json", "--yes")
    team.render()
    team.kubectl_apply()
    assert team.done("plan", "--check").out == "cardo: nothing to do\n"
    (granted,) = json.loads(team.done("history", "data-engineers", "-o", "json").out)["data"]["grants"]
    (commit,) = granted["commits"]
    assert (commit["hash"], commit["pullRequest"]) == (granting, "2")
    assert commit["reviewers"] == ["Olga <olga@example.com>"]

    # Drift by hand is seen, and repaired.
    widen_by_hand(company)
    assert "- may get, list, delete on pods" in team.done("plan", "--check", code=3).out
    team.done("apply", "--yes")
    assert company.get(ROLE)["rules"][0]["verbs"] == ["get", "list"]

    # A rollback takes it back; committing that is for people.
    back = team.done("rollback", f"{granting}~1", "--yes", "--allow-mass-removal")
    assert "data.yaml" in back.err
    assert not (team.place / "data.yaml").exists()
    assert company.status(ROLE) == 404
    assert team.done("plan", "--check").out == "cardo: nothing to do\n"
    assert work.git("status", "--porcelain") == "D policies/data.yaml"
    assert "not committed" in team.done("rollback", granting, "--yes", code=4).err
    work.commit("Take it back")
    team.done("rollback", granting, "--yes")
    assert company.status(ROLE) == 200


def widen_by_hand(company):
    role = company.get(ROLE)
    role["rules"][0]["verbs"].append("delete")
    assert company.ask(ROLE, role, method="PUT")[0] == 200


@pytest.mark.thorough
def test_a_grant_ends_by_itself_and_a_plan_from_before_is_refused(team):
    company = team.company
    end = datetime.now(timezone.utc) + timedelta(seconds=LASTING)
    until = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    team.done("grant", "data-engineers", "--role", "reader", "-n", "production", "--until", until, "--yes")
    assert company.kaccess("carla", "login").code == 0
    assert company.kubectl("carla", "production", "get", "pods").code == 0
    team.write("data.yaml", DATA.replace("production", "staging"))
    team.done("plan", "--out", "plan.json")
    time.sleep(max(0, (end - datetime.now(timezone.utc)).total_seconds()))
    refused = team.done("apply", "plan.json", "--yes", code=4).err
    assert "since this plan was made, the grant of reader to data-engineers at " in refused
    (team.place / "data.yaml").unlink()
    assert "data-engineers" not in team.done("render", "manifests").out
    team.done("reconcile", "--once")
    company.kubectl_until("Unauthorized", "carla", "production", "get", "pods")
    assert company.kubectl("carla", "production", "get", "pods").code == 1
    assert team.done("plan", "--check").out == "cardo: nothing to do\n"


@pytest.mark.thorough
def test_a_session_of_a_role_to_assume_opens_nothing_once_its_grant_is_over(team):
    """It may be open for an hour, since IAM knows nothing shorter, and nothing in AWS ends it."""
    company = team.company
    path = team.write("groups.yaml", ASSUMED)
    end = datetime.now(timezone.utc) + timedelta(seconds=LASTING)
    until = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    team.done("grant", "data-engineers", "--role", "reader", "-n", "production", "--until", until, "--yes")
    token = assume(company, "carla", f"{ACCOUNT}:role/kaccess/kaccess-data-engineers", "carla")
    carla = "arn:aws:sts::111122223333:assumed-role/kaccess-data-engineers/carla"
    comes_in(company, token, (carla, ("kaccess:data-engineers",)))
    time.sleep(max(0, (end - datetime.now(timezone.utc)).total_seconds()))
    with pytest.raises(ClientError, match="AccessDenied"):  # although nobody has applied yet
        assume(company, "carla", f"{ACCOUNT}:role/kaccess/kaccess-data-engineers", "carla")
    team.done("reconcile", "--once")
    comes_in(company, token, None)
    assert company.client("iam").list_roles(PathPrefix="/kaccess/")["Roles"] == []
    team.done("expire", "--yes")
    assert path.read_text() == ASSUMED


@pytest.mark.parametrize("how", [(), ("--server-side",)], ids=["client-side", "server-side"])
def test_what_kubectl_applies_is_what_kaccess_applies(team, how):
    company = team.company
    team.write("data.yaml", DATA)
    team.done("apply", "--yes")
    ours = essence(company)
    company.policy()
    team.done("apply", "--policy", "kaccess.yaml", "--yes", "--allow-mass-removal")
    assert essence(company).keys() < ours.keys()
    team.render()
    before = {path.name: path.read_bytes() for path in (company.folder / "gitops").iterdir()}
    team.kubectl_apply(*how)
    assert essence(company) == ours
    assert team.rbac_changes() == []
    team.done("reconcile", "--once", "--identity-only")
    assert team.done("plan", "--check").out == "cardo: nothing to do\n"
    assert company.kaccess("carla", "login").code == 0
    assert company.kubectl_until("No resources", "carla", "production", "get", "pods").code == 0
    assert "gitops is as it should be" in team.render().out
    assert {path.name: path.read_bytes() for path in (company.folder / "gitops").iterdir()} == before
    assert "configured" not in team.kubectl_apply(*how).out


def essence(company):
    """Our objects without what time and the applying tool put there."""
    found = {}
    for key, each in company.objects(*RBAC).items():
        labels = each["metadata"].get("labels") or {}
        if MINE.items() <= labels.items():
            kept = {name: each.get(name) for name in ("rules", "roleRef", "subjects", "data")}
            found[key] = {**kept, "labels": labels}
    return found


def test_the_marks_of_argo_cd_are_never_fought(team):
    company = team.company
    team.write("data.yaml", DATA)
    team.done("apply", "--yes")
    admin_login(company)
    marks = {"app.kubernetes.io/instance": "access"}
    notes = {"argocd.argoproj.io/tracking-id": "access:rbac.authorization.k8s.io/Role:production/kaccess:reader"}
    for kind, where, name in (
        ("role", "production", "kaccess:reader"),
        ("rolebinding", "production", "kaccess:data-engineers:reader"),
        ("configmap", "kaccess-system", "directory-data-engineers"),
        ("namespace", "", "development"),
    ):
        place = ("-n", where) if where else ()
        for verb, pairs in (("label", marks), ("annotate", notes)):
            words = [f"{key}={value}" for key, value in pairs.items()]
            done = company.run("admin", "kubectl", *place, verb, kind, name, *words)
            assert done.code == 0, done.said
    assert team.done("plan", "--check").out == "cardo: nothing to do\n"
    widen_by_hand(company)
    team.done("apply", "--yes")
    metadata = company.get(ROLE)["metadata"]
    assert company.get(ROLE)["rules"][0]["verbs"] == ["get", "list"]
    assert metadata["labels"] == {**MINE, **marks}
    assert notes.items() <= metadata["annotations"].items()
