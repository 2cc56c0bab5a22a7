"""Lists that kaccess began, and lists in brackets over several lines: what comes with an item goes with it."""

import pytest

from kaccess.policy.edit import add_grant, remove_grants, write
from tests.policy.samples_of_edits import EMPTY, JSON, LINES, grant, lines_changed


@pytest.mark.parametrize("group", ["pay", "data", "ops"])
def test_items_on_lines_of_their_own_come_and_go_with_their_comments(policy, group):
    path = policy(LINES)
    lines = LINES.splitlines()
    changed = lines_changed(remove_grants(path, group))
    assert changed == [f"- {line}" for line in lines if f"group: {group}" in line]
    behind = add_grant(path, grant(group, "editor", "c")).files[0].after.splitlines()
    (at,) = (index for index, line in enumerate(behind) if "role: editor" in line)
    assert behind[at] == f"  {{group: {group}, role: editor, namespaces: [c]}},"
    assert behind[:at] + behind[at + 1 :] == lines


def test_a_list_that_a_person_wrote_stays_when_it_is_empty(policy):
    for key in ("grants:", "grants:  # begun by hand"):
        path = policy(f"{EMPTY}\n{key}\n  - {{group: pay, role: viewer, namespaces: [a]}}\n")
        write(remove_grants(path, "pay"))
        assert path.read_text().endswith(f"\n{key.replace('grants:', 'grants: []')}\n")


def test_a_list_that_kaccess_began_goes_also_from_where_people_moved_it(policy):
    path = policy(EMPTY)
    write(add_grant(path, grant("pay", "viewer", "a")))
    added = path.read_text().removeprefix(EMPTY).lstrip()
    path.write_text(f"{EMPTY}{added}tests: []\n")
    write(remove_grants(path, "pay"))
    assert path.read_text() == f"{EMPTY}tests: []\n"


@pytest.mark.parametrize("start", ["{", '{"grants": [], ', '{"grants": [ ], ', '{"grants":[],'])
def test_in_braces_a_list_goes_that_was_not_there_and_an_empty_one_stays(policy, start):
    text = JSON.replace("{", start, 1)
    path = policy(text)
    for role in ("viewer", "editor"):
        write(add_grant(path, grant("pay", role, "a")))
    for role in ("viewer", "editor"):
        write(remove_grants(path, "pay", role))
    assert path.read_text() == text


def test_comments_in_a_list_that_kaccess_began_stay_when_it_goes(policy):
    path = policy(EMPTY)
    write(add_grant(path, grant("pay", "viewer", "a")))
    path.write_text(path.read_text().replace("  - {group: pay", "  # the payments team\n  - {group: pay"))
    write(remove_grants(path, "pay"))
    assert path.read_text() == f"{EMPTY}  # the payments team\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_comments_inside_an_item_stay_with_it_when_another_comes_behind(policy, newline):
    inside = "    # asked for by Ana\n\n    # twice\n"
    start = f"{EMPTY}grants:\n  - group: pay\n    role: viewer\n    namespaces: [a]\n"
    end = "  # data\n  - {group: data, role: viewer, namespaces: [a]}\n"
    path = policy((start + inside + end).replace("\n", newline))
    write(add_grant(path, grant("pay", "editor", "b")))
    new = "  - {group: pay, role: editor, namespaces: [b]}\n"
    assert path.read_bytes().decode() == (start + inside + new + end).replace("\n", newline)
