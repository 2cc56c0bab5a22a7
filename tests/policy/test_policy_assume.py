"""The IAM role of a group: who may assume it, under which name, for how long; and when it is wanted at all."""

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaccess.model.iam_policy import canonical
from kaccess.model.state import IamGroupPolicy, IamRole, State
from kaccess.policy.assume import assume_role_arn, desired_assume
from kaccess.sandbox.aws.iam_policy import Decision, Question, decide_trust
from tests.policy.samples import HEAD, NOW, policy_of

HOME, OTHER = "111122223333", "999999999999"
CLUSTERS = f"""\
clusters:
  one: {{name: one, region: eu-south-1, account: "{HOME}"}}
  two: {{name: two, region: eu-west-1, account: "{HOME}"}}
  far: {{name: far, region: cn-north-1, account: "{OTHER}"}}
"""
ROLES = "roles: {r: {cluster_role: view}}\nnamespaces: {n: }\n"


def policy_with(group="{assume: true}", *grants, name="data"):
    lines = "".join(f"  - {{group: '{name}', role: r, namespaces: [n]{more}}}\n" for more in grants or ("",))
    return policy_of(f"{HEAD}{CLUSTERS}groups: {{'{name}': {group}}}\n{ROLES}grants:\n{lines}")


def items(policy, account=HOME, now=NOW, **denied):
    state = desired_assume(policy, account, now, offboarded_members=denied)
    return state.all(IamRole), state.all(IamGroupPolicy)


def trust_of(policy, **denied):
    ((role,), _) = items(policy, **denied)
    return json.loads(role.trust)["Statement"]


def test_a_role_for_the_account_and_leave_to_assume_it_for_the_iam_group():
    ((role,), (leave,)) = items(policy_with("{iam_group: data-engineers, assume: true, session_duration: 4h}"))
    assert (role.name, role.group, role.session_seconds, role.owned) == ("kaccess-data", "data", 14400, True)
    assert (role.origin, leave.origin) == ("p.yaml:7:10", "p.yaml:7:10")
    assert (leave.iam_group, leave.group) == ("data-engineers", "data")
    assert json.loads(leave.document) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": f"arn:aws:iam::{HOME}:role/kaccess/kaccess-data",
            }
        ],
    }


def test_the_session_is_called_after_the_person():
    assert trust_of(policy_with()) == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
            "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
        }
    ]


