"""A saved plan is the plan made anew, change by change, or it is refused."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from kaccess.model.plan import Change, Plan, Skipped
from kaccess.model.policy import Grant, NamespaceChoice, Policy
from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding, Entry, KubeRole
from kaccess.planning.saved import BrokenPlan, StalePlan, refuse_stale, save, saved_from_json

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
ARN = "arn:aws:eks:eu-south-1:111122223333:cluster/cardo-eks"
ROLE = KubeRole("dev", "kaccess:reader", (Rule(("get",), ("",), ("pods",)),), origin="a.yaml:1:1")
WIDER = replace(ROLE, rules=(Rule(("get", "list"), ("",), ("pods",)),))
BINDING = Binding("dev", "kaccess:g:reader", RoleRef("Role", "kaccess:reader"), (Subject.group("kaccess:g"),))
ENTRY = Entry("arn:aws:iam::111122223333:user/ana", ("kaccess:g",), created_at=NOW)
CHANGES = (
    Change(ENTRY, replace(ENTRY, kube_groups=()), "loses"),
    Change(ROLE, WIDER, "a.yaml:1:1", frozenset({0})),
    Change(None, BINDING, "a.yaml:2:1", frozenset({1})),
    Change(replace(ENTRY, kube_groups=()), replace(ENTRY, kube_groups=("kaccess:g", "kaccess:h")), "gains"),
)
PLANS = (Plan("account 111122223333"), Plan("cardo", CHANGES, (Skipped("group x", "denied"),), ("a note",)))
FILES = {"a.yaml": "text"}
SAID_ALONE = ("why", "origin", "madeAt", "notes", "skipped")


def saved(plans=PLANS, files=None, arn=ARN, now=NOW):
    return save(now, files or FILES, {"cardo": arn}, plans)


def as_read(plan):
    return saved_from_json(json.loads(json.dumps(plan.to_json())))


def check(old, new, policy=None):
    refuse_stale(old, new, policy or Policy())


def test_a_plan_that_is_the_same_later_passes():
    check(as_read(saved()), saved(now=NOW + timedelta(days=1)))


def test_what_is_only_said_of_a_change_does_not_matter():
    said = tuple(replace(change, why="/elsewhere/a.yaml:1:1") for change in CHANGES)
    moved = replace(said[1], after=replace(WIDER, origin="/elsewhere/a.yaml:1:1"))
    check(as_read(saved()), saved((PLANS[0], Plan("cardo", (said[0], moved, *said[2:]), (), ("another note",)))))


@pytest.mark.parametrize(
    ("new", "line"),
    [
        (saved(files={"a.yaml": "other"}), "the policy changed in a.yaml"),
        (saved(files={**FILES, "b.yaml": "new"}), "the policy changed in b.yaml"),
        (saved(arn=f"{ARN}2"), f"cluster cardo became another: it is {ARN}2"),
        (
            saved((PLANS[0], Plan("cardo", (*CHANGES[:2], CHANGES[3])))),
            "cardo: create binding dev/kaccess:g:reader",
        ),
        (
            saved((PLANS[0], Plan("cardo", CHANGES[:3]))),
            "cardo: update entry arn:aws:iam::111122223333:user/ana became",
        ),
        (saved((PLANS[0], Plan("cardo", CHANGES[::-1]))), "cardo: update entry arn:aws:iam::111122223333:user/ana"),
        (saved((PLANS[0], Plan("cardo", (*CHANGES[:2], CHANGES[3], CHANGES[2])))), "cardo: the order of the changes"),
        (saved(PLANS[1:]), "account 111122223333 left what is planned for"),
    ],
)
def test_what_is_different_now_is_said_in_one_line(new, line):
    with pytest.raises(StalePlan) as caught:
        check(as_read(saved()), new)
    assert str(caught.value).startswith(f"since this plan was made, {line}")
    assert len(str(caught.value).splitlines()) == 1


def test_a_name_that_somebody_wrote_into_the_plan_is_shown_as_one_line():
    document = json.loads(json.dumps(saved().to_json()))
    document["plans"][1]["changes"][1]["name"] = "a\n\x1b[31mb"
    document["plans"][1]["changes"][:1] = []
    with pytest.raises(StalePlan) as caught:
        check(saved_from_json(document), saved())
    assert str(caught.value).isprintable()


def test_a_grant_that_ended_meanwhile_is_named():
    grant = Grant("g", "reader", NamespaceChoice(("dev",)), until=NOW + timedelta(hours=1))
    later = saved((PLANS[0], Plan("cardo", CHANGES[:2])), now=NOW + timedelta(hours=1))
    with pytest.raises(StalePlan, match=r"the grant of reader to g at .* ended, and 2 more"):
        check(as_read(saved()), later, Policy(grants=(grant,)))


def test_no_value_that_counts_can_be_another():
    """Every single value of the document is changed, taken out, and put in: all are refused."""
    document = saved().to_json()
    tried = 0
    for path in list(paths(json.loads(json.dumps(document)))):
        if any(key in SAID_ALONE for key in path):
            continue
        for value in ("*", None, [], 7, {"*": "*"}):
            broken = json.loads(json.dumps(deepcopy(document)))
            holder = broken
            for key in path[:-1]:
                holder = holder[key]
            if holder[path[-1]] == value:
                continue
            holder[path[-1]] = value
            tried += 1
            with pytest.raises((StalePlan, BrokenPlan)):
                check(saved_from_json(broken), saved())
    assert tried > 500


def paths(value, above=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in pairs:
        yield (*above, key)
        if isinstance(part, dict | list):
            yield from paths(part, (*above, key))
