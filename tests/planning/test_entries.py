"""Which entry our groups go into, for one principal, and what is said of it."""

from datetime import datetime, timezone

import pytest

from kaccess.model.policy import Backend
from kaccess.model.state import AccessPolicy, Entry, State
from kaccess.planning.plan import Scope, make_plan

ANA = "arn:aws:iam::111122223333:user/ana"
OPS = "arn:aws:iam::111122223333:role/team/ops"
OPS_ROW = "arn:aws:iam::111122223333:role/ops"
SSO = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-south-1/AWSReservedSSO_Platform_"
VIEW = (AccessPolicy("AmazonEKSViewPolicy"),)


def entry(principal=ANA, *groups, **fields):
    return Entry(principal, tuple(groups), **fields)


def row(principal=ANA, *groups, **fields):
    return Entry(principal, tuple(groups), backend=Backend.AWS_AUTH, **fields)


def planned(actual, desired, **scope):
    return make_plan("cardo", State.of(desired), State.of(actual), scope=Scope(**scope))


def writes(plan):
    return [(c.operation.value, c.key.kind, getattr(c.after, "kube_groups", None)) for c in plan.changes]


A, B, AB = ("kaccess:a",), ("kaccess:b",), ("kaccess:a", "kaccess:b")


@pytest.mark.parametrize(
    ("actual", "desired", "expected"),
    [
        pytest.param(
            [row(OPS_ROW, *A)],
            [entry(OPS, *A)],
            [("create", "entry", A), ("delete", "row", None)],
            id="a row moves to an entry that is there first",
        ),
        pytest.param(
            [entry(OPS, *A)],
            [row(OPS_ROW, *A)],
            [("create", "row", A), ("delete", "entry", None)],
            id="an entry moves to a row that is there first",
        ),
        pytest.param(
            [row(OPS_ROW.upper().replace("ARN:AWS:IAM", "arn:aws:iam").replace("ROLE", "role"), *A)],
            [row(OPS_ROW, *AB)],
            [("update", "row", AB)],
            id="a row of another case is joined, not doubled",
        ),
        pytest.param(
            [row(OPS, *A, owned=False)],
            [row(OPS_ROW, *A)],
            [("update", "row", ()), ("create", "row", A)],
            id="a row that nobody meets is no place for a group",
        ),
        pytest.param(
            [entry(ANA, "argocd", owned=False)],
            [row(ANA, *A)],
            [("update", "entry", ("argocd", *A))],
            id="an entry of others hides any row, so it is joined",
        ),
        pytest.param(
            [entry(ANA, *A, access_policies=VIEW)],
            [row(ANA, *A)],
            [],
            id="an entry with an access policy of others stays the place",
        ),
        pytest.param(
            [row(ANA, "argocd", *A, owned=False)],
            [],
            [("update", "row", ("argocd",))],
            id="our groups go from a joined row, the rest stays",
        ),
        pytest.param(
            [entry(ANA, *A), row(ANA, *B)],
            [],
            [("delete", "row", None), ("delete", "entry", None)],
            id="what an entry hides goes before it",
        ),
    ],
)
def test_our_groups_of_a_principal_are_in_one_entry(actual, desired, expected):
    plan = planned(actual, desired)
    assert writes(plan) == expected
    assert plan.skipped == ()


@pytest.mark.parametrize("scope", [{"frozen": frozenset(B)}, {"only": frozenset(A)}])
def test_a_principal_moves_only_with_all_its_groups(scope):
    """Otherwise the new entry would hide what this plan must leave as it is."""
    assert writes(planned([row(ANA, *B)], [entry(ANA, *A)], **scope)) == [("update", "row", AB)]
    assert writes(planned([entry(ANA, *B)], [row(ANA, *A)], **scope)) == [("update", "entry", AB)]


def test_an_entry_stays_over_a_row_with_groups_that_nobody_can_vouch_for():
    frozen = frozenset(B)
    assert writes(planned([entry(ANA, *A), row(ANA, *B)], [], frozen=frozen)) == [("update", "entry", ())]
    assert writes(planned([entry(ANA), row(ANA, *B)], [row(ANA, *A)], frozen=frozen)) == [("update", "entry", A)]


def test_a_row_waits_for_the_entry_of_a_role_that_has_a_new_path():
    plan = planned([entry(OPS.replace("team", "old"), *A), row(OPS_ROW, *A)], [entry(OPS, *A)])
    by_key = {(change.operation.value, change.key.kind): number for number, change in enumerate(plan.changes)}
    assert by_key["create", "entry"] in plan.changes[by_key["delete", "row"]].needs


