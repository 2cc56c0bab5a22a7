"""`render manifests` and `render access-entries`, on a sandbox."""

import json

import pytest
import yaml

from tests.e2e.company import Company

GRANTS = (("payments-developers", "developer", "development"), ("data-engineers", "reader", "production"))
BY_PATTERN = '  - {group: data-engineers, role: reader, namespaces: {match: "st*"}}\n'
BY_LABEL = "  - {group: data-engineers, role: viewer, namespaces: {selector: {kubernetes.io/metadata.name: staging}}}\n"
NOWHERE = '  - {group: data-engineers, role: reader, namespaces: {match: "qa-*"}}\n'


@pytest.fixture
def company(sandbox, tmp_path):
    found = Company(sandbox, tmp_path)
    found.policy(*GRANTS)
    return found


def add(company, *grants):
    with company.policy_file.open("a") as file:
        file.writelines(grants)


def bindings(text):
    documents = yaml.safe_load_all(text)
    return sorted(each["metadata"]["namespace"] for each in documents if each["kind"] == "RoleBinding")


def test_manifests_need_no_network(company):
    company.extra = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "none"}
    done = company.kaccess("admin", "render", "manifests")
    assert done.code == 0, done.said
    assert bindings(done.out) == ["development", "kaccess-system", "kaccess-system", "production"]
    assert json.loads(company.kaccess("admin", "render", "manifests", "-o", "json").out)["data"]["manifests"]


def test_what_only_the_cluster_can_place_is_refused_and_nothing_is_written(company):
    add(company, BY_LABEL, NOWHERE)
    done = company.kaccess("admin", "render", "manifests", "--out", "gitops")
    assert (done.code, done.out) == (1, "")
    labels, nowhere, advice = done.err.splitlines()
    assert "kaccess.yaml:26:5: this grant of viewer to data-engineers goes by labels" in labels
    assert "reaches no namespace that the policy declares" in nowhere
    assert "nothing was rendered; give --namespaces-from-cluster" in advice
    assert not (company.folder / "gitops").exists()


def test_a_pattern_is_rendered_for_the_declared_namespaces_with_a_warning(company):
    add(company, BY_PATTERN)
    done = company.kaccess("admin", "render", "manifests")
    assert done.code == 0
    assert "staging" in bindings(done.out)
    assert "warning: kaccess.yaml:26:5: this grant was given the declared namespaces" in done.err


def test_the_cluster_or_a_file_tells_what_there_is(company):
    add(company, BY_LABEL)
    asked = company.kaccess("admin", "render", "manifests", "--namespaces-from-cluster")
    assert asked.code == 0, asked.said
    assert "staging" in bindings(asked.out)
    (company.folder / "namespaces.json").write_text(json.dumps(company.get("/api/v1/namespaces")))
    told = company.kaccess("admin", "render", "manifests", "--namespace-file", "namespaces.json")
    assert (told.code, told.out) == (0, asked.out)
    both = ("--namespaces-from-cluster", "--namespace-file", "namespaces.json")
    assert company.kaccess("admin", "render", "manifests", *both).code == 2


def test_a_grant_that_reaches_nothing_is_told_and_the_rest_rendered(company):
    add(company, NOWHERE)
    done = company.kaccess("admin", "render", "manifests", "--namespaces-from-cluster", "--out", "gitops")
    assert done.code == 1
    assert "no namespace has a name that matches qa-*" in done.err
    assert (company.folder / "gitops/kustomization.yaml").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"items": [{}]}', '{"items": 1}', "[" * 100_000])
def test_a_file_that_lists_no_namespaces_is_said_in_one_line(company, text):
    (company.folder / "namespaces.json").write_text(text)
    done = company.kaccess("admin", "render", "manifests", "--namespace-file", "namespaces.json")
    assert done.code == 2
    (line,) = done.err.splitlines()
    assert "no list of namespaces in JSON" in line


def test_access_entries_are_those_that_apply_makes(company):
    done = company.kaccess("admin", "render", "access-entries", "--format", "cloudformation")
    assert done.code == 0, done.said
    resources = yaml.safe_load(done.out)["Resources"].values()
    company.apply()
    made = company.entries()
    for resource in resources:
        said = resource["Properties"]
        entry = made[said["PrincipalArn"]]
        assert (entry["type"], entry["kubernetesGroups"]) == (said["Type"], said["KubernetesGroups"])
        assert entry["tags"] == {each["Key"]: each["Value"] for each in said["Tags"]}
    ours = {arn for arn, entry in made.items() if entry["tags"].get("app.kubernetes.io/managed-by") == "kaccess"}
    assert {resource["Properties"]["PrincipalArn"] for resource in resources} == ours
    terraform = company.kaccess("admin", "render", "access-entries", "--format", "terraform")
    assert terraform.code == 0
    assert terraform.out.count('resource "aws_eks_access_entry"') == len(ours)


def test_entries_that_are_made_from_the_template_are_all_that_apply_wants(company):
    company.policy()
    company.apply()
    company.policy(*GRANTS)
    done = company.kaccess("admin", "render", "access-entries", "--format", "cloudformation")
    eks = company.client("eks")
    for resource in yaml.safe_load(done.out)["Resources"].values():
        said = resource["Properties"]
        eks.create_access_entry(
            clusterName=said["ClusterName"],
            principalArn=said["PrincipalArn"],
            type=said["Type"],
            kubernetesGroups=said["KubernetesGroups"],
            tags={each["Key"]: each["Value"] for each in said["Tags"]},
        )
    (plan,) = json.loads(company.kaccess("admin", "plan", "-o", "json").out)["data"]["plans"]
    assert [change for change in plan["changes"] if change["kind"] == "entry"] == []


def test_entries_of_a_group_that_cannot_be_read_are_not_rendered_away(company):
    company.policy(*GRANTS, ("no-such-group", "reader", "production"))
    done = company.kaccess("admin", "render", "access-entries", "--format", "terraform")
    assert (done.code, done.out) == (1, "")
    (line,) = done.err.splitlines()
    assert "no-such-group" in line
    assert line.endswith("nothing was rendered")
