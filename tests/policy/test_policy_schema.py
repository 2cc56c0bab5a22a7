# ruff: noqa: E501 - a policy is one line
"""The JSON Schema for editors and the reader describe one format."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from kaccess.model.names import DIRECTORY_ROLE, PROTECTED_NAMESPACES
from kaccess.model.policy import Backend, Cluster
from kaccess.policy.document import Mapping, Scalar, parse
from kaccess.policy.load import API_VERSION, KIND, POLICY_KEYS
from kaccess.policy.problems import Report
from kaccess.policy.read_audit import AUDIT_KEYS, SUPPRESSION_KEYS
from kaccess.policy.read_clusters import CLUSTER_KEYS
from kaccess.policy.read_grants import CHOICE_KEYS, GRANT_KEYS
from kaccess.policy.read_groups import GROUP_KEYS
from kaccess.policy.read_namespaces import NAMESPACE_KEYS
from kaccess.policy.read_offboarded import OFFBOARDED_KEYS
from kaccess.policy.read_roles import ROLE_KEYS, RULE_KEYS
from kaccess.policy.schema import schema_text
from kaccess.policy.starter import starter_policy
from tests.policy.samples import CLUSTERS, HEAD, SMALL, problems_of

SCHEMA = json.loads(schema_text())
DEFINITIONS = SCHEMA["$defs"]
EXAMPLES = sorted((Path(__file__).parents[2] / "policies").glob("*.yaml"))


def as_json(text):
    """A policy's text as an editor hands it to the schema: what is plain and looks like one is a boolean or nothing."""
    return value_of(parse(text, "p.yaml", Report()))


def value_of(node):
    if isinstance(node, Scalar):
        plain = {"true": True, "false": False, "": None, "~": None, "null": None}
        return plain.get(node.text, int(node.text) if node.text.isdigit() else node.text) if node.plain else node.text
    if isinstance(node, Mapping):
        return {key.text: value_of(value) for key, value in node.pairs}
    return [value_of(item) for item in node.items]


def errors(text):
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(as_json(text))]


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("described", "read"),
    [
        (SCHEMA, POLICY_KEYS),
        (DEFINITIONS["cluster"], CLUSTER_KEYS),
        (DEFINITIONS["group"], GROUP_KEYS),
        (DEFINITIONS["namespace"], NAMESPACE_KEYS),
        (DEFINITIONS["role"], ROLE_KEYS),
        (DEFINITIONS["rule"], RULE_KEYS),
        (DEFINITIONS["grant"], GRANT_KEYS),
        (DEFINITIONS["offboarded"], OFFBOARDED_KEYS),
        (SCHEMA["properties"]["audit"], AUDIT_KEYS),
        (DEFINITIONS["suppression"], SUPPRESSION_KEYS),
        ({"properties": DEFINITIONS["match"]["properties"] | DEFINITIONS["selector"]["properties"]}, CHOICE_KEYS),
    ],
)
def test_schema_and_reader_know_the_same_keys_and_each_is_described(described, read):
    assert list(described["properties"]) == list(read)
    assert all(key["description"] for key in described["properties"].values())


def subschemas(node, where=""):
    """Every schema inside the schema that stands for something an author writes, with its place."""
    for kind in ("properties", "$defs"):
        for name, schema in node.get(kind, {}).items():
            if "$comment" not in schema:  # a rule between keys
                yield f"{where}/{kind}/{name}", schema
                yield from subschemas(schema, f"{where}/{kind}/{name}")


PARTS = dict(subschemas(SCHEMA))
EXAMPLED = [where for where, part in PARTS.items() if "examples" in part]


def test_an_editor_has_a_text_for_everything_that_it_may_hover_over():
    assert not [where for where, part in PARTS.items() if not part.keys() & {"description", "title"}]


def test_every_section_has_an_example():
    assert {f"/properties/{name}" for name in SCHEMA["properties"].keys() - {"apiVersion", "kind"}} <= set(EXAMPLED)


@pytest.mark.parametrize("where", EXAMPLED)
def test_the_examples_that_an_editor_shows_validate(where):
    for example in PARTS[where]["examples"]:
        part = {**PARTS[where], "$defs": DEFINITIONS, "$schema": SCHEMA["$schema"]}
        assert not list(Draft202012Validator(part, format_checker=FormatChecker()).iter_errors(example))


