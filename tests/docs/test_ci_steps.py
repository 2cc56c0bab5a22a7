"""The workflows of docs/ci on the sandbox: their scripts by bash, in order, with the rights that docs/ci.md gives.

The plan's identity has what `render` gives an auditor, the one that applies what it gives an administrator, and IAM
enforces both.
"""

import json
import re
import shutil
from datetime import datetime, timedelta, timezone

import pytest

from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.server import running_sandbox
from tests.docs.actions import FOLDER, WORKFLOWS, Run, scripts
from tests.docs.pages import ROOT
from tests.git.repositories import ISOLATED, Work
from tests.programs import require_programs
from tests.render.hiring import ROBOT, Hiring

pytestmark = pytest.mark.thorough

LEFT_OUT = {"Install kaccess": "it is installed, and an installation asks a registry"}
IDENTITIES = {"plan-role": ("auditor", "kaccess-auditors"), "apply-role": ("admin", "kaccess-admins")}
PUSH = {"github.event_name": "push", "github.event.pull_request.head.repo.full_name": ""}
PULL = {"github.event_name": "pull_request", "github.event.pull_request.head.repo.full_name": "company/access"}
FORK = {**PULL, "github.event.pull_request.head.repo.full_name": "stranger/access"}
CONTEXT = {
    "github.repository": "company/access",
    "github.event.pull_request.number": 7,
    "github.server_url": "https://github.com",
    "github.run_id": 1,
    "github.token": "a-token",
    "vars.AWS_REGION": "eu-south-1",
    "vars.KACCESS_PLAN_ROLE": "plan-role",
    "vars.KACCESS_APPLY_ROLE": "apply-role",
}
NEW_GROUP = "  - {group: platform-admins, role: viewer, namespaces: [staging]}\n"
COMMENTS = "repos/company/access/issues/7/comments"


class Forge:
    """A repository with a policy, the runners of its workflows, and the AWS that trusts them."""

    def __init__(self, company):
        self.company = company
        self.work = Work(company.folder / "runner" / "access")
        company.extra["KACCESS_POLICY"] = str(self.work.folder / "policies")
        shutil.copytree(ROOT / "policies", self.work.folder / "policies")
        (self.work.folder / ".github").mkdir()
        shutil.copy(FOLDER / "kaccess-problems.json", self.work.folder / ".github")
        self.work.commit("The policy")
        self.uploaded, self.artifacts = [], company.folder / "artifacts"
        self.artifacts.mkdir()
        self.hired = ""

    def run(self, name, event, **settings):
        """One run of a workflow in the repository as it is."""
        environment = {**self.company.environment("admin"), **ISOLATED}
        for variable in ("AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE"):
            del environment[variable]  # a runner has no credentials until it signs in
        context = {**CONTEXT, **event}
        found = Run(self.work.folder, environment, context, self.actions(environment), LEFT_OUT, **settings)
        found.carry_out(FOLDER / name)
        return found

    def actions(self, environment):
        def sign_in(given):
            assert given["aws-region"] == "eu-south-1"
            self.become(given["role-to-assume"])
            environment.update(self.company.keys)

        return {
            "actions/checkout": lambda given: None,
            "actions/setup-python": lambda given: None,
            "actions/upload-artifact": lambda given: shutil.move(self.work.folder / given["path"], self.artifacts),
            "actions/download-artifact": lambda given: shutil.move(
                self.artifacts / f"{given['name']}.json", self.work.folder
            ),
            "aws-actions/configure-aws-credentials": sign_in,
            "github/codeql-action/upload-sarif": lambda given: self.uploaded.append(
                json.loads((self.work.folder / given["sarif_file"]).read_text())
            ),
        }

    def become(self, identity):
        self.company.persona, self.company.kube_group = IDENTITIES[identity]
        if not self.hired:
            self.company.hire()
        elif self.hired != identity:
            groups = [self.company.kube_group]
            self.company.client("eks").update_access_entry(
                clusterName="cardo-eks", principalArn=ROBOT, kubernetesGroups=groups
            )
            self.company.entitle()
        self.hired = identity

    def edit(self, name, before, after):
        path = self.work.folder / "policies" / name
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
        self.work.commit("An edit")


@pytest.fixture
def forge(tmp_path):
    require_programs("bash", "git", "kubectl")
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        yield Forge(Hiring(sandbox, tmp_path))


def test_what_is_left_out_is_known():
    named = {name for path in WORKFLOWS for _, name, _ in scripts(path)}
    assert named >= LEFT_OUT.keys()


def test_a_pull_request_is_planned_and_changes_nothing(forge):
    before = forge.company.objects("roles", "rolebindings")
    run = forge.run("kaccess.yaml", PULL)
    assert run.results == {"validate": "success", "plan": "success", "audit": "success", "apply": "skipped"}, run.said
    assert "### kaccess plan: " in run.summary
    assert "binding development/kaccess:payments-developers:developer" in run.summary
    assert f"api --method POST {COMMENTS} --field body=@plan.md --silent" in run.gh_calls
    assert run.summary == (forge.work.folder / "plan.md").read_text()
    (sarif,) = forge.uploaded
    results = sarif["runs"][0]["results"]
    assert results
    assert all("physicalLocation" in result["locations"][0] for result in results)  # GitHub takes no other
    after = forge.company.objects("roles", "rolebindings")
    assert {key for key in after.keys() - before.keys() if "kaccess-auditors" not in key[2]} == set()