def test_a_second_factor_is_asked_for_where_the_group_says_so():
    (statement,) = trust_of(policy_with("{assume: true, mfa: true}"))
    assert statement["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_who_is_offboarded_and_still_in_the_iam_group_is_denied():
    arns = (f"arn:aws:iam::{HOME}:user/people/ben", f"arn:aws:iam::{HOME}:user/a+b,c", f"arn:aws:iam::{HOME}:user/ben")
    allow, deny = trust_of(policy_with(), data=arns, others=(f"arn:aws:iam::{HOME}:user/eve",))
    assert allow == trust_of(policy_with())[0]
    assert deny == {
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
        "Condition": {"StringEquals": {"aws:username": ["a+b,c", "ben"]}},
    }


@pytest.mark.parametrize("gone", [(), ("ben",), ("ben", "ana")])
def test_documents_are_written_as_they_are_read_back(gone):
    denied = tuple(f"arn:aws:iam::{HOME}:user/{name}" for name in gone)
    ((role,), (leave,)) = items(policy_with("{assume: true, mfa: true}"), data=denied)
    for text in (role.trust, leave.document):
        assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
        assert text == canonical(json.loads(text))


def test_a_hundred_who_left_fit_the_trust_policy_that_iam_takes():
    gone = tuple(f"arn:aws:iam::{HOME}:user/people/first.last{number:02}" for number in range(90))
    ((role,), _) = items(policy_with("{assume: true, mfa: true}"), data=gone)
    assert len(role.trust) <= 2048


@pytest.mark.parametrize(
    ("grants", "home", "other"),
    [
        (("",), True, True),
        ((", clusters: [one]",), True, False),
        ((", clusters: [two]",), True, False),
        ((", clusters: [far]",), False, True),
        ((", clusters: [one]", ", clusters: [two]", ", clusters: [far]"), True, True),
        ((", until: 2026-11-24T12:00:00Z",), False, False),
        ((", until: 2026-11-24T12:00:01Z",), True, True),
        ((", until: 2026-11-24T12:00:00Z", ", clusters: [far]"), False, True),
    ],
)
def test_an_account_has_the_role_while_a_grant_is_in_force_on_one_of_its_clusters(grants, home, other):
    policy = policy_with("{assume: true}", *grants)
    for account, wanted in ((HOME, home), (OTHER, other), ("222222222222", False)):
        roles, leaves = items(policy, account)
        assert (len(roles), len(leaves)) == ((1, 1) if wanted else (0, 0))


def test_the_role_is_gone_with_the_last_moment_of_the_grant():
    policy = policy_with("{assume: true}", ", until: 2026-11-24T12:00:00Z")
    assert items(policy, now=NOW - timedelta(microseconds=1))[0]
    assert desired_assume(policy, HOME, NOW, offboarded_members={}) == State()


@pytest.mark.parametrize("group", ["{}", "{iam_group: x}", "{permission_set: p}", "{assume: false}"])
def test_other_sources_have_no_role(group):
    assert items(policy_with(group)) == ([], [])


def test_a_group_without_grants_has_no_role():
    text = f"{HEAD}{CLUSTERS}groups: {{data: {{assume: true}}}}\n{ROLES}"
    assert items(policy_of(text)) == ([], [])


def test_another_partition_is_said_everywhere():
    ((role,), (leave,)) = items(policy_with(), OTHER)
    assert json.loads(role.trust)["Statement"][0]["Principal"] == {"AWS": f"arn:aws-cn:iam::{OTHER}:root"}
    assert f"arn:aws-cn:iam::{OTHER}:role/kaccess/kaccess-data" in leave.document
    assert "arn:aws:" not in role.trust + leave.document


@pytest.mark.parametrize("name", ["a", "x+=,.@-_Y", "n" * 128, "data-0123456789abcdef"])
def test_names_and_paths_are_what_iam_takes(name):
    policy = policy_with("{assume: true}", "", name=name)
    ((role,), (leave,)) = items(policy)
    assert re.fullmatch(r"[A-Za-z0-9_+=,.@-]{1,64}", role.name)
    arn = assume_role_arn(policy.groups[name], HOME, "eu-south-1")
    assert arn == f"arn:aws:iam::{HOME}:role/kaccess/{role.name}"
    assert json.loads(leave.document)["Statement"][0]["Resource"] == arn


@pytest.mark.parametrize(
    ("grants", "end"),
    [
        (("",), None),
        ((", until: 2026-12-01T18:00:00Z",), "2026-12-01T18:00:00Z"),
        ((", until: 2026-12-01T18:00:00.9Z",), "2026-12-01T18:00:00Z"),
        ((", until: 2026-12-01T18:00:00Z", ", until: 2026-12-02T18:00:00Z"), "2026-12-02T18:00:00Z"),
        ((", until: 2026-12-01T18:00:00Z", ""), None),
        ((", until: 2026-12-01T18:00:00Z", ", clusters: [far]"), "2026-12-01T18:00:00Z"),
        ((", until: 2026-12-01T18:00:00Z", ", until: 2026-11-24T12:00:00Z"), "2026-12-01T18:00:00Z"),
    ],
)
def test_nobody_assumes_the_role_after_the_last_of_its_grants(grants, end):
    (statement,) = trust_of(policy_with("{assume: true}", *grants))
    assert statement["Condition"].get("DateLessThan") == (end and {"aws:CurrentTime": end})


@pytest.mark.parametrize(
    ("asked", "hours_left", "seconds"),
    [
        ("12h", 13, 12 * 3600),
        ("12h", 12, 12 * 3600),
        ("12h", 11.99, 11 * 3600),
        ("12h", 2, 2 * 3600),
        ("90m", 1.4, 3600),
        ("12h", 0.5, 3600),
        ("1h", 0.5, 3600),
    ],
)
def test_a_session_is_no_longer_than_what_is_left_in_whole_hours(asked, hours_left, seconds):
    end = NOW + timedelta(hours=hours_left)
    policy = policy_with(f"{{assume: true, session_duration: {asked}}}", f", until: {end:%Y-%m-%dT%H:%M:%SZ}")
    ((role,), _) = items(policy)
    assert role.session_seconds == seconds


@given(st.integers(1, 24 * 3600), st.sampled_from(["1h", "4h", "12h"]), st.integers(0, 24 * 3600))
def test_only_a_session_of_the_last_hour_can_be_open_after_the_end(left, asked, passed):
    end = NOW + timedelta(seconds=left)
    policy = policy_with(f"{{assume: true, session_duration: {asked}}}", f", until: {end:%Y-%m-%dT%H:%M:%SZ}")
    now = NOW + timedelta(seconds=passed)
    roles, _ = items(policy, now=now)
    assert bool(roles) is (now < end)
    for role in roles:
        assert now + timedelta(seconds=role.session_seconds) <= max(end, now + timedelta(hours=1))


@pytest.mark.parametrize(("at", "decision"), [("17:59:59", Decision.ALLOWED), ("18:00:00", Decision.UNMENTIONED)])
def test_iam_lets_nobody_in_once_the_last_grant_is_over(at, decision):
    ((role,), _) = items(policy_with("{assume: true}", ", until: 2026-12-01T18:00:00Z"))
    context = {
        "sts:rolesessionname": "ana",
        "aws:username": "ana",
        "aws:currenttime": f"2026-12-01T{at}+00:00",
    }
    question = Question("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/kaccess/kaccess-data", context)
    assert decide_trust(role.trust, question, [f"arn:aws:iam::{HOME}:root"]) is decision
