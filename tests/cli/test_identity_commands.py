"""The commands about identity, on a sandbox: fleets, `offboard`, `migrate` and `aws-auth restore`."""

import json
import stat
from contextlib import contextmanager

import pytest

from kaccess.sandbox.server import running_sandbox
from tests.e2e.company import Company
from tests.e2e.planes import API, API_AND_CONFIG_MAP, CONFIG_MAP

GRANTS = (("payments-developers", "developer", "development"), ("data-engineers", "reader", "production"))
CARDO = '  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}\n'
SECOND = '  second: {name: second-eks, region: eu-south-1, account: "111122223333"}\n'
ELSEWHERE = '  elsewhere: {name: cardo-eks, region: eu-south-1, account: "999900001111"}\n'
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}'
ADMIN_ROLE = "arn:aws:iam::111122223333:role/platform/cluster-admin"
ANA = "arn:aws:iam::111122223333:user/ana"


@contextmanager
def company_in(mode, folder):
    with running_sandbox(folder / "sandbox", authentication_mode=mode) as sandbox:
        company = Company(sandbox, folder)
        company.policy(*GRANTS)
        yield company


@pytest.fixture
def company(tmp_path):
    with company_in(API, tmp_path) as found:
        yield found


def rewrite(company, *pairs):
    text = company.policy_file.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    company.policy_file.write_text(text)


def as_json(done):
    return json.loads(done.out)


def receipt_of(company):
    (path,) = company.folder.glob("offboard-*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return json.loads(path.read_text())


def test_a_cluster_that_is_not_there_is_reported_and_the_others_are_done(company):
    rewrite(company, (CARDO, ELSEWHERE + CARDO + SECOND))
    done = company.kaccess("admin", "apply", "--yes", "-o", "json")
    answer = as_json(done)
    assert (done.code, answer["status"]) == (1, "partial")
    assert [each["cluster"] for each in answer["data"]["unreachable"]] == ["elsewhere", "second"]
    (cardo,) = answer["data"]["clusters"]
    assert {change["status"] for change in cardo["changes"]} == {"applied"}
    plan = company.kaccess("admin", "plan", "--check")
    assert plan.code == 1
    assert plan.out == "cardo: nothing to do\n"
    assert [line.split(":")[1] for line in plan.err.splitlines()] == [" elsewhere", " second"]


def test_where_no_cluster_answers_nothing_is_written_and_each_says_why(company):
    rewrite(company, (CARDO, ELSEWHERE + SECOND))
    before = company.policy_file.read_text()
    done = company.kaccess("admin", "grant", "data-engineers", "--role", "viewer", "-n", "staging", "--yes")
    assert (done.code, done.out) == (1, "")
    assert [line for line in done.err.splitlines() if line.startswith("error: elsewhere: ")]
    assert [line for line in done.err.splitlines() if line.startswith("error: second: ")]
    assert company.policy_file.read_text() == before


def test_a_cluster_is_reached_by_the_role_that_the_policy_names(company):
    """Which ana, who may do nothing herself, may assume here."""
    iam = company.client("iam")
    iam.create_role(Path="/platform/", RoleName="cluster-admin", AssumeRolePolicyDocument=TRUST)
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam.put_role_policy(RoleName="cluster-admin", PolicyName="all", PolicyDocument=everything)
    assume = everything.replace('"Action":"*"', '"Action":"sts:AssumeRole"')
    iam.put_user_policy(UserName="ana", PolicyName="assume", PolicyDocument=assume)
    eks = company.client("eks")
    eks.create_access_entry(clusterName="cardo-eks", principalArn=ADMIN_ROLE)
    eks.associate_access_policy(
        clusterName="cardo-eks",
        principalArn=ADMIN_ROLE,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope={"type": "cluster"},
    )
    assert company.kaccess("ana", "apply", "--yes").code == 1
    rewrite(company, (CARDO, CARDO.replace("}", f', iam_role: "{ADMIN_ROLE}"}}')))
    done = company.kaccess("ana", "apply", "--yes")
    assert done.code == 0, done.said
    assert "cardo: nothing to do" in company.kaccess("ana", "plan").out


def test_a_role_to_assume_is_planned_for_the_account_and_shown_in_words(company):
    rewrite(
        company, ("namespaces:\n  dev", "groups:\n  data-engineers: {assume: true, mfa: true}\n\nnamespaces:\n  dev")
    )
    plan = company.kaccess("admin", "plan")
    assert plan.out.startswith("account 111122223333: 2 to create, 0 to update, 0 to delete\n")
    assert "trust: allow sts:AssumeRole to AWS arn:aws:iam::111122223333:root if " in plan.out
    data = as_json(company.kaccess("admin", "apply", "--yes", "-o", "json"))["data"]
    assert [change["kind"] for change in data["accounts"][0]["changes"]] == ["iam-role", "iam-group-policy"]
    assert company.kaccess("admin", "plan", "--check").code == 0


def test_offboard_takes_one_person_out_and_leaves_a_receipt(company):
    company.apply()
    before = company.entries()
    done = company.kaccess("admin", "offboard", "ana", "--reason", "left us", "--yes")
    assert done.code == 0, done.said
    assert before.keys() - company.entries().keys() == {ANA}
    assert f'principal: "{ANA}"' in company.policy_file.read_text()
    answer = receipt_of(company)
    assert (answer["kind"], answer["status"], answer["exitCode"]) == ("Offboard", "success", 0)
    assert (answer["data"]["principal"], answer["data"]["reason"]) == (ANA, "left us")
    left = {each["what"] for each in answer["data"]["left"]}
    assert {"member of IAM group payments-developers", "tokens of service accounts"} <= left
    assert [what for what in left if what.startswith("access key AKIA")]
    assert answer["data"]["clusters"][0]["changes"][0]["status"] == "applied"
    # Still in the IAM group, and out all the same.
    assert company.kaccess("admin", "plan", "--check").code == 0


def test_offboard_works_for_someone_whom_iam_no_longer_has(company):
    company.apply()
    iam = company.client("iam")
    for group in iam.list_groups_for_user(UserName="ana")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="ana")
    for key in iam.list_access_keys(UserName="ana")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName="ana")["PolicyNames"]:
        iam.delete_user_policy(UserName="ana", PolicyName=policy)
    iam.delete_user(UserName="ana")
    done = company.kaccess("admin", "offboard", "ana", "--yes", "--receipt", "gone.json")
    assert done.code == 0, done.said
    assert "warning: IAM has no user 'ana'" in done.err
    assert ANA not in company.entries()
    assert json.loads((company.folder / "gone.json").read_text())["data"]["principal"] == ANA


