"""What holds for every plan over both backends, whoever is in by what, and whatever others put there."""

from itertools import islice

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kaccess.model.names import kube_group
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, KubeRole
from kaccess.planning.guards import Overrides, guard
from kaccess.planning.migrate import movable
from kaccess.planning.plan import Scope, make_plan
from tests.planning.identities import desired_states, in_backend, mixed_states, our_states, states
from tests.planning.world import GROUPS, NAMES, access, access_by_group, name_of, run, ways

many = settings(max_examples=200, deadline=None)
failures = st.frozensets(st.integers(0, 40))
everything_allowed = Overrides(*[True] * 4)


def end(plan, state, failing=frozenset()):
    return [state, *run(plan, state, failing)][-1]


def of_skipped(plan):
    return {name for name in NAMES for skipped in plan.skipped if skipped.what.endswith(f"/{name}")}


def without(names, triples):
    return {triple for triple in triples if triple[0] not in names}


@many
@given(desired=desired_states, actual=mixed_states)
def test_people_get_what_is_desired_in_whichever_backend(desired, actual):
    plan = make_plan("cardo", desired, actual)
    state = end(plan, actual)
    left_out = of_skipped(plan)
    assert without(left_out, access(state)) == without(left_out, access(desired))
    assert without(left_out, access_by_group(state)) == without(left_out, access_by_group(desired))
    assert make_plan("cardo", desired, state).changes == ()


@many
@given(desired=desired_states, actual=our_states)
def test_nobody_of_ours_alone_is_skipped(desired, actual):
    plan = make_plan("cardo", desired, actual)
    assert plan.skipped == ()
    assert access(end(plan, actual)) == access(desired)


@many
@given(desired=desired_states, actual=mixed_states, failing=failures)
def test_nobody_ever_has_more_than_old_and_new_together(desired, actual, failing):
    """But for nodes that others put into our groups: kaccess does not touch them, and says so."""
    plan = make_plan("cardo", desired, actual)
    allowed = access(desired) | access(actual)
    for state in run(plan, actual, failing):
        assert without(of_skipped(plan), access(state)) <= allowed


@many
@given(desired=desired_states, actual=mixed_states)
def test_nobody_loses_for_a_moment_what_they_keep(desired, actual):
    plan = make_plan("cardo", desired, actual)
    assume(not any(isinstance(change.item, KubeRole) and change.before and change.after for change in plan.changes))
    groups_kept = {name: groups & ways(end(plan, actual)).get(name, set()) for name, groups in ways(actual).items()}
    for state in run(plan, actual):
        for name, groups in groups_kept.items():
            assert {group for group in groups if group.startswith("kaccess:")} <= ways(state).get(name, set())


@many
@given(state=states, old=st.booleans(), failing=failures)
def test_a_move_between_backends_alone_interrupts_nobody_even_if_it_fails(state, old, failing):
    there, wanted = (Backend.AWS_AUTH, Backend.ACCESS_ENTRIES) if old else (Backend.ACCESS_ENTRIES, Backend.AWS_AUTH)
    before, desired = in_backend(state, there), in_backend(state, wanted)
    plan = make_plan("cardo", desired, before)
    for moment in run(plan, before, failing):
        assert ways(moment) == ways(before)
    assert end(plan, before) == desired
    guard(plan, before, caller=None)


@many
@given(desired=desired_states, actual=mixed_states, failing=failures, stop=st.integers(0, 40))
def test_a_second_run_finishes_what_a_dead_or_failing_one_left(desired, actual, failing, stop):
    first = make_plan("cardo", desired, actual)
    left = [actual, *islice(run(first, actual, failing), stop)][-1]
    state = end(make_plan("cardo", desired, left), left)
    assert access(state) == access(end(first, actual))
    assert make_plan("cardo", desired, state).changes == ()


def foreign(state):
    """What of a state's entries is not kaccess's."""
    found = {}
    for entry in state.all(Entry):
        rest = (entry.foreign_groups, entry.access_policies, entry.type, entry.username)
        if not entry.owned or entry.foreign_groups or entry.access_policies:
            found[entry.key] = (entry.owned, *rest)
    return found


@many
@given(desired=desired_states, actual=mixed_states, failing=failures)
def test_what_others_made_stays_and_nodes_are_never_touched(desired, actual, failing):
    plan = make_plan("cardo", desired, actual)
    guard(plan, actual, caller=None, overrides=everything_allowed)
    nodes = {e for e in actual.all(Entry) if e.type != "STANDARD" or "system:nodes" in e.kube_groups}
    for state in run(plan, actual, failing):
        assert foreign(state) == foreign(actual)
        assert nodes <= state.items


@many
@given(desired=desired_states, actual=mixed_states, name=st.sampled_from(NAMES))
def test_a_plan_of_one_principal_changes_that_one_alone(desired, actual, name):
    desired = type(desired).of(i for i in desired.items if not isinstance(i, Entry) or name_of(i) != name)
    arn = (
        f"arn:aws:sts::111122223333:assumed-role/{name}/x"
        if name == "ops"
        else f"arn:aws:iam::111122223333:user/{name}"
    )
    plan = make_plan("cardo", desired, actual, scope=Scope(principal=arn, frozen=frozenset(map(kube_group, GROUPS))))
    assert all(isinstance(change.item, Entry) and name_of(change.item) == name for change in plan.changes)
    state = end(plan, actual)
    assert not {triple for triple in access(state) if triple[0] == name and not _is_node(state, name)}


def _is_node(state, name):
    return any(
        name_of(e) == name and (e.type != "STANDARD" or "system:nodes" in e.kube_groups) for e in state.all(Entry)
    )


@many
@given(desired=desired_states, actual=mixed_states)
def test_a_plan_of_identity_changes_entries_alone(desired, actual):
    plan = make_plan("cardo", desired, actual, scope=Scope(identity_only=True))
    assert all(isinstance(change.item, Entry) for change in plan.changes)


@many
@given(desired=desired_states, actual=mixed_states, group=st.sampled_from(GROUPS), frozen=st.booleans())
def test_what_is_out_of_scope_stays_in_effect(desired, actual, group, frozen):
    """Who is in a group that the plan may not change stays in it, nobody joins it, and the others are as desired."""
    mine = kube_group(group)
    scope = Scope(frozen=frozenset({mine})) if frozen else Scope(only=frozenset(map(kube_group, GROUPS)) - {mine})

    def members(state, kube_group=mine):
        return {name for name, groups in ways(state).items() if kube_group in groups}

    remade = {name_of(entry) for entry in actual.all(Entry) if entry.stale and mine in entry.kube_groups}
    plan = make_plan("cardo", desired, actual, scope=scope)
    state = actual
    for state in run(plan, actual):
        assert members(actual) <= members(state)
        assert members(state) - members(actual) <= remade & members(desired)
    for other in set(map(kube_group, GROUPS)) - {mine}:
        assert members(state, other) - of_skipped(plan) == members(desired, other) - of_skipped(plan)


@many
@given(state=states, actual=mixed_states)
def test_a_migration_hides_no_row_of_others(state, actual):
    desired = in_backend(state, Backend.ACCESS_ENTRIES)
    plan = make_plan("cardo", movable(desired, actual), actual, scope=Scope(identity_only=True))
    guard(plan, actual, caller=None)
