# ruff: noqa: E501 - a message is checked as the one line it is
"""Risky roles are refused or warned of unless they say so; grants that are over are warned of."""

from datetime import timedelta

import pytest

from kaccess.policy.lint import lint
from tests.policy.samples import CLUSTERS, HEAD, NOW, SMALL, policy_of


def linted(role):
    return lint(policy_of(f"{HEAD}{CLUSTERS}roles:\n  r: {role}\n"), NOW)


def rules(resources, verbs, api_group="", allow=""):
    rule = f'{{apiGroups: ["{api_group}"], resources: [{resources}], verbs: [{verbs}]}}'
    return f"{{rules: [{rule}]{f', allow: [{allow}]' if allow else ''}}}"


def test_a_harmless_policy_has_nothing():
    found = lint(policy_of(SMALL), NOW)
    assert (found.refusals, found.warnings) == ((), ())


def test_a_refusal_names_the_role_the_rule_the_reason_and_the_id_to_allow():
    (problem,) = linted(rules("serviceaccounts/token", "create")).refusals
    assert str(problem) == (
        "p.yaml:6:3: the role 'r' may mint service account tokens (by create on serviceaccounts/token): a token has the "
        "rights of its service account and outlives the grant; if that is meant, add token-minting to its allow"
    )


@pytest.mark.parametrize(
    ("role", "refused", "warned"),
    [
        (rules("secrets", "list"), [], ["secrets-read"]),
        (rules("secrets", "list", allow="secrets-read"), [], []),
        (rules("pods/exec", "create"), [], ["pods-exec"]),
        (rules("roles", "escalate", "rbac.authorization.k8s.io"), ["escalate"], []),
        (rules("roles", "escalate", "rbac.authorization.k8s.io", allow="escalate"), [], []),
        ("{cluster_role: view}", [], []),
    ],
)
def test_ids_in_allow_accept_a_risk(role, refused, warned):
    found = linted(role)
    assert [ids(problem) for problem in found.refusals] == refused
    assert [ids(problem) for problem in found.warnings] == warned


def ids(problem):
    return problem.message.rpartition("add ")[2].removesuffix(" to its allow")


def test_a_cluster_role_of_kubernetes_is_judged_by_its_rules():
    found = linted("{cluster_role: edit}")
    assert {"secrets-read", "pods-exec", "create-workloads"} <= {ids(problem) for problem in found.warnings}
    assert all("(by the ClusterRole edit)" in problem.message for problem in (*found.warnings, *found.refusals))
    assert "wildcard-all" in {ids(problem) for problem in linted("{cluster_role: cluster-admin}").refusals}


def test_each_risk_is_told_once_however_many_rules_have_it():
    role = '{rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}, {apiGroups: [""], resources: [secrets], verbs: [list]}]}'
    (problem,) = linted(role).warnings
    assert "(by get on secrets)" in problem.message


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (
            "{cluster_role: made-by-someone}",
            "the role 'r' binds the ClusterRole made-by-someone, whose rules only the cluster knows; they are not checked",
        ),
        (rules("pods", "get", allow="secrets-read"), "the role 'r' allows secrets-read and has no rule that needs it"),
    ],
)
def test_what_is_only_worth_a_look(role, expected):
    assert [str(problem) for problem in linted(role).warnings] == [f"p.yaml:6:3: {expected}"]


def test_an_unknown_id_in_allow_is_refused_with_a_hint():
    (problem,) = linted(rules("pods", "get", allow="secret-reads")).refusals
    assert (
        str(problem) == "p.yaml:6:3: the role 'r' allows the unknown risk 'secret-reads' (did you mean 'secrets-read'?)"
    )


def test_a_grant_that_is_over_is_warned_of():
    policy = policy_of(SMALL.replace("[development]}", "[development], until: 2026-11-24T12:00:00Z}", 1))
    assert lint(policy, NOW - timedelta(seconds=1)).warnings == ()
    (warning,) = lint(policy, NOW).warnings
    assert (
        str(warning)
        == "p.yaml:15:5: this grant ended at 2026-11-24T12:00:00Z and has no effect; `kaccess expire` removes it"
    )


LEAVER = "offboarded: [{principal: 'arn:aws:iam::111122223333:role/Oncall', at: 2026-11-24T13:00:00Z}]\n"


def test_a_group_whose_one_role_is_offboarded_is_refused():
    text = f"{SMALL}groups: {{data: {{iam_role: 'arn:aws:iam::111122223333:role/ops/oncall'}}}}\n{LEAVER}"
    (problem,) = lint(policy_of(text), NOW).refusals
    assert str(problem) == (
        "p.yaml:18:10: the group 'data' is the offboarded role arn:aws:iam::111122223333:role/ops/oncall and gives "
        "nobody anything; take out one of the two lines"
    )


def test_nobody_is_offboarded_later():
    (warning,) = lint(policy_of(SMALL + LEAVER), NOW).warnings
    out = "arn:aws:iam::111122223333:role/Oncall is out at once, and not from 2026-11-24T13:00:00Z on"
    assert str(warning) == f"p.yaml:18:14: {out}"
    assert lint(policy_of(SMALL + LEAVER), NOW + timedelta(hours=1)).warnings == ()