def test_schema_and_reader_know_the_same_words():
    assert SCHEMA["properties"]["apiVersion"]["const"] == API_VERSION
    assert SCHEMA["properties"]["kind"]["const"] == KIND
    assert DEFINITIONS["cluster"]["properties"]["backend"]["enum"] == [backend.value for backend in Backend]
    assert set(SCHEMA["properties"]["namespaces"]["propertyNames"]["not"]["enum"]) == PROTECTED_NAMESPACES
    assert SCHEMA["properties"]["roles"]["propertyNames"]["not"]["const"] == DIRECTORY_ROLE


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_validate(path):
    assert errors(path.read_text()) == []


def test_the_starter_and_the_small_policy_validate():
    assert errors(starter_policy(Cluster("cardo", "cardo-eks", "eu-south-1", "111122223333"))) == []
    assert errors(SMALL) == []


ROLE = "roles: {r: {cluster_role: view}}\nnamespaces: {n: }\n"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("roles:\nnamespaces: ~\ngrants:\n", True),
        ("groups: {g: {}, h: {assume: true}, i: {iam_role: 'arn:aws:iam::111122223333:role/x/y'}}\n", True),
        ("groups: {g: {iam_group: a, permission_set: b}}\n", False),
        ("groups: {g: {assume: yes}}\n", False),
        ("groups: {'a:b': {}}\n", False),
        ("groups: {g: {assume: true, mfa: true, session_duration: 90m}}\n", True),
        ("groups: {g: {assume: true, session_duration: 3600}}\n", False),
        ("groups: {g: {assume: false, mfa: true}}\n", False),
        ("groups: {g: {session_duration: 2h}}\n", False),
        ("groups: {g: {iam_role: 'arn:aws:iam::111122223333:role/x y'}}\n", False),
        (
            "  d: {name: d, region: eu-south-1, account: '111122223333', profile: p q, iam_role: 'arn:aws:iam::111122223333:role/a'}\n",
            True,
        ),
        ("  d: {name: d, region: eu-south-1, account: '111122223333', profile: ' p'}\n", False),
        ("  d: {name: d, region: eu-south-1, account: '111122223333', iam_role: admin}\n", False),
        (
            "offboarded: [{principal: 'arn:aws:iam::111122223333:user/a/ben', at: 2026-11-24T12:00:00Z, by: ana, reason: r}]\n",
            True,
        ),
        ("offboarded: [{principal: 'arn:aws:iam::111122223333:group/a', at: 2026-11-24T12:00:00Z}]\n", False),
        ("offboarded: [{principal: 'arn:aws:iam::111122223333:user/ben'}]\n", False),
        ("offboarded:\n", True),
        ("namespaces: {kube-system: {}}\n", False),
        ("namespaces: {n: {labels: {a: b}}}\n", False),
        ("namespaces: {n: {create: true, labels: {a: ''}}}\n", True),
        ("namespaces: {n: {create: true, labels: {a: 1}}}\n", False),
        ("roles: {directory: {cluster_role: view}}\n", False),
        ("roles: {r: {cluster_role: 'system:node'}}\n", False),
        ("roles: {r: {cluster_role: 'Eks:node-manager'}}\n", False),
        ("roles: {r: {}}\n", False),
        ("roles: {r: {cluster_role: view, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}}\n", False),
        ("roles: {r: {rules: [{apiGroups: [''], resources: [pods], verbs: []}]}}\n", False),
        ("roles: {r: {rules: [{apiGroups: [''], resources: [pods], verbs: [get], nonResourceURLs: [/]}]}}\n", False),
        (ROLE + "grants: [{group: g, role: r, namespaces: [n], until: 2026-12-01T18:00:00Z}]\n", True),
        (ROLE + "grants: [{group: g, role: r, namespaces: {match: 'a-*'}}]\n", True),
        (ROLE + "grants: [{group: g, role: r, namespaces: {selector: {a: b}}}]\n", True),
        (ROLE + "grants: [{group: g, role: r, namespaces: {selector: {}}}]\n", False),
        (ROLE + "grants: [{group: g, role: r, namespaces: {match: a, selector: {a: b}}}]\n", False),
        (ROLE + "grants: [{group: g, role: r, namespaces: []}]\n", False),
        (ROLE + "grants: [{group: g, role: r, namespaces: n}]\n", False),
        (ROLE + "grants: [{group: g, role: r}]\n", False),
        (ROLE + "tests: [g cannot get pods in n, only g can get pods in n, nobody can get pods in n]\n", True),
        (ROLE + "tests: [g may get pods in n]\n", False),
        ("grant: []\n", False),
    ],
)
def test_schema_and_reader_agree(text, valid):
    assert (errors(HEAD + CLUSTERS + text) == []) is valid
    assert (problems_of(HEAD + CLUSTERS + text) == []) is valid
