"""The audit commands on the sandbox, by the auditor, whose rights are those of a reader."""

import json

import pytest

from tests.e2e.company import POLICY
from tests.e2e.conftest import company  # noqa: F401 - the fixture
from tests.e2e.planes import in_modes

ASSUMING = POLICY.replace("grants:\n", "groups:\n  data-engineers: {assume: true}\ngrants:\n", 1)
ANA = "arn:aws:iam::111122223333:user/ana"
CARLA = "arn:aws:iam::111122223333:user/carla"


@pytest.fixture
def granted(company):  # noqa: F811
    company.policy(("payments-developers", "reader", "development"), ("payments-developers", "viewer", "staging"))
    company.apply()
    return company


def data_of(done):
    assert done.code in (0, 1, 3), done.said
    return json.loads(done.out)["data"]


def keep(company, name):  # noqa: F811
    done = company.kaccess("olga", "audit", "-o", "json")
    assert done.code == 0, done.said
    (company.folder / name).write_text(done.out)


def test_the_auditor_reads_all_and_can_write_nothing(granted):
    before = granted.objects(), granted.entries()
    data = data_of(granted.kaccess("olga", "audit", "-o", "json"))
    assert (granted.objects(), granted.entries()) == before
    assert data["clusters"][0]["authenticationMode"] == "API"
    assert not [each for each in data["clusters"][0]["unknown"] if "could not" in each["reason"]]
    ids = {(each["id"], each["where"]) for each in data["findings"]}
    assert ids == {
        ("cluster-admin-access-policy", "access entry arn:aws:iam::111122223333:user/admin"),
        ("broad-role", "ClusterRole edit"),
        ("foreign-binding", "RoleBinding production/argocd-deploys"),
    }
    assert granted.kaccess("olga", "apply", "--yes").code != 0 or (granted.objects(), granted.entries()) == before


def test_who_can_goes_down_to_the_users_and_says_who_cannot_be_seen(granted):
    done = granted.kaccess("olga", "who-can", "get", "pods", "-n", "staging")
    assert done.code == 0, done.said
    assert "user/ana: by IAM group payments-developers > access entry > Kubernetes group" in done.out
    assert "user/olga: by access entry > access policy AmazonEKSAdminViewPolicy" in done.out
    assert "user/carla" not in done.out
    assert "unknown: arn:aws:iam::111122223333:role/platform/argocd: may be assumed by the AWS service" in done.out


def test_explain_shows_the_chain_with_the_lines_of_the_policy(granted):
    done = granted.kaccess("olga", "explain", "ana", "list", "pods", "-n", "development")
    lines = [line.strip() for line in done.out.splitlines()]
    assert done.code == 0
    assert lines[1:] == [
        "111122223333 user/ana: view in development",
        "> IAM group payments-developers (kaccess.yaml:24:5)",
        f"> access entry {ANA}",
        "> Kubernetes group kaccess:payments-developers",
        "> binding RoleBinding development/kaccess:payments-developers:reader (kaccess.yaml:24:5)",
        "> role Role development/kaccess:reader",
        "may get, list on pods",
    ]
    denied = granted.kaccess("olga", "explain", "ana", "delete", "pods", "-n", "development")
    assert (denied.code, "has no way to do that" in denied.out) == (1, True)
    unknown = granted.kaccess("olga", "explain", "anna")
    assert (unknown.code, "did you mean 'ana'" in unknown.err) == (2, True)
    half = granted.kaccess("olga", "explain", "ana", "get")
    assert (half.code, "get what?" in half.err) == (2, True)


def test_who_may_assume_the_role_of_a_group_comes_in_by_it(company):  # noqa: F811
    company.policy(("data-engineers", "reader", "development"), head=ASSUMING)
    company.apply()
    done = company.kaccess("olga", "explain", "carla", "get", "pods", "-n", "development")
    assert done.code == 0, done.said
    assert "IAM group data-engineers (kaccess.yaml:" in done.out
    assert "> IAM role arn:aws:iam::111122223333:role/kaccess/kaccess-data-engineers" in done.out
    data = data_of(company.kaccess("olga", "audit", "-o", "json"))
    assert CARLA in {row["principal"] for row in data["access"]}
    assert "trust-wider" not in {each["id"] for each in data["findings"]}, "admin may do everything anyway"
    company.client("iam").put_user_policy(
        UserName="dario",
        PolicyName="any",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
        ),
    )
    data = data_of(company.kaccess("olga", "audit", "-o", "json"))
    (finding,) = [each for each in data["findings"] if each["id"] == "trust-wider"]
    assert finding["detail"] == ["arn:aws:iam::111122223333:user/dario"]
    assert finding["place"].startswith("kaccess.yaml:")


