"""Findings as SARIF, against the standard's own schema, in the form of the models that a package makes of it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from kaccess.audit.catalogue import KINDS
from kaccess.audit.snapshot import PolicyText
from kaccess.report.audit_sarif import SCHEMA, audit_sarif
from kaccess.workflows.audit import audit

from .audits import MARKUP, POLICY, company_audit, company_snapshot


def run_of(made):
    (run,) = json.loads(audit_sarif(made))["runs"]
    return run


@pytest.fixture(scope="module")
def run():
    return run_of(company_audit())


@pytest.mark.parametrize("names", [(), MARKUP])
def test_it_is_what_the_standard_says(names):
    text = audit_sarif(company_audit(names))
    SarifLog.model_validate_json(text)
    assert json.loads(text)["$schema"] == SCHEMA
    assert text.isascii()


@pytest.mark.parametrize(
    ("right", "wrong"), [('"ruleId"', '"rule"'), ('"level": "error"', '"level": "worst"'), ('"2.1.0"', '"2.0"')]
)
def test_what_the_standard_does_not_say_is_noticed(right, wrong):
    text = audit_sarif(company_audit())
    assert right in text
    with pytest.raises(ValidationError):
        SarifLog.model_validate_json(text.replace(right, wrong))


def test_every_kind_of_finding_is_a_rule_with_help(run):
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(KINDS)
    assert all(KINDS[rule["id"]].fix in rule["help"]["text"] for rule in rules)


def test_each_finding_is_one_result_of_its_rule(run):
    made = company_audit()
    counting = [each for each in run["results"] if not each["suppressions"]]
    assert [each["ruleId"] for each in counting] == [finding.id for finding in made.findings()]
    assert all(run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_a_finding_that_the_policy_causes_points_into_it(run):
    result = next(each for each in run["results"] if each["ruleId"] == "grant-unending")
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "policies/kaccess.yaml"
    assert physical["region"] == {"startLine": 26, "startColumn": 5}


def test_another_finding_names_the_thing_in_the_cluster_and_where_the_policy_names_that(run):
    result = next(each for each in run["results"] if each["ruleId"] == "own-group-bound")
    (location,) = result["locations"]
    line = POLICY[: POLICY.index("  cardo:")].count("\n") + 1
    assert location["physicalLocation"]["region"] == {"startLine": line, "startColumn": 3}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "cardo/RoleBinding payments-production/hotfix"


def test_every_result_is_in_a_file_as_github_wants_it(run):
    for result in run["results"]:
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "policies/kaccess.yaml"
        assert location["physicalLocation"]["region"]["startLine"] > 0


def test_an_accepted_finding_is_a_suppressed_result_with_its_reason(run):
    (result,) = (each for each in run["results"] if each["suppressions"])
    (by,) = result["suppressions"]
    assert by["kind"] == "external"
    assert by["justification"] == "the emergency role, sealed (until 2027-01-01T00:00:00+00:00)"
    assert by["location"]["physicalLocation"]["region"]["startLine"] == 29


def test_fingerprints_outlive_a_moved_line_and_a_later_run(run):
    moved = PolicyText("policies/kaccess.yaml", POLICY.replace("grants:", "# a comment\n\ngrants:"))
    snapshot = company_snapshot()
    later = replace(snapshot, taken_at=snapshot.taken_at + timedelta(hours=1), policy=(moved,))
    again = run_of(audit(later))
    assert prints(again) == prints(run)
    assert len(prints(run)) == len(run["results"])


def prints(run):
    return {each["partialFingerprints"]["kaccessFinding/v1"] for each in run["results"]}


def test_names_are_neither_links_nor_control_characters():
    results = run_of(company_audit(MARKUP))["results"]
    text = "\n".join(each["message"]["text"] for each in results)
    assert "\\[x](https://example.invalid)" in text
    assert "[x](https://example.invalid)" not in text.replace("\\[", "")
    assert not [each for each in text.replace("\n", "") if not each.isprintable()]


def test_what_was_not_read_or_not_seen_is_told(run):
    (invocation,) = run["invocations"]
    texts = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert not invocation["executionSuccessful"]
    assert "not read: forum: the API server does not answer" in texts
    assert any("everybody of account 444455556666" in text for text in texts)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/ü.yaml", "a%20b/%C3%BC.yaml"),
        ("/srv/policy.yaml", "file:///srv/policy.yaml"),
        ("a#b?.yaml", "a%23b%3F.yaml"),
    ],
)
def test_a_path_is_a_uri(file, uri):
    snapshot = replace(company_snapshot(), policy=(PolicyText(file, POLICY),))
    results = run_of(audit(snapshot))["results"]
    result = next(each for each in results if each["ruleId"] == "grant-unending")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
