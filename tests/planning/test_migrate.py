import pytest

from kaccess.model.policy import Backend
from kaccess.model.state import Entry, State
from kaccess.planning.migrate import movable, stranded
from kaccess.planning.plan import Scope, make_plan

ACCOUNT = "arn:aws:iam::111122223333"
OPS_USERNAME = "arn:aws:sts::111122223333:assumed-role/ops/{{SessionName}}"


def row(principal, *groups, owned=False, username=""):
    return Entry(f"{ACCOUNT}:{principal}", groups, owned=owned, username=username, backend=Backend.AWS_AUTH)


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        (row("role/nodes", "system:bootstrappers", "system:nodes"), "lets nodes in"),
        (row("role/team/ops", "x"), "has a path"),
        (row("root", "x"), "only IAM users and roles"),
        (row("role/AWSServiceRoleForAmazonEKS", "x"), "only IAM users and roles"),
        (row("user/ana", "system:masters"), "AmazonEKSClusterAdminPolicy gives as much"),
        (row("user/ana", "eks:admins", "kaccess:a"), "EKS refuses the groups eks:admins"),
        (row("user/ana", "x"), "others made it"),
        (row("user/ana"), "others made it"),
        (row("user/ana", "kaccess:a", "x"), "others put it into x"),
        (row("user/ana", "kaccess:a", username="ana"), "user name ana"),
        (Entry("no arn", ("x",), owned=False, backend=Backend.AWS_AUTH), "only IAM users and roles"),
    ],
)
def test_a_row_that_cannot_move_is_named_with_its_reason(theirs, reason):
    (skipped,) = stranded([theirs])
    assert skipped.what == f"row {theirs.principal}"
    assert reason in skipped.reason


@pytest.mark.parametrize(
    "moves",
    [
        row("role/ops", "kaccess:a", owned=True, username=OPS_USERNAME),
        row("role/ops", "kaccess:a", username=OPS_USERNAME),
        row("user/ana", "kaccess:a", username=f"{ACCOUNT}:user/ana"),
    ],
)
def test_a_row_with_nothing_on_it_but_ours_moves(moves):
    assert stranded([moves]) == ()


def test_a_row_behind_an_access_entry_has_nothing_to_move():
    assert stranded([row("user/ana", "x"), Entry(f"{ACCOUNT}:user/ana", ("y",), owned=False)]) == ()


def test_whole_accounts_cannot_move():
    assert [skipped.what for skipped in stranded([], ["444455556666"])] == ["mapAccounts 444455556666"]


def test_a_migration_moves_what_can_and_leaves_the_rest_as_it_is():
    mine, joined, theirs = (
        row("user/ana", "kaccess:a", owned=True),
        row("user/ben", "kaccess:a", "x"),
        row("user/eva", "system:masters"),
    )
    actual = State.of([mine, joined, theirs])
    desired = State.of(Entry(f"{ACCOUNT}:user/{name}", ("kaccess:a",)) for name in ("ana", "ben", "eva"))
    plan = make_plan("cardo", movable(desired, actual), actual, scope=Scope(identity_only=True))
    assert [(change.operation.value, str(change.key)) for change in plan.changes] == [
        ("create", f"entry {ACCOUNT}:user/ana"),
        ("delete", f"row {ACCOUNT}:user/ana"),
    ]
    assert plan.changes[1].needs == {0}
    assert len(stranded(actual.all(Entry))) == 2


def test_a_row_that_nobody_meets_holds_no_move_back():
    desired = State.of([Entry(f"{ACCOUNT}:role/team/ops", ("kaccess:a",))])
    assert movable(desired, State.of([row("role/team/ops", "x")])) == desired
