"""What holds for every plan, whatever the two states are."""

from itertools import islice

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kaccess.model.names import group_of, kube_group
from kaccess.model.state import Binding, Card, Entry, KubeRole, Namespace
from kaccess.planning.plan import Scope, make_plan
from tests.planning.world import GROUPS, access, access_by_group, run, states, tampered_states, with_foreign

many = settings(max_examples=400, deadline=None)


def end(plan, state):
    return [state, *run(plan, state)][-1]


def without_released(state):
    return {item for item in state.items if not isinstance(item, Namespace)}


@many
@given(desired=states, actual=tampered_states)
def test_applying_a_plan_reaches_the_desired_state(desired, actual):
    state = end(make_plan("cardo", desired, actual), actual)
    assert without_released(state) == without_released(desired)


@given(state=states)
def test_a_state_that_agrees_needs_no_change(state):
    assert make_plan("cardo", state, state).changes == ()


@many
@given(desired=states, actual=tampered_states, failing=st.frozensets(st.integers(0, 40)))
def test_nobody_ever_has_more_than_old_and_new_together(desired, actual, failing):
    allowed = access(desired) | access(actual)
    for state in run(make_plan("cardo", desired, actual), actual, failing):
        assert access(state) <= allowed


@many
@given(desired=states, actual=tampered_states, failing=st.frozensets(st.integers(0, 40)), stop=st.integers(0, 40))
def test_a_second_run_finishes_what_a_dead_or_failing_one_left(desired, actual, failing, stop):
    left = [actual, *islice(run(make_plan("cardo", desired, actual), actual, failing), stop)][-1]
    state = end(make_plan("cardo", desired, left), left)
    assert access(state) == access(desired)
    assert without_released(state) == without_released(desired)


@many
@given(desired=states, actual=states)
def test_what_a_group_keeps_is_never_interrupted_by_a_change_of_role(desired, actual):
    """Unless the rules of roles change too: then closing first matters more."""
    changes = make_plan("cardo", desired, actual).changes
    assume(not any(isinstance(change.item, KubeRole) and change.before and change.after for change in changes))
    kept = access_by_group(desired) & access_by_group(actual)
    for state in run(make_plan("cardo", desired, actual), actual):
        assert kept <= access_by_group(state)


@many
@given(desired=states, actual=states, foreign=st.frozensets(st.sampled_from(["argocd", "system:viewers"])))
def test_foreign_groups_and_entries_stay(desired, actual, foreign):
    actual = with_foreign(actual, foreign)
    before = {entry.principal: entry.foreign_groups for entry in actual.all(Entry) if entry.foreign_groups}
    for state in run(make_plan("cardo", desired, actual), actual):
        after = {entry.principal: entry.foreign_groups for entry in state.all(Entry) if entry.foreign_groups}
        assert after == before


@many
@given(desired=states, actual=states, group=st.sampled_from(GROUPS))
def test_a_plan_of_one_group_changes_nothing_of_the_others(desired, actual, group):
    others = {kube_group(name) for name in GROUPS if name != group}

    def of_others(state):
        entries = {(e.principal, g) for e in state.all(Entry) for g in e.kube_groups if g in others}
        bindings = {b for b in state.all(Binding) if b.kube_groups & others}
        return entries, bindings, {card for card in state.all(Card) if card.group != group}

    state = actual
    for state in run(make_plan("cardo", desired, actual, scope=Scope(only=frozenset({kube_group(group)}))), actual):
        assert of_others(state) == of_others(actual)
    mine = kube_group(group)
    assert {b for b in state.all(Binding) if mine in b.kube_groups} == {
        b for b in desired.all(Binding) if mine in b.kube_groups
    }


@many
@given(desired=states, actual=states, group=st.sampled_from(GROUPS))
def test_nothing_of_a_frozen_group_is_removed(desired, actual, group):
    frozen = kube_group(group)
    for state in run(make_plan("cardo", desired, actual, scope=Scope(frozen=frozenset({frozen}))), actual):
        for entry in actual.all(Entry):
            if frozen in entry.kube_groups:
                assert frozen in state.by_key[entry.key].kube_groups
        assert {b for b in state.all(Binding) if frozen in b.kube_groups} == {
            b for b in actual.all(Binding) if frozen in b.kube_groups
        }


@given(desired=states, actual=states)
def test_what_a_change_needs_comes_before_it(desired, actual):
    for position, change in enumerate(make_plan("cardo", desired, actual).changes):
        assert all(need < position for need in change.needs)
        assert all(group_of(g) for g in getattr(change.after, "kube_groups", ()) if g.startswith("kaccess:"))