@pytest.mark.parametrize("words", [("--receipt", "kaccess.yaml"), ("--receipt", "nowhere/receipt.json"), ()])
def test_offboard_that_is_refused_changes_nothing(company, words):
    """Where the receipt cannot be written; and where nobody can be asked."""
    company.apply()
    before = company.entries(), company.policy_file.read_text()
    done = company.kaccess("admin", "offboard", "ana", *words, *(("--yes",) if words else ()))
    assert (done.code, done.out) == (2, "")
    assert (company.entries(), company.policy_file.read_text()) == before
    assert not [path for path in company.folder.iterdir() if "offboard" in path.name or "receipt" in path.name]


def test_what_others_gave_a_person_stays_and_is_listed(company):
    company.policy(("platform-admins", "viewer", "staging"))
    company.apply()
    done = company.kaccess("admin", "offboard", "admin", "--yes")
    assert done.code == 0, done.said
    left = {each["what"] for each in receipt_of(company)["data"]["left"]}
    foreign = f"cardo: access entry of someone else's on {ANA.replace('ana', 'admin')} (AmazonEKSClusterAdminPolicy)"
    assert foreign in left
    assert company.who("admin")[1] == ()


@pytest.mark.thorough
def test_migrate_moves_what_kaccess_owns_once_both_are_looked_at(tmp_path):
    with company_in(CONFIG_MAP, tmp_path) as company:
        company.apply()
        assert ANA in company.aws_auth()["mapUsers"]
        refused = company.kaccess("admin", "migrate", "--yes")
        assert refused.code == 1
        assert refused.err.count("\n") == 1
        assert "aws eks update-cluster-config" in refused.err
        company.move(API_AND_CONFIG_MAP)
        groups = company.who("ana")
        done = company.kaccess("admin", "migrate", "--yes", "-o", "json")
        assert done.code == 0, done.said
        assert "row arn:aws:iam::111122223333:role/cardo-nodes" in {
            each["what"] for each in as_json(done)["data"]["stranded"]
        }
        assert "kaccess:" not in company.aws_auth()["mapUsers"]
        assert company.who("ana") == groups
        assert company.kaccess("admin", "plan", "--check").code == 0


@pytest.mark.thorough
def test_restore_brings_back_what_aws_auth_said_and_undoes_itself(tmp_path):
    with company_in(CONFIG_MAP, tmp_path) as company:
        none_yet = company.kaccess("admin", "aws-auth", "restore", "--yes")
        assert none_yet.code == 1
        assert none_yet.err.startswith("error: there is no ConfigMap kube-system/kaccess-aws-auth-backup")
        before = company.aws_auth()
        company.apply()
        written = company.aws_auth()
        asked = company.kaccess("admin", "aws-auth", "restore")
        assert asked.code == 2
        assert f"-- userarn: {ANA}" in asked.err
        assert company.aws_auth() == written
        assert company.kaccess("admin", "aws-auth", "restore", "--yes").code == 0
        assert company.aws_auth() == before
        assert company.kaccess("admin", "aws-auth", "restore", "--yes").code == 0
        assert company.aws_auth() == written


def test_a_backend_that_the_cluster_does_not_look_at_is_named_with_its_place(company):
    rewrite(company, (CARDO, CARDO.replace("}", ", backend: aws-auth}")))
    done = company.kaccess("admin", "plan")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: kaccess.yaml:5:3: cluster cardo has `backend: aws-auth`")
    assert done.err.count("\n") == 1