def test_a_saved_audit_answers_later_and_two_of_them_tell_what_changed(granted):
    keep(granted, "old.json")
    granted.kaccess("admin", "revoke", "payments-developers", "-n", "staging", "--yes")
    keep(granted, "new.json")
    then = granted.kaccess("olga", "who-can", "get", "pods", "-n", "staging", "--as-of", "old.json")
    now = granted.kaccess("olga", "who-can", "get", "pods", "-n", "staging")
    assert ("user/ana" in then.out, "user/ana" in now.out) == (True, False)
    assert then.err.startswith("as of 20")
    diff = granted.kaccess("olga", "audit", "diff", "old.json", "new.json")
    assert diff.out.splitlines() == [
        "- cardo: 111122223333 user/ana: ClusterRole view in staging (view)",
        "- cardo: 111122223333 user/ben: ClusterRole view in staging (view)",
    ]
    same = granted.kaccess("olga", "audit", "diff", "old.json", "old.json")
    assert (same.code, same.out) == (0, "no difference\n")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"data": {"snapshot": {"taken_at": 1}}}'])
def test_what_is_no_saved_audit_is_one_line(company, text):  # noqa: F811
    company.empty_policy()
    (company.folder / "old.json").write_text(text)
    for words in (("audit", "--as-of", "old.json"), ("audit", "diff", "old.json", "old.json")):
        done = company.kaccess("olga", *words)
        assert (done.code in (1, 2), done.err.count("\n")) == (True, 1), done.said
    assert company.kaccess("olga", "audit", "--as-of", "none.json").code == 2


def test_the_clock_by_which_grants_are_in_force_is_named(granted):
    text = granted.policy_file.read_text()
    granted.policy_file.write_text(
        text.replace("namespaces: [staging]}", "namespaces: [staging], until: 2100-01-01T00:00:00Z}")
    )
    done = granted.kaccess("olga", "audit", "-o", "json")
    at = data_of(done)["judged_at"]
    assert f"grants are judged as of {at}, by the clock of this machine\n" in done.err


def test_findings_at_the_threshold_end_with_3_and_what_is_accepted_does_not(granted):
    assert granted.kaccess("olga", "audit", "--fail-on", "high").code == 0
    assert granted.kaccess("olga", "audit", "--fail-on", "medium").code == 3
    accepted = "\n".join(
        f"    - {{id: {kind}, where: '*', reason: known}}" for kind in ("broad-role", "cluster-admin-access-policy")
    )
    with granted.policy_file.open("a") as file:
        file.write(f"audit:\n  suppress:\n{accepted}\n")
    done = granted.kaccess("olga", "audit", "--fail-on", "medium")
    assert (done.code, "2 suppressed by the policy" in done.out) == (0, True)


def test_a_cluster_that_does_not_answer_is_an_error_and_the_others_are_shown(granted):
    text = granted.policy_file.read_text()
    more = '  away: {name: away-eks, region: eu-south-1, account: "111122223333"}\n'
    granted.policy_file.write_text(
        text.replace("\nnamespaces:", f"{more}\nnamespaces:", 1).replace("\n\n  away", "\n  away")
    )
    done = granted.kaccess("olga", "audit", "-o", "json")
    data = data_of(done)
    assert done.code == 1
    assert [each["cluster"] for each in data["clusters"]] == ["cardo"]
    assert [each["cluster"] for each in data["unread"]] == ["away"]
    assert "away-eks" in granted.kaccess("olga", "audit").err


@in_modes("CONFIG_MAP")
def test_the_creator_of_a_cluster_that_no_list_shows_is_unknown_and_not_absent(company):  # noqa: F811
    company.empty_policy()
    data = data_of(company.kaccess("admin", "audit", "-o", "json"))
    assert "the principal that created the cluster" in {each["who"] for each in data["clusters"][0]["unknown"]}


def test_without_rights_in_iam_the_people_are_unknown_and_nothing_is_said_to_be_absent(granted):
    company = granted  # noqa: F811
    arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy"
    eks = company.client("eks")
    principal = "arn:aws:iam::111122223333:user/dario"
    eks.create_access_entry(clusterName="cardo-eks", principalArn=principal)
    eks.associate_access_policy(
        clusterName="cardo-eks", principalArn=principal, policyArn=arn, accessScope={"type": "cluster"}
    )
    reads = {"Effect": "Allow", "Action": ["eks:Describe*", "eks:List*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    company.client("iam").put_user_policy(UserName="dario", PolicyName="reads", PolicyDocument=document)
    data = data_of(company.kaccess("dario", "audit", "-o", "json"))
    (reason,) = [each["reason"] for each in data["clusters"][0]["unknown"] if each["who"] == "account 111122223333"]
    assert "iam:GetAccountAuthorizationDetails" in reason
    assert {each["id"] for each in data["findings"]} == {"cluster-admin-access-policy", "broad-role", "foreign-binding"}
