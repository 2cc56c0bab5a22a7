"""Roles to assume are made, changed and taken away with exactly the rights that `render` gives, on the sandbox."""

import json

import pytest

from kaccess.sandbox.server import running_sandbox
from tests.e2e.test_identity_sources import sourced
from tests.render.hiring import Hiring

pytestmark = pytest.mark.thorough

GRANT = ("data-engineers", "reader", "staging")
APPLY = ("apply", "--yes", "--allow-mass-removal")
RECONCILE = ("reconcile", "--once")


class Reconcilers(Hiring):
    words = RECONCILE


class Admins(Hiring):
    persona, kube_group, words = "admin", "kaccess-admins", APPLY


@pytest.fixture
def company(request, tmp_path):
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        company = request.param(sandbox, tmp_path)
        company.policy(GRANT)
        company.hire()
        yield company


def wish(company, *grants, group="data-engineers: {assume: true}", iam=()):
    """Another policy, the rights that go with it, and what the robot makes of them."""
    company.policy(*grants, head=sourced(group))
    company.entitle(iam=iam)
    return company.kaccess("robot", *company.words)


def made(company):
    """The IAM groups that may assume a role, and the roles there are with the seconds of their sessions."""
    iam = company.client("iam")
    groups = [group["GroupName"] for group in iam.list_groups()["Groups"]]
    allowed = {each for each in groups if "kaccess-assume" in iam.list_group_policies(GroupName=each)["PolicyNames"]}
    roles = iam.list_roles(PathPrefix="/kaccess/")["Roles"]
    return allowed, {
        role["RoleName"]: iam.get_role(RoleName=role["RoleName"])["Role"]["MaxSessionDuration"] for role in roles
    }


@pytest.mark.parametrize("company", [Admins, Reconcilers], indirect=True)
def test_a_role_is_made_and_changed_and_goes_with_its_last_grant(company):
    """Also when the group it is for has become another one, and when nothing is left of it but its name."""
    role = "kaccess-data-engineers"
    done = wish(company, GRANT)
    assert (done.code, made(company)) == (0, ({"data-engineers"}, {role: 3600})), done.said
    done = wish(company, GRANT, group="data-engineers: {assume: true, mfa: true, session_duration: 2h}")
    assert (done.code, made(company)) == (0, ({"data-engineers"}, {role: 7200})), done.said
    moved = "data-engineers: {iam_group: auditors, assume: true}"
    done = wish(company, GRANT, group=moved)
    assert (done.code, made(company)[0]) == (1, {"data-engineers"})
    assert "not allowed to call iam:GetGroupPolicy" in done.said
    assert "--former-iam-group" in done.said
    done = wish(company, GRANT, group=moved, iam=("--former-iam-group", "data-engineers"))
    assert (done.code, made(company)) == (0, ({"auditors"}, {role: 3600})), done.said
    done = wish(company, group=moved)
    assert (done.code, made(company)) == (0, (set(), {})), done.said


@pytest.mark.parametrize("company", [Reconcilers], indirect=True)
def test_a_role_that_the_policy_knows_nothing_of_any_more_is_told_until_its_group_is_named(company):
    assert wish(company, GRANT).code == 0
    company.policy()
    company.entitle()
    done = company.kaccess("robot", *company.words, "-o", "json")
    assert "left-over roles to assume were not looked for" in json.dumps(json.loads(done.out))
    assert made(company)[0] == {"data-engineers"}
    company.entitle(iam=("--former-iam-group", "data-engineers"))
    done = company.kaccess("robot", *company.words)
    assert (done.code, made(company)) == (0, (set(), {})), done.said
    wrong = company.kaccess("admin", "render", "iam-policy", "--for", "admin", "--former-iam-group", "a b")
    assert (wrong.code, wrong.out) == (2, "")