def test_a_stale_entry_is_remade_with_what_is_desired_alone():
    old = entry(ANA, *AB, stale=True, created_at=datetime(2026, 1, 1, tzinfo=timezone.utc))
    new = entry(ANA, *A, origin="member of IAM group a", created_at=datetime(2026, 11, 20, tzinfo=timezone.utc))
    plan = planned([old], [new])
    assert writes(plan) == [("delete", "entry", None), ("create", "entry", A)]
    assert [change.why for change in plan.changes] == [
        "IAM made this principal anew on 2026-11-20; the old entry lets nobody in",
        "member of IAM group a",
    ]
    assert plan.changes[1].needs == {0}


@pytest.mark.parametrize("scope", [{"frozen": frozenset(B)}, {"only": frozenset(A)}])
def test_the_new_principal_does_not_inherit_a_group_whose_people_are_unknown(scope):
    assert writes(planned([entry(ANA, *AB, stale=True)], [entry(ANA, *A)], **scope))[-1] == ("create", "entry", A)
    if "only" in scope:
        kept = writes(planned([entry(ANA, *AB, stale=True)], [entry(ANA, *AB)], **scope))
        assert kept[-1] == ("create", "entry", AB)


@pytest.mark.parametrize(
    "old",
    [
        entry(ANA, "argocd", "kaccess:a", stale=True),
        entry(ANA, *A, stale=True, owned=False),
        entry(ANA, *A, stale=True, access_policies=VIEW),
    ],
)
def test_what_others_gave_the_old_principal_is_not_handed_on(old):
    plan = planned([old, row(ANA, *A)], [entry(ANA, *A)])
    assert plan.changes == ()
    assert [skipped.what for skipped in plan.skipped] == [f"entry {ANA}"]
    assert "made this principal anew" in plan.skipped[0].reason
    assert plan.skipped[0].groups == ("a",)


def test_a_stale_entry_of_someone_who_left_goes():
    assert writes(planned([entry(ANA, *A, stale=True)], [])) == [("delete", "entry", None)]
    assert writes(planned([entry(ANA, *A, stale=True, owned=False)], [])) == [("update", "entry", ())]


@pytest.mark.parametrize(
    ("actual", "desired", "whys"),
    [
        ([row(ANA, *A)], [entry(ANA, *A, origin="g")], ["g", "its access entry takes its place"]),
        (
            [row(ANA, *A, "argocd", owned=False)],
            [entry(ANA, *A, origin="g")],
            ["g", "its access entry takes over; what others put there stays"],
        ),
        ([entry(ANA, *A)], [row(ANA, *A, origin="g")], ["g", "its row in aws-auth takes its place"]),
        (
            [entry(ANA, "x", owned=False)],
            [row(ANA, *A, origin="g")],
            ["g; its access entry stays and would hide a row"],
        ),
        ([row(ANA, *A)], [], ["in no group with a grant"]),
        (
            [entry(ANA, *A), row(ANA, "system:masters", owned=False)],
            [],
            ["in no group with a grant; its aws-auth row, which others made, lets it in again as system:masters"],
        ),
        (
            [entry(ANA, *A, stale=True), row(ANA, "system:masters", owned=False)],
            [],
            ["in no group with a grant"],
        ),
        (
            [entry(SSO + "0123456789abcdef", *A)],
            [entry(SSO + "fedcba9876543210", *A, origin="role of permission set Platform")],
            [
                "IAM Identity Center made the role of its permission set anew: "
                "it is AWSReservedSSO_Platform_fedcba9876543210 now",
                "role of permission set Platform; IAM Identity Center made the role anew, "
                "it was AWSReservedSSO_Platform_0123456789abcdef",
            ],
        ),
        (
            [entry(SSO + "0123456789abcdef", *A)],
            [entry(SSO.replace("1111", "4444") + "fedcba9876543210", *A, origin="g")],
            ["in no group with a grant", "g"],
        ),
    ],
)
def test_a_reason_is_given_that_a_person_understands(actual, desired, whys):
    assert [change.why for change in planned(actual, desired).changes] == whys


def test_one_principal_is_taken_out_of_both_backends_and_frozen_groups_hold_nothing_back():
    actual = [entry(OPS, *AB), row(OPS_ROW, *A), entry(ANA, *A)]
    plan = planned(actual, [], principal=OPS, frozen=frozenset(B))
    assert writes(plan) == [("delete", "row", None), ("delete", "entry", None)]
    assert {change.item.principal for change in plan.changes} == {OPS, OPS_ROW}


def test_rows_that_name_no_arn_are_left():
    assert (
        planned([row("not an arn", "x", owned=False), row("arn:bogus:iam::1:role/x", "x", owned=False)], []).changes
        == ()
    )


def test_notes_are_handed_on():
    assert make_plan("cardo", State.of([]), State.of([]), notes=("odd",)).notes == ("odd",)
