import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from kaccess.model.plan import Change, Plan, Skipped
from kaccess.model.policy import Backend
from kaccess.model.rule import Rule
from kaccess.model.state import Entry, IamGroupPolicy, IamRole, KubeRole
from kaccess.report.envelope import envelope
from kaccess.report.items import facts
from kaccess.report.plan import applied_json, applied_lines, plan_json, plan_text, problems
from kaccess.workflows.apply import Outcome, Status

OLD = KubeRole("dev", "kaccess:reader", (Rule(("get",), ("",), ("pods",)), Rule(("*",), ("apps",), ("deployments",))))
NEW = KubeRole("dev", "kaccess:reader", (Rule(("get", "list"), ("",), ("pods",)), OLD.rules[1]))
ENTRY = Entry("arn:aws:iam::111122223333:user/ana", ("kaccess:a", "ops"))
PLAN = Plan(
    "cardo",
    (
        Change(OLD, NEW, "its rules are not those of p.yaml:3:5"),
        Change(None, ENTRY, "member of IAM group a", frozenset({0})),
    ),
    (Skipped("group b", "IAM is too busy"),),
)


def test_a_rule_change_reads_as_a_diff():
    assert (
        plan_text(PLAN)
        == """\
cardo: 1 to create, 1 to update, 0 to delete
  ~ role dev/kaccess:reader
      - may get on pods
      + may get, list on pods
      why: its rules are not those of p.yaml:3:5
  + entry arn:aws:iam::111122223333:user/ana
      + in group kaccess:a
      + in group ops
      why: member of IAM group a
  ! skipped group b: IAM is too busy"""
    )


def test_a_plan_is_json_with_both_sides_of_each_change():
    first, second = plan_json(PLAN)["changes"]
    assert (first["operation"], first["kind"], first["namespace"], first["name"]) == (
        "update",
        "role",
        "dev",
        "kaccess:reader",
    )
    assert first["differences"] == ["- may get on pods", "+ may get, list on pods"]
    assert first["before"]["rules"][0]["verbs"] == ["get"]
    assert (second["before"], second["needs"]) == (None, [0])


def test_what_was_not_applied_is_a_problem_with_its_reason():
    first, second = PLAN.changes
    outcomes = [Outcome(first, Status.FAILED, "no"), Outcome(second, Status.SKIPPED, "not safe before: role x")]
    assert problems(PLAN, outcomes) == [
        "skipped group b: IAM is too busy",
        "failed   ~ role dev/kaccess:reader: no",
        "skipped  + entry arn:aws:iam::111122223333:user/ana: not safe before: role x",
    ]
    assert applied_lines(PLAN, outcomes)[-1] == "cardo: 0 applied, 1 skipped, 1 failed, 1 left out"


def test_notes_are_told_in_text_and_json_and_after_an_apply():
    plan = Plan("cardo", notes=("aws-auth is near its limit",))
    assert plan_text(plan) == "cardo: nothing to do\n  note: aws-auth is near its limit"
    assert plan_json(plan)["notes"] == ["aws-auth is near its limit"]
    assert applied_json(plan, ())["notes"] == ["aws-auth is near its limit"]
    assert applied_lines(plan, ()) == ["cardo: nothing to do", "cardo: note: aws-auth is near its limit"]
    assert problems(plan, ()) == []


def test_rows_and_access_entries_are_told_apart():
    plan = Plan(
        "cardo", (Change(None, ENTRY, "moves"), Change(replace(ENTRY, backend=Backend.AWS_AUTH), None, "moves"))
    )
    lines = plan_text(plan).splitlines()
    assert "  + entry arn:aws:iam::111122223333:user/ana" in lines
    assert "  - row arn:aws:iam::111122223333:user/ana" in lines
    first, second = plan_json(plan)["changes"]
    assert (first["kind"], second["kind"]) == ("entry", "row")
    assert (first["after"]["backend"], second["before"]["backend"]) == ("access-entries", "aws-auth")


def test_a_plan_with_times_is_json():
    stale = replace(ENTRY, stale=True, created_at=datetime(2020, 1, 1, tzinfo=timezone.utc))
    plan = Plan("cardo", (Change(stale, None, "stale"),))
    text = envelope("Plan", plan_json(plan), exit_code=0)
    assert json.loads(text)["data"]["changes"][0]["before"]["created_at"] == "2020-01-01T00:00:00+00:00"
    assert "bound to a principal that is gone" in plan_text(plan)


@pytest.mark.parametrize(("seconds", "said"), [(3600, "1h"), (43200, "12h"), (5400, "90m"), (3601, "3601s")])
def test_a_role_to_assume_reads_as_sentences(seconds, said):
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
            },
            {"Effect": "Deny", "Action": ["sts:AssumeRole"], "Principal": "*"},
        ]
    }
    role = IamRole("kaccess-data", "data", json.dumps(trust), seconds)
    assert facts(role) == [
        "for group data",
        f"sessions of {said} at most",
        "trust: allow sts:AssumeRole to AWS arn:aws:iam::111122223333:root "
        "if StringEquals sts:RoleSessionName ${aws:username}",
        "trust: deny sts:AssumeRole to *",
    ]


@pytest.mark.parametrize(
    "document", ["", "no JSON", "[]", "{}", '{"Statement": "x"}', '{"Statement": [{"Action": 1}]}']
)
def test_a_document_of_others_that_is_none_is_shown_as_it_is(document):
    assert facts(IamGroupPolicy("data", "data", document)) == ["for group data", f"members: {document}"]
