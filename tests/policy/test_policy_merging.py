"""A grant that differs from another in its namespaces alone joins it; and which file a grant goes to."""

from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaccess.model.policy import Grant, NamespaceChoice
from kaccess.policy.edit import add_grant, remove_ended, remove_grants, write
from kaccess.policy.load import load
from tests.policy.samples import HEAD, NOW
from tests.policy.samples_of_edits import BLOCK, EMPTY, FLOW

END = datetime(2026, 12, 1, tzinfo=timezone.utc)


def grant(group, role, *namespaces, **more):
    return Grant(group, role, NamespaceChoice(namespaces), **more)


@pytest.mark.parametrize(
    ("text", "added", "before", "after"),
    [
        (BLOCK, grant("pay", "viewer", "c"), "viewer, namespaces: [a, b]}   #", "viewer, namespaces: [a, b, c]}   #"),
        (BLOCK, grant("pay", "viewer", "c", "b"), "namespaces: [a, b]}", "namespaces: [a, b, c]}"),
        (BLOCK, grant("data", "viewer", "c", "b"), '[ "a" ]', '[ "a", c, b ]'),
        (FLOW, grant("data", "viewer", "c"), "viewer, namespaces: [a]}]", "viewer, namespaces: [a, c]}]"),
        (
            BLOCK.replace("      - c\n", "", 1),
            grant("ops", "viewer", "c", reason="a reason\nof two lines\n"),
            "      - b  # until the move\n",
            "      - b  # until the move\n      - c\n",
        ),
    ],
)
def test_the_list_of_the_other_grant_grows_and_a_revoke_restores_it(policy, text, added, before, after):
    path = policy(text)
    write(add_grant(path, added))
    assert path.read_text() == text.replace(before, after, 1)
    new = tuple(name for name in added.namespaces.names if name != "b" or added.group == "data")
    write(remove_grants(path, added.group, added.role, new))
    assert path.read_text() == text


@pytest.mark.parametrize(
    "more",
    [
        {"reason": "x"},
        {"until": END},
        {"clusters": ("cardo",)},
        {"by": "ana"},
        {"at": END},
    ],
)
def test_what_says_something_else_is_a_line_of_its_own(policy, more):
    edited = add_grant(policy(BLOCK), grant("pay", "viewer", "c", **more))
    assert len(edited.after.policy.grants) == 4
    assert edited.after.policy.grants[1].namespaces.names == ("c",)


def test_a_list_that_another_grant_shares_is_left_alone(policy):
    first = "grants:\n  - {group: pay, role: viewer, namespaces: &some [a]}\n"
    second = "  - {group: ops, role: viewer, namespaces: *some}\n"
    for group in ("pay", "ops"):
        edited = add_grant(policy(EMPTY + first + second), grant(group, "viewer", "b"))
        assert edited.files[0].after.count(f"- {{group: {group}, role: viewer, namespaces: [b]}}\n") == 1
        assert "&some [a]" in edited.files[0].after


@pytest.mark.parametrize(
    ("line", "group", "name"),
    [
        ("grants: [{group: pay, role: viewer, namespaces: [a]}]", "pay", "q.yaml"),
        ("groups: {pay: {assume: true}}", "pay", "q.yaml"),
        ("tests: [pay cannot get pods in a]", "pay", "q.yaml"),
        ("grants: [{group: ops, role: viewer, namespaces: [a]}]", "pay", "q.yaml"),
        ("tests: [ops cannot get pods in a]", "pay", "p.yaml"),
    ],
)
def test_a_grant_goes_where_its_group_is_spoken_of(policy, tmp_path, line, group, name):
    policy(EMPTY, "p.yaml")
    policy(f"{HEAD}{line}\n", "q.yaml")
    edited = add_grant(tmp_path, grant(group, "editor", "b"))
    assert [file.path.name for file in edited.files] == [name]


def test_ended_grants_go_and_nothing_else(policy):
    ended = "  - {group: pay, role: editor, namespaces: [a], until: 2026-11-24T12:00:00Z}  # an hour\n"
    lasting = "  - {group: pay, role: editor, namespaces: [b], until: 2026-11-24T12:00:01Z}\n"
    text = BLOCK.replace("\n  - group: ops", f"{ended}{lasting}\n  - group: ops")
    path = policy(text)
    write(remove_ended(path, NOW))
    assert path.read_text() == text.replace(ended, "")
    assert remove_ended(path, NOW).files == ()


GRANTS = st.builds(
    grant,
    st.sampled_from(["pay", "ops"]),
    st.just("viewer"),
    st.sampled_from("abc"),
    clusters=st.sampled_from([(), ("cardo",)]),
    until=st.sampled_from([None, END]),
)


def merged(grants, new):
    """What `add_grant` is to do with a list of grants, in the plainest words."""
    key = (new.group, new.role, new.clusters, new.until, new.reason, new.by, new.at)
    for index, each in enumerate(grants):
        if (each.group, each.role, each.clusters, each.until, each.reason, each.by, each.at) == key:
            names = NamespaceChoice(tuple(dict.fromkeys((*each.namespaces.names, *new.namespaces.names))))
            return [*grants[:index], Grant(*key[:2], names, *key[2:6], at=new.at), *grants[index + 1 :]]
    return [*grants, new]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.sampled_from([BLOCK, FLOW, EMPTY]), st.lists(GRANTS, min_size=1, max_size=5))
def test_editing_the_text_is_editing_the_policy(policy, start, added):
    path = policy(start)
    for new in added:
        before = load(path).policy
        edited = add_grant(path, new)
        write(edited)
        if edited.files:
            assert sorted(map(str, load(path).policy.grants)) != sorted(map(str, before.grants))
            assert set(load(path).policy.grants) == set(merged(list(before.grants), new))
