"""Each persona does its work with exactly the rights that `render` gives it, on the sandbox, which enforces them."""

import json

import pytest

from kaccess.sandbox.server import running_sandbox
from tests.render.hiring import Admins, Auditors, Developers, Hiring

GRANTS = (("payments-developers", "developer", "development"), ("data-engineers", "viewer", "staging"))


@pytest.fixture
def company(request, tmp_path):
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        company = request.param(sandbox, tmp_path)
        company.policy(*GRANTS)
        yield company


@pytest.mark.parametrize("company", [Developers], indirect=True)
def test_a_developer_logs_in(company):
    company.hire()
    company.client("eks").delete_access_entry(
        clusterName="cardo-eks", principalArn="arn:aws:iam::111122223333:user/robot"
    )
    company.client("iam").add_user_to_group(GroupName="data-engineers", UserName="robot")
    company.client("iam").delete_group_policy(GroupName="data-engineers", PolicyName="access")
    company.apply()
    done = company.kaccess("robot", "login")
    assert done.code == 0, done.said
    assert "staging" in done.said


@pytest.mark.parametrize("company", [Auditors], indirect=True)
def test_an_auditor_audits_and_plans_and_applies_nothing(company):
    company.apply()
    company.hire()
    done = company.kaccess("robot", "audit", "-o", "json")
    assert done.code == 0, done.said
    data = json.loads(done.out)["data"]
    assert "arn:aws:iam::111122223333:user/ana" in {each["principal"] for each in data["access"]}
    (account,) = data["snapshot"]["accounts"]
    assert {each["use_is_known"] for each in account["users"] if each["arn"].endswith("/ana")} == {True}
    assert account.get("skipped", []) == []
    assert data["snapshot"]["clusters"][0]["identity_providers"] == []
    assert "production/default" in data["snapshot"]["clusters"][0]["service_accounts"]
    company.policy(GRANTS[0])
    plan = company.kaccess("robot", "plan", "--check")
    assert plan.code == 3, plan.said
    before = company.access()
    refused = company.kaccess("robot", "apply", "--yes")
    assert refused.code != 0
    assert company.access() == before


@pytest.mark.parametrize("company", [Auditors], indirect=True)
def test_an_auditor_who_may_not_list_service_accounts_is_told_so_and_finds_none_missing(company):
    company.apply()
    company.hire()
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/kaccess-auditors"
    role = company.get(path)
    role["rules"] = [rule for rule in role["rules"] if "serviceaccounts" not in rule["resources"]]
    assert company.ask(path, role, method="PUT")[0] == 200
    view = {"kind": "ClusterRole", "apiGroup": "rbac.authorization.k8s.io", "name": "view"}
    gone = {"kind": "ServiceAccount", "name": "gone", "namespace": "staging"}
    binding = {"metadata": {"name": "robots"}, "roleRef": view, "subjects": [gone]}
    where = "/apis/rbac.authorization.k8s.io/v1/namespaces/staging/rolebindings"
    assert company.ask(where, binding)[0] == 201
    done = company.kaccess("robot", "audit", "-o", "json")
    assert done.code == 0, done.said
    data = json.loads(done.out)["data"]
    (unknown,) = [each for each in data["clusters"][0]["unknown"] if "service accounts" in each["who"]]
    assert "cannot list serviceaccounts" in unknown["reason"]
    assert "nobody-bound" not in {each["id"] for each in data["findings"]}
    company.entitle()
    data = json.loads(company.kaccess("robot", "audit", "-o", "json").out)["data"]
    (finding,) = [each for each in data["findings"] if each["id"] == "nobody-bound"]
    assert (finding["where"], finding["what"]) == (
        "RoleBinding staging/robots",
        "there is no ServiceAccount staging/gone",
    )


@pytest.mark.parametrize("company", [Admins], indirect=True)
def test_an_administrator_applies_what_the_policy_asks_for_and_takes_it_away(company):
    company.hire()
    done = company.kaccess("robot", "apply", "--yes")
    assert done.code == 0, done.said
    company.policy(GRANTS[0])
    done = company.kaccess("robot", "apply", "--yes")
    assert done.code == 0, done.said
    assert not [each for each in company.access() if each[1] == "staging" and each[0].endswith("carla")]


@pytest.mark.parametrize("company", [Hiring], indirect=True)
@pytest.mark.parametrize(
    "words", [("iam-policy", "--for", "auditor"), ("reconciler",), ("rbac", "--for", "reconciler")]
)
def test_what_is_rendered_is_the_same_every_time_and_in_json_too(company, words):
    first, second = (company.kaccess("admin", "render", *words) for _ in range(2))
    assert (first.code, first.out) == (second.code, second.out) == (0, first.out)
    told = json.loads(company.kaccess("admin", "-o", "json", "render", *words).out)
    assert told["data"]


@pytest.mark.parametrize("company", [Hiring], indirect=True)
def test_groups_that_assume_roles_come_with_a_warning(company):
    text = company.policy_file.read_text()
    company.policy_file.write_text(f"{text}groups:\n  data-engineers: {{assume: true}}\n")
    done = company.kaccess("admin", "render", "iam-policy", "--for", "reconciler")
    assert "iam:PutGroupPolicy" in done.err
    assert json.loads(done.out)["Version"] == "2012-10-17"