def test_a_comment_is_updated_and_not_repeated(forge):
    run = forge.run("kaccess.yaml", PULL, gh_found="41\n42\n")
    assert "api --method PATCH repos/company/access/issues/comments/41 --field body=@plan.md --silent" in run.gh_calls
    assert "POST" not in run.gh_calls


def test_a_pull_request_from_a_fork_is_validated_and_gets_no_token(forge):
    run = forge.run("kaccess.yaml", FORK)
    assert run.results == {"validate": "success", "plan": "skipped", "audit": "skipped", "apply": "skipped"}
    assert (forge.hired, run.gh_calls) == ("", "")


def test_a_policy_that_breaks_its_tests_is_stopped(forge):
    forge.edit("payments.yaml", "role: viewer, namespaces: [staging,", "role: developer, namespaces: [staging,")
    run = forge.run("kaccess.yaml", PULL)
    assert run.results == {"validate": "failure", "plan": "skipped", "audit": "skipped", "apply": "skipped"}
    assert "policies/payments.yaml:12:5: " in run.said["Validate, and prove the policy's tests"]


def test_a_plan_that_fails_is_commented_on_with_the_run(forge):
    forge.become("plan-role")
    forge.company.sandbox.observers.aws = refuse_clusters
    run = forge.run("kaccess.yaml", PULL)
    assert (run.results["validate"], run.results["plan"]) == ("success", "failure"), run.said
    assert "body=@plan.md" in run.gh_calls
    assert "https://github.com/company/access/actions/runs/1" in (forge.work.folder / "plan.md").read_text()


def refuse_clusters(request):
    raise AwsError("AccessDenied", "not today", 403)


def test_a_group_that_the_plan_role_may_not_read_yet_is_left_out_and_the_plan_fails(forge):
    forge.become("plan-role")
    forge.edit("access.yaml", "grants:\n", f"grants:\n{NEW_GROUP}")
    run = forge.run("kaccess.yaml", PULL)
    assert (run.results["validate"], run.results["plan"]) == ("success", "failure"), run.said
    assert re.search("left out: .*platform-admins.*iam:GetGroup", run.summary)


def test_what_is_merged_is_applied_as_it_was_planned(forge):
    run = forge.run("kaccess.yaml", PUSH)
    assert run.results == dict.fromkeys(("validate", "plan", "audit", "apply"), "success"), run.said
    assert forge.company.kaccess("ana", "login").code == 0
    assert forge.company.kubectl("ana", "development", "get", "pods").code == 0
    assert run.gh_calls == ""
    again = forge.run("kaccess.yaml", PUSH)
    assert (again.results["plan"], again.results["apply"]) == ("success", "skipped"), again.said


def test_a_plan_that_is_stale_by_the_time_it_is_approved_is_refused(forge):
    """Between the plan and the approval somebody else applies, as a reconciler might."""
    forge.become("plan-role")
    download = forge.actions

    def actions(environment):
        found = download(environment)
        take = found["actions/download-artifact"]

        def late(given):
            take(given)
            forge.company.kaccess("admin", "apply", "--yes")

        return {**found, "actions/download-artifact": late}

    forge.actions = actions
    run = forge.run("kaccess.yaml", PUSH)
    assert run.results["apply"] == "failure"
    assert "since this plan was made, " in run.said["Apply the plan that was reviewed"]


def test_drift_and_grave_findings_are_told_daily(forge):
    forge.run("kaccess.yaml", PUSH)
    forge.uploaded.clear()
    run = forge.run("kaccess-daily.yaml", {})
    assert "::error::" not in run.said["Look for drift"]
    assert "nothing to do" in run.summary
    forge.company.kaccess("admin", "apply", "--yes")
    name = "kaccess:payments-developers:viewer"
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/staging/rolebindings/{name}"
    assert forge.company.ask(path, method="DELETE")[0] == 200
    run = forge.run("kaccess-daily.yaml", {})
    assert run.results["drift"] == "failure"
    assert "::error::the clusters differ from the policy" in run.said["Look for drift"]
    assert f"+ binding staging/{name}" in run.summary
    assert len(forge.uploaded) == 2


def test_an_ended_grant_is_taken_out_by_a_pull_request(forge):
    hub = forge.company.folder / "hub.git"
    forge.work.git("init", "-q", "--bare", str(hub))
    forge.work.git("remote", "add", "origin", str(hub))
    run = forge.run("kaccess-daily.yaml", {})
    assert (run.results["expire"], run.gh_calls) == ("success", "")
    end = datetime.now(timezone.utc) - timedelta(hours=1)
    ended = f"  - {{group: auditors, role: debugger, namespaces: [staging], until: {end:%Y-%m-%dT%H:%M:%SZ}}}\n"
    forge.edit("access.yaml", "grants:\n", f"grants:\n{ended}")
    run = forge.run("kaccess-daily.yaml", {})
    assert run.results["expire"] == "success", run.said
    assert run.gh_calls.splitlines() == [
        "auth setup-git",
        "pr list --head kaccess/expire --state open --json number --jq length",
        "pr create --head kaccess/expire --fill",
    ]
    shown = forge.work.git("--git-dir", str(hub), "show", "kaccess/expire")
    assert f"\n-{ended}" in shown
    assert "removed policies/access.yaml:" in shown.partition("diff --git")[0]
