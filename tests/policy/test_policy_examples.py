"""The policies that people start from are valid, safe, keep their own tests, and mean what they say."""

from pathlib import Path

import pytest

from kaccess.model.identity import Principal
from kaccess.model.policy import Backend, Cluster, Grant, NamespaceChoice
from kaccess.model.state import Binding, Entry
from kaccess.policy.edit import add_grant, remove_grants, write
from kaccess.policy.expectations import check
from kaccess.policy.files import PolicyFile
from kaccess.policy.lint import lint
from kaccess.policy.load import load, load_files
from kaccess.policy.resolve import desired
from kaccess.policy.starter import starter_policy
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.request import Request
from kaccess.rbac.risk import risks
from tests.policy.samples import NOW

EXAMPLES = Path(__file__).parents[2] / "policies"
PEOPLE = {"payments-developers": ("ana", "ben"), "data-engineers": ("carla",), "auditors": ("olga",)}
CARDO = Cluster("cardo", "cardo-eks", "eu-south-1", "111122223333")


@pytest.fixture
def examples():
    return load(EXAMPLES)


@pytest.fixture(params=["examples", "starter"])
def any_policy(request, examples):
    return examples if request.param == "examples" else load_files([PolicyFile(Path("p.yaml"), starter_policy(CARDO))])


def test_they_have_no_problem_no_warning_and_keep_their_tests(any_policy):
    assert any_policy.warnings == ()
    assert lint(any_policy.policy, NOW).refusals == ()
    assert lint(any_policy.policy, NOW).warnings == ()
    assert any_policy.policy.tests
    assert check(any_policy.policy, NOW) == ()


def test_the_roles_of_the_examples_are_rules_and_read_no_secrets(examples):
    assert set(examples.policy.roles) == {"viewer", "developer", "deployer", "debugger"}
    for role in examples.policy.roles.values():
        assert role.cluster_role is None
        assert "secrets-read" not in {risk.id for risk in risks(role.rules)}


@pytest.mark.parametrize(
    ("role", "can", "cannot"),
    [
        ("viewer", ["get pods/log", "list deployments.apps"], ["get secrets", "create pods/exec", "delete pods"]),
        ("developer", ["create deployments.apps", "delete pods"], ["get secrets", "create pods/exec", "create pods"]),
        ("deployer", ["patch deployments.apps"], ["delete deployments.apps", "get pods/log", "create pods/exec"]),
        ("debugger", ["create pods/exec", "create pods/portforward"], ["patch deployments.apps", "delete pods"]),
    ],
)
def test_what_a_role_of_the_examples_can_do(examples, role, can, cannot):
    for sentence, expected in [*((each, True) for each in can), *((each, False) for each in cannot)]:
        verb, _, full_name = sentence.partition(" ")
        name, _, subresource = full_name.partition("/")
        resource, _, api_group = name.partition(".")
        request = Request(verb, resource, api_group, subresource, "development")
        assert rules_allow(examples.policy.roles[role].rules, request) is expected, sentence


def test_the_examples_resolve_to_what_the_teams_have(examples):
    policy = examples.policy
    members = {
        group: tuple(Principal(f"arn:aws:iam::111122223333:user/{name}") for name in names)
        for group, names in PEOPLE.items()
    }
    namespaces = {"staging": {}, "production": {}}
    cardo, backend = policy.clusters["cardo"], Backend.ACCESS_ENTRIES
    result = desired(policy, cardo, backend=backend, namespaces=namespaces, members=members, now=NOW)
    assert result.skipped == ()
    assert [entry.principal.rpartition("/")[2] for entry in result.state.all(Entry)] == ["ana", "ben", "carla", "olga"]
    bound = {(binding.namespace, binding.name) for binding in result.state.all(Binding)}
    assert ("development", "kaccess:payments-developers:developer") in bound
    assert ("production", "kaccess:payments-developers:developer") not in bound


def test_the_group_with_a_role_that_the_examples_show_is_one(tmp_path):
    for each in EXAMPLES.iterdir():
        (tmp_path / each.name).write_text(
            each.read_text().replace("# groups:", "groups:").replace("#   plat", "  plat")
        )
    shown = load(tmp_path).policy.groups["platform-admins"]
    assert (shown.assume, shown.mfa, shown.session_seconds) == (True, True, 3600)


def test_the_examples_can_be_edited_and_edited_back(tmp_path):
    for each in EXAMPLES.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    grant = Grant("data-engineers", "debugger", NamespaceChoice(("staging",)), until=NOW, reason="INC-1234")
    edited = add_grant(tmp_path, grant)
    assert [file.path.name for file in edited.files] == ["data.yaml"]
    write(edited)
    write(remove_grants(tmp_path, "data-engineers", "debugger"))
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "cluster",
    [
        CARDO,
        Cluster("123", "no", "us-gov-west-1", "012345678901", Backend.AWS_AUTH),
        Cluster("a_b", "1e3", "eu-south-1", "111122223333", Backend.ACCESS_ENTRIES),
    ],
)
def test_the_starter_holds_the_cluster_it_was_made_for(cluster, tmp_path):
    path = tmp_path / "kaccess.yaml"
    path.write_text(starter_policy(cluster))
    assert load(path).policy.clusters == {cluster.alias: cluster}
    write(add_grant(path, Grant("pay", "developer", NamespaceChoice(("development",)))))
    write(remove_grants(path, "pay"))
    assert path.read_text() == starter_policy(cluster)
