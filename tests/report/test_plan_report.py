from kaccess.model.plan import Change, Plan, Skipped
from kaccess.model.rule import Rule
from kaccess.model.state import Entry, KubeRole
from kaccess.report.plan import applied_lines, plan_json, plan_text, problems
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
    assert first["before"]["rules"][0]["verbs"] == ("get",)
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
