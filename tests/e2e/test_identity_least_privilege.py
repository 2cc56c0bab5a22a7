"""Each persona does its work on a real API server with exactly the rights that `render` gives it.

The sandbox has the same in tests/render and tests/reconciler. IAM is the sandbox's in both, and enforces the policy.
"""

import pytest

from tests.e2e.real_plane import real_plane
from tests.render.hiring import Hiring

pytestmark = pytest.mark.controlplane

GRANTS = (("payments-developers", "reader", "staging"), ("data-engineers", "viewer", "production"))


@pytest.fixture(scope="module")
def plane(real_cluster, tmp_path_factory):
    with real_plane(real_cluster, tmp_path_factory.mktemp("real") / "plane") as (sandbox, _):
        yield sandbox


@pytest.fixture
def company(plane, tmp_path):
    company = Hiring(plane, tmp_path, patience=15.0)
    company.policy(*GRANTS)
    company.apply()
    yield company
    dismiss(company)


def dismiss(company):
    iam, eks = company.client("iam"), company.client("eks")
    for key in iam.list_access_keys(UserName="robot")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="robot", AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName="robot")["PolicyNames"]:
        iam.delete_user_policy(UserName="robot", PolicyName=policy)
    for group in iam.list_groups_for_user(UserName="robot")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="robot")
    eks.delete_access_entry(clusterName="cardo-eks", principalArn="arn:aws:iam::111122223333:user/robot")
    iam.delete_user(UserName="robot")


def hired(company, persona, kube_group):
    company.persona, company.kube_group = persona, kube_group
    company.hire()
    return company


def robot(company, *words):
    return company.kaccess("robot", *words)


def test_an_administrator_applies_and_takes_away(company):
    hired(company, "admin", "kaccess-admins")
    for grants in ((*GRANTS, ("data-engineers", "reader", "development")), GRANTS[:1], GRANTS):
        company.policy(*grants)
        done = robot(company, "apply", "--yes", "--allow-mass-removal")
        assert done.code == 0, done.said
    assert robot(company, "plan", "--check").code == 0


def test_an_auditor_reads_and_writes_nothing(company):
    hired(company, "auditor", "kaccess-auditors")
    audit = robot(company, "audit")
    assert "user/ana" in audit.out
    assert "not known" not in audit.out, "all that it asks for is among its rights"
    assert robot(company, "plan", "--check").code == 0
    before = company.entries(), company.objects()
    company.policy(GRANTS[0])
    assert robot(company, "plan", "--check").code == 3
    assert robot(company, "apply", "--yes").code == 1
    assert (company.entries(), company.objects()) == before


def test_a_reconciler_keeps_what_the_policy_says(company):
    hired(company, "reconciler", "kaccess-reconciler")
    iam = company.client("iam")
    iam.remove_user_from_group(GroupName="payments-developers", UserName="ben")
    company.policy(("payments-developers", "viewer", "production"), GRANTS[1])
    company.entitle()
    done = robot(company, "reconcile", "--once")
    assert done.code == 0, done.said
    assert company.until(lambda: company.who("ben"), lambda found: found is None) is None
    assert company.who("ana")
    iam.add_user_to_group(GroupName="payments-developers", UserName="ben")


def test_a_developer_logs_in(company):
    hired(company, "developer", "")
    company.client("eks").delete_access_entry(
        clusterName="cardo-eks", principalArn="arn:aws:iam::111122223333:user/robot"
    )
    company.client("iam").add_user_to_group(GroupName="payments-developers", UserName="robot")
    company.apply()
    done = robot(company, "login")
    assert done.code == 0, done.said
    assert company.kubectl("robot", "staging", "get", "pods").code == 0
