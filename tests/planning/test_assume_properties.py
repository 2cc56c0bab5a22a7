"""What holds for every plan of an account: roles to assume, and who may assume them."""

from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from kaccess.model.names import iam_role_name
from kaccess.model.state import IamGroupPolicy, IamRole, State
from kaccess.planning.plan import Scope, make_plan
from tests.planning.world import GROUPS, run

IAM_GROUPS = ("x", "y")
many = settings(max_examples=300, deadline=None)


def account(roles, policies):
    items = [IamRole(iam_role_name(group), group, trust, 3600, owned) for group, (trust, owned) in roles.items()]
    items += [IamGroupPolicy(iam_group, group, f"assume {group}") for iam_group, group in policies.items()]
    return State.of(items)


def accounts(owned):
    return st.builds(
        account,
        roles=st.dictionaries(st.sampled_from(GROUPS), st.tuples(st.sampled_from(["mfa", "any"]), owned)),
        policies=st.dictionaries(st.sampled_from(IAM_GROUPS), st.sampled_from(GROUPS)),
    )


def as_policies_ask(state):
    """A policy never lets anybody into a role that it does not ask for."""
    groups = {role.group for role in state.all(IamRole)}
    return State.of(i for i in state.items if isinstance(i, IamRole) or i.group in groups)


desired_accounts, actual_accounts = accounts(st.just(True)).map(as_policies_ask), accounts(st.booleans())


def way_to_roles(state):
    """Who may assume which role on which condition."""
    trust = {role.group: role.trust for role in state.all(IamRole)}
    return {
        (each.iam_group, each.group, trust[each.group]) for each in state.all(IamGroupPolicy) if each.group in trust
    }


def foreign(state):
    return {role for role in state.all(IamRole) if not role.owned}


@many
@given(desired=desired_accounts, actual=actual_accounts, failing=st.frozensets(st.integers(0, 12)))
def test_nobody_may_assume_more_than_before_and_after_together(desired, actual, failing):
    allowed = way_to_roles(actual) | way_to_roles(desired)
    for state in run(make_plan("account 111122223333", desired, actual), actual, failing):
        assert way_to_roles(state) <= allowed
        assert foreign(state) == foreign(actual)


@many
@given(desired=desired_accounts, actual=accounts(st.just(True)))
def test_who_keeps_a_role_may_assume_it_at_every_moment(desired, actual):
    kept = way_to_roles(actual) & way_to_roles(desired)
    for state in run(make_plan("account 111122223333", desired, actual), actual):
        assert kept <= way_to_roles(state)


@many
@given(
    desired=desired_accounts, actual=actual_accounts, failing=st.frozensets(st.integers(0, 12)), stop=st.integers(0, 9)
)
def test_a_second_run_finishes(desired, actual, failing, stop):
    first = make_plan("account 111122223333", desired, actual)
    left = [actual, *islice(run(first, actual, failing), stop)][-1]
    state = [left, *run(make_plan("account 111122223333", desired, left), left)][-1]
    assert make_plan("account 111122223333", desired, state).changes == ()
    if not first.skipped:
        assert state.items - foreign(actual) == desired.items


def test_a_role_of_others_is_left_and_nobody_is_let_into_it():
    theirs = IamRole("Kaccess-A", "", "theirs", 3600, owned=False)
    desired = account({"a": ("mfa", True)}, {"x": "a"})
    plan = make_plan("account 111122223333", desired, State.of([theirs]))
    assert plan.changes == ()
    assert [str(skipped) for skipped in plan.skipped] == [
        "iam-role Kaccess-A: a role of this name exists that kaccess did not make (its tag or its path is missing): "
        "rename or delete it"
    ]


def test_a_plan_of_other_groups_or_of_entries_leaves_roles_alone():
    before, desired = account({"a": ("any", True)}, {"x": "a"}), account({"a": ("mfa", True)}, {})
    for scope in (
        Scope(only=frozenset({"kaccess:b"})),
        Scope(identity_only=True),
        Scope(principal="arn:aws:iam::1:user/u"),
    ):
        assert make_plan("account 111122223333", desired, before, scope=scope).changes == ()


def test_the_way_to_a_role_closes_first_and_the_role_goes_last():
    before = account({"a": ("any", True), "b": ("any", True)}, {"x": "a", "y": "b"})
    desired = account({"b": ("mfa", True), "c": ("any", True)}, {"y": "c"})
    changes = make_plan("account 111122223333", desired, before).changes
    assert [(change.operation.value, change.key.name) for change in changes] == [
        ("delete", "x/kaccess-assume"),
        ("delete", "y/kaccess-assume"),
        ("update", "kaccess-b"),
        ("create", "kaccess-c"),
        ("create", "y/kaccess-assume"),
        ("delete", "kaccess-a"),
    ]
    assert changes[2].needs == {1}
    assert changes[4].needs == {1, 3}
    assert changes[5].needs == {0}
