"""Editing the text of a policy is editing the policy: on any series of grants and revokes."""

from collections import Counter
from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaccess.model.policy import Grant, NamespaceChoice
from kaccess.policy.edit import EditError, add_grant, remove_grants, write
from kaccess.policy.load import load
from tests.policy.samples_of_edits import BLOCK, EMPTY, FLOW, LINES

GROUPS, ROLES, NAMESPACES = ("pay", "ops", "data", "x+y=z", "1e3"), ("viewer", "editor"), ("a", "b", "c")
GRANTS = st.builds(
    Grant,
    st.sampled_from(GROUPS),
    st.sampled_from(ROLES),
    st.lists(st.sampled_from(NAMESPACES), min_size=1, unique=True).map(lambda names: NamespaceChoice(tuple(names))),
    st.sampled_from([(), ("cardo",)]),
    st.none() | st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", "arn:aws:iam::111122223333:user/ana"]),
)
REMOVALS = st.tuples(
    st.sampled_from(GROUPS),
    st.none() | st.sampled_from(ROLES),
    st.none() | st.lists(st.sampled_from(NAMESPACES), min_size=1).map(tuple),
)


def without(grants, group, role, namespaces):
    """What `remove_grants` is to leave, in the plainest words."""
    for each in grants:
        kept = tuple(name for name in each.namespaces.names if namespaces is not None and name not in namespaces)
        if each.group != group or role not in (None, each.role):
            yield each
        elif kept:
            yield Grant(each.group, each.role, NamespaceChoice(kept), each.clusters, each.until, each.reason, each.by)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    start=st.sampled_from(
        [
            BLOCK,
            FLOW,
            LINES,
            EMPTY,
            f"{EMPTY}grants: []",
            BLOCK.replace("\n", "\r\n"),
            BLOCK.removesuffix("\n# the end\n"),
        ]
    ),
    steps=st.lists(GRANTS | REMOVALS, min_size=1, max_size=6),
)
def test_editing_the_text_is_editing_the_policy(policy, start, steps):
    path = policy(start)
    comments = [line for line in start.splitlines() if line.lstrip().startswith("#")]
    for step in steps:
        before = load(path).policy
        if not isinstance(step, Grant) and Counter(without(before.grants, *step)) == Counter(before.grants):
            with pytest.raises(EditError, match=r"the policy (does not grant|grants nothing)"):
                remove_grants(path, *step)
            continue
        edited = add_grant(path, step) if isinstance(step, Grant) else remove_grants(path, *step)
        write(edited)
        after = load(path).policy
        assert after == edited.after.policy
        if not isinstance(step, Grant):
            assert Counter(after.grants) == Counter(without(before.grants, *step))
        elif edited.files:
            (new,) = Counter(after.grants) - Counter(before.grants)
            assert (new.group, new.role, new.reason) == (step.group, step.role, step.reason)
        kept = [line for line in path.read_text().splitlines() if line.lstrip().startswith("#")]
        assert kept == comments
