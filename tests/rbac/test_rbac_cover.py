import pytest
from hypothesis import given

from kaccess.model.rule import Rule
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.cover import escalation_message, missing_rules
from tests.rbac.strategies import requests, rule_lists


def one(verb, group, resource, *names):
    return Rule((verb,), (group,), (resource,), names)


READ_PODS = Rule(("get", "list"), ("",), ("pods",))
NAMED = Rule(("get",), ("",), ("secrets",), ("a", "b"))


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ([], []),
        ([READ_PODS], [READ_PODS]),
        ([Rule(("*",), ("",), ("pods",))], [READ_PODS]),
        ([Rule(("get", "list"), ("*",), ("*",))], [READ_PODS]),
        ([one("get", "", "pods"), one("list", "", "pods")], [READ_PODS]),
        ([Rule(("get",), ("apps",), ("*/scale",))], [one("get", "apps", "deployments/scale")]),
        ([Rule(("get",), ("apps",), ("*/scale",))], [one("get", "apps", "*/scale")]),
        ([one("get", "", "secrets")], [NAMED]),
        ([one("get", "", "secrets", "a"), one("get", "", "secrets", "b")], [NAMED]),
        ([Rule(("get",), non_resource_urls=("/api*",))], [Rule(("get",), non_resource_urls=("/api/*", "/apis"))]),
        ([Rule(("*",), non_resource_urls=("*",))], [Rule(("*",), non_resource_urls=("/version", "*"))]),
        ([Rule(("*",), ("*",), ("*",))], [Rule(("*",), ("*",), ("*",)), NAMED]),
        ([], [Rule(("get",))]),
    ],
)
def test_nothing_is_missing_when_every_part_is_held(held, wanted):
    assert missing_rules(held, wanted) == ()


@pytest.mark.parametrize(
    ("held", "wanted", "missing"),
    [
        ([], READ_PODS, (one("get", "", "pods"), one("list", "", "pods"))),
        ([one("get", "", "pods")], READ_PODS, (one("list", "", "pods"),)),
        ([READ_PODS], one("*", "", "pods"), (one("*", "", "pods"),)),
        ([READ_PODS], one("get", "*", "pods"), (one("get", "*", "pods"),)),
        ([READ_PODS], one("get", "", "*"), (one("get", "", "*"),)),
        ([READ_PODS], one("get", "", "pods/log"), (one("get", "", "pods/log"),)),
        ([one("get", "", "pods/log")], one("get", "", "*/log"), (one("get", "", "*/log"),)),
        ([NAMED], one("get", "", "secrets"), (one("get", "", "secrets"),)),
        ([one("get", "", "secrets", "a")], NAMED, (one("get", "", "secrets", "b"),)),
        (
            [Rule(("get",), non_resource_urls=("/api/*",))],
            Rule(("get",), non_resource_urls=("/api*", "/api/v1")),
            (Rule(("get",), non_resource_urls=("/api*",)),),
        ),
        (
            [Rule(("*",), ("*",), ("*",))],
            Rule(("get",), non_resource_urls=("/x",)),
            (Rule(("get",), (), (), (), ("/x",)),),
        ),
    ],
)
def test_the_parts_that_no_held_rule_covers_are_missing(held, wanted, missing):
    assert missing_rules(held, [wanted]) == missing


def test_parts_come_by_group_resource_verb_and_name_then_urls():
    wanted = Rule(("get", "list"), ("", "apps"), ("x", "y"), ("a", "b"), ("/1", "/2"))
    parts = missing_rules([], [wanted])
    assert len(parts) == 2**4 + 4
    assert parts[:5] == (
        one("get", "", "x", "a"),
        one("get", "", "x", "b"),
        one("list", "", "x", "a"),
        one("list", "", "x", "b"),
        one("get", "", "y", "a"),
    )
    assert [part.non_resource_urls + part.verbs for part in parts[-4:]] == [
        ("/1", "get"),
        ("/1", "list"),
        ("/2", "get"),
        ("/2", "list"),
    ]


def test_a_wanted_star_is_not_covered_by_all_that_exists_today():
    held = [Rule(("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"), ("",), ("pods",))]
    assert missing_rules(held, [one("*", "", "pods")]) == (one("*", "", "pods"),)


def test_the_message_joins_verbs_and_sorts_its_lines():
    wanted = [Rule(("get", "list"), ("apps", ""), ("pods",), ("a",)), Rule(("get",), non_resource_urls=("/x",))]
    assert escalation_message("ana", ["devs", "system:authenticated"], missing_rules([], wanted)) == (
        'user "ana" (groups=["devs" "system:authenticated"]) is attempting to grant '
        "RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["get" "list"]}\n'
        '{APIGroups:["apps"], Resources:["pods"], ResourceNames:["a"], Verbs:["get" "list"]}\n'
        '{NonResourceURLs:["/x"], Verbs:["get"]}'
    )


@given(rule_lists)
def test_everyone_covers_what_they_hold(held):
    assert missing_rules(held, held) == ()


@given(rule_lists, rule_lists)
def test_whoever_holds_the_missing_rules_too_lacks_nothing(held, wanted):
    assert missing_rules([*held, *missing_rules(held, wanted)], wanted) == ()


@given(rule_lists, rule_lists, requests)
def test_who_covers_rules_may_do_all_that_they_allow(held, wanted, request_):
    given_away = [*held, *missing_rules(held, wanted)]
    if rules_allow(wanted, request_):
        assert rules_allow(given_away, request_)
