# ruff: noqa: E501 - a message is checked as the one line it is
"""What people keep from a role is refused or warned of where the grant is to end."""

import pytest

from kaccess.policy.lint import lint
from tests.policy.samples import CLUSTERS, HEAD, NOW, policy_of

TOKENS = "{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}"
SECRETS = "{apiGroups: [''], resources: [secrets], verbs: [create, get]}"
MAKE_SECRETS = "{apiGroups: [''], resources: [secrets], verbs: [create]}"
READ_SECRETS = "{apiGroups: [''], resources: [secrets], verbs: [list], resourceNames: [one]}"
DEPLOY = "{apiGroups: [apps], resources: [deployments], verbs: [patch]}"
BIND = "{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}"
LOOK = "{apiGroups: [''], resources: [pods], verbs: [get]}"
ENDS = ", until: 2026-12-01T00:00:00Z"
ALL = "token-minting, secrets-read, create-workloads, rbac-write"


def found(rules, until=", until: 2026-12-01T00:00:00Z", allow=ALL):
    roles = f"roles: {{r: {{allow: [{allow}], rules: [{rules}]}}}}\n"
    grants = f"grants:\n  - {{group: g, role: r, namespaces: [n]{until}}}\n"
    judged = lint(policy_of(f"{HEAD}{CLUSTERS}namespaces: {{n: }}\n{roles}{grants}"), NOW)
    at_grant = [[str(each) for each in those if each.place.line == 8] for those in (judged.refusals, judged.warnings)]
    return len(at_grant[0]), len(at_grant[1])


@pytest.mark.parametrize(
    ("rules", "refused", "warned"),
    [
        (TOKENS, 1, 0),
        (SECRETS, 1, 0),
        (f"{MAKE_SECRETS}, {READ_SECRETS}", 1, 0),
        (MAKE_SECRETS, 0, 0),
        (READ_SECRETS, 0, 0),
        (DEPLOY, 0, 1),
        (BIND, 1, 0),
        (LOOK, 0, 0),
        (f"{TOKENS}, {SECRETS}, {DEPLOY}, {LOOK}", 2, 1),
    ],
)
def test_what_outlives_the_grant(rules, refused, warned):
    assert found(rules) == (refused, warned)
    assert found(rules, until="") == (0, 0)
    assert found(rules, allow=f"{ALL}, outlives-grant") == (0, 0)


@pytest.mark.parametrize(
    ("make", "read", "refused"),
    [
        (("g", "[n]", ENDS), ("g", "[n]", ""), 1),
        (("g", "[n]", ""), ("g", "[n]", ENDS), 1),
        (("g", "[n]", ENDS), ("g", "[n, m]", ENDS), 2),
        (("g", "[n]", ENDS), ("g", "{match: 'n*'}", ENDS), 2),
        (("g", "{selector: {x: y}}", ENDS), ("g", "[n]", ENDS), 2),
        (("g", "[n]", ""), ("g", "[n]", ""), 0),
        (("g", "[n]", ENDS), ("h", "[n]", ENDS), 0),
        (("g", "[n]", ENDS), ("g", "[m]", ENDS), 0),
        (("g", "[n]", ENDS), ("g", "{match: 'm*'}", ENDS), 0),
        (("g", "[n]", ENDS), ("g", "[n]", ", until: 2026-11-24T12:00:00Z"), 0),
        (("g", "[n]", f"{ENDS}, clusters: [cardo]"), ("g", "[n]", f"{ENDS}, clusters: [other]"), 0),
    ],
)
def test_a_token_from_a_secret_takes_two_rights_of_whichever_roles(make, read, refused):
    roles = f"roles: {{make: {{rules: [{MAKE_SECRETS}]}}, read: {{allow: [secrets-read], rules: [{READ_SECRETS}]}}}}\n"
    second = '  other: {name: other, region: eu-south-1, account: "111122223333"}\n'
    lines = [
        f"  - {{group: {group}, role: {role}, namespaces: {where}{more}}}\n"
        for role, (group, where, more) in (("make", make), ("read", read))
    ]
    text = f"{HEAD}{CLUSTERS}{second}namespaces: {{n: , m: }}\n{roles}grants:\n{''.join(lines)}"
    assert len(lint(policy_of(text), NOW).refusals) == refused
    accepted = text.replace("{make: {rules", "{make: {allow: [outlives-grant], rules")
    judged = lint(policy_of(accepted.replace("[secrets-read]", "[secrets-read, outlives-grant]")), NOW)
    assert judged.refusals == ()
    assert not [each for each in judged.warnings if "no rule that needs it" in str(each)]


def test_a_grant_that_is_over_has_nothing_to_outlive():
    assert found(TOKENS, until=", until: 2026-11-24T12:00:00Z") == (0, 1)


def test_the_line_says_what_stays_and_how_to_accept_it():
    text = f"{HEAD}{CLUSTERS}namespaces: {{n: }}\nroles: {{r: {{allow: [token-minting], rules: [{TOKENS}]}}}}\ngrants: [{{group: g, role: r, namespaces: [n], until: 2026-12-01T00:00:00Z}}]\n"
    (problem,) = lint(policy_of(text), NOW).refusals
    assert str(problem) == (
        "p.yaml:7:10: this grant ends at 2026-12-01T00:00:00Z, and tokens of service accounts do not: the role 'r' lets people make them; if that is meant, add outlives-grant to its allow"
    )


def test_what_is_accepted_for_nothing_is_warned_of():
    text = f"{HEAD}{CLUSTERS}roles: {{r: {{allow: [outlives-grant], rules: [{LOOK}]}}}}\n"
    (warning,) = lint(policy_of(text), NOW).warnings
    assert "allows outlives-grant and has no rule that needs it" in str(warning)


@pytest.mark.parametrize(("name", "refused"), [("view", 0), ("edit", 2), ("admin", 3)])
def test_the_built_in_cluster_roles(name, refused):
    grants = "grants: [{group: g, role: r, namespaces: [n], until: 2026-12-01T00:00:00Z}]\n"
    text = f"{HEAD}{CLUSTERS}namespaces: {{n: }}\nroles: {{r: {{cluster_role: {name}}}}}\n{grants}"
    assert len([each for each in lint(policy_of(text), NOW).refusals if each.place.line == 7]) == refused
