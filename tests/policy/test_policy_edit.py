# ruff: noqa: E501 - a message is checked as the one line it is
"""Grants go into and out of the text of a policy, and nothing else of the text moves."""

from datetime import datetime, timedelta, timezone

import pytest

from kaccess.policy.begun import BEGUN, FILLED
from kaccess.policy.edit import EditError, add_grant, remove_grants, write
from kaccess.policy.load import PolicyError, load
from tests.policy.samples import HEAD, SMALL
from tests.policy.samples_of_edits import BLOCK, EMPTY, FLOW, JSON, LINES, grant, lines_changed

PATTERNS = f"{EMPTY}grants:\n  - {{group: pay, role: viewer, namespaces: {{match: 'a*'}}}}\n  - {{group: pay, role: editor, namespaces: {{selector: {{x: y}}}}}}\n"


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (grant("pay", "editor", "c"), "+   - {group: pay, role: editor, namespaces: [c]}"),
        (grant("new", "viewer", "a", "c"), "+   - { group: new, role: viewer, namespaces: [a, c] }"),
    ],
)
def test_a_grant_is_one_line_in_the_style_of_the_file(policy, added, expected):
    text = BLOCK if added.group == "new" else BLOCK.replace("- { ", "- {")
    assert lines_changed(add_grant(policy(text), added)) == [expected]


def test_a_grant_stands_behind_the_others_of_its_group(policy):
    after = add_grant(policy(BLOCK), grant("pay", "editor", "c")).files[0].after.splitlines()
    assert after[after.index("  - { group: pay, role: editor, namespaces: [c] }") - 1].endswith("# asked for by Ana")


def test_what_is_named_twice_is_written_once(policy):
    edited = add_grant(policy(BLOCK), grant("pay", "editor", "c", "c", clusters=("cardo", "cardo")))
    assert lines_changed(edited) == ["+   - { group: pay, role: editor, namespaces: [c], clusters: [cardo] }"]


def test_all_that_a_grant_can_say(policy):
    until = datetime(2026, 12, 1, 20, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    full = grant(
        "a,b", "viewer", "a", clusters=("cardo",), until=until, reason='say "no": #1\n', by="arn:aws:iam::1:user/ana"
    )
    edited = add_grant(policy(SMALL.replace("development", "a")), full)
    assert lines_changed(edited) == [
        '+   - {group: "a,b", role: viewer, namespaces: [a], clusters: [cardo], until: 2026-12-01T18:00:00Z, '
        r'reason: "say \"no\": #1\n", by: "arn:aws:iam::1:user/ana"}'
    ]
    assert edited.after.policy.grants[-1].reason == full.reason


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        (f"{EMPTY}grants: []\n", "grants:\n  - {group: pay, role: viewer, namespaces: [a]}\n"),
        (f"{EMPTY}grants: []", "grants:\n  - {group: pay, role: viewer, namespaces: [a]}"),
        (f"{EMPTY}grants: [ ]  # none\n", "grants: [{group: pay, role: viewer, namespaces: [a]} ]  # none\n"),
        (
            f"{EMPTY}grants: [\n  # none yet\n]\n",
            "grants: [{group: pay, role: viewer, namespaces: [a]}\n  # none yet\n]\n",
        ),
        (f"{EMPTY}grants:\n# end\n", f"grants:{FILLED}\n  - {{group: pay, role: viewer, namespaces: [a]}}\n# end\n"),
        (f"{EMPTY}grants: ~ # none\n", "grants: # none\n  - {group: pay, role: viewer, namespaces: [a]}\n"),
        (
            f"{EMPTY}grants:\n  # none yet\ntests: []\n",
            f"grants:{FILLED}\n  - {{group: pay, role: viewer, namespaces: [a]}}\n  # none yet\ntests: []\n",
        ),
        (EMPTY, f"\n\ngrants:{BEGUN}\n  - {{group: pay, role: viewer, namespaces: [a]}}\n"),
        (EMPTY.rstrip(), f"\n\ngrants:{BEGUN}\n  - {{group: pay, role: viewer, namespaces: [a]}}"),
        (f"{EMPTY}...\n", f"\n\ngrants:{BEGUN}\n  - {{group: pay, role: viewer, namespaces: [a]}}\n...\n"),
        (JSON, f'{{"grants": [ {{group: pay, role: viewer, namespaces: [a]}}],{JSON[1:]}'),
        (JSON[:-1] + ', "grants": []}', ', "grants": [{group: pay, role: viewer, namespaces: [a]}]}'),
    ],
)
def test_the_first_grant_of_a_file(policy, text, tail):
    assert add_grant(policy(text), grant("pay", "viewer", "a")).files[0].after.endswith(tail)


@pytest.mark.parametrize(
    "text",
    [
        BLOCK,
        FLOW,
        f"{EMPTY}grants: []\n",
        f"{EMPTY}grants: []",
        f"{EMPTY}grants: [ ]  # none\n",
        f"{EMPTY}grants: [\n  # none yet\n]\n",
        f"{EMPTY}grants:\n",
        f"{EMPTY}grants:  # none yet\n# end\n",
        f"{EMPTY}grants:",
        EMPTY,
        EMPTY.rstrip(),
        EMPTY.replace("\n", "\r\n"),
        f"{EMPTY}\n\n# the end",
        f"{EMPTY}...\n",
        JSON,
        f"{JSON[:-1]},\n}}\n",
        BLOCK.removesuffix("\n# the end\n"),
        BLOCK.replace("\n", "\r\n"),
        BLOCK.replace("\n", "\r\n", 3),
        BLOCK.replace("grants:  #", "grants: &all  #").replace("- {group: pay", "- &pay {group: pay"),
        FLOW.rstrip(),
        LINES,
        LINES.replace("},  # the data", "}  # the data"),
        "\ufeff" + BLOCK,
    ],
)
@pytest.mark.parametrize("group", ["pay", "ops", "data", "new"])
def test_a_revoke_right_after_a_grant_restores_every_byte(policy, text, group):
    path = policy(text)
    write(add_grant(path, grant(group, "editor", "b", "c", reason="x")))
    assert path.read_bytes() != text.encode()
    write(remove_grants(path, group, "editor"))
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("pay",), ["-   - {group: pay, role: viewer, namespaces: [a, b]}   # asked for by Ana"]),
        (("pay", None, ("a", "b")), ["-   - {group: pay, role: viewer, namespaces: [a, b]}   # asked for by Ana"]),
        (("pay", "viewer", ("a", "c")), ["-   - {group: pay, role: viewer, namespaces: [a, b]}   # asked for by Ana", "+   - {group: pay, role: viewer, namespaces: [b]}   # asked for by Ana"]),
        (("ops", None, ("b",)), ["-       - b  # until the move"]),
        (("ops", None, ("a", "c")), ["-       - a", "-       - c"]),
        (("ops", None, ("a", "b", "c")), BLOCK[BLOCK.index("  - group: ops") : BLOCK.index("\n  # data")].splitlines()),
        (("data", "viewer"), ['-   - { group: data, role: viewer, namespaces: [ "a" ] }']),
    ],
)  # fmt: skip
def test_what_is_taken_out_of_a_block(policy, args, expected):
    marked = [line if line[0] in "-+" else f"- {line}" for line in expected]
    assert lines_changed(remove_grants(policy(BLOCK), *args)) == marked


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("pay",), "grants: [{group: data, role: viewer, namespaces: [a]}]  # all of them\n"),
        (("data",), "grants: [{group: pay, role: viewer, namespaces: [a, b]}]  # all of them\n"),
        (("pay", None, ("a",)), "grants: [{group: pay, role: viewer, namespaces: [b]},\n         {group: data, role: viewer, namespaces: [a]}]  # all of them\n"),
    ],
)  # fmt: skip
def test_what_is_taken_out_of_a_flow_list(policy, args, expected):
    assert remove_grants(policy(FLOW), *args).files[0].after == EMPTY + expected


@pytest.mark.parametrize(
    "text", [BLOCK, FLOW, BLOCK.replace("# the end\n", ""), BLOCK.replace("# the end\n", "").rstrip()]
)
def test_the_last_grant_leaves_an_empty_list(policy, text):
    path = policy(text)
    for group in [each.group for each in load(path).policy.grants]:
        write(remove_grants(path, group))
    assert load(path).policy.grants == ()
    assert "[]" in path.read_text()


def test_several_grants_at_the_end_of_a_file_without_a_last_line_break(policy):
    text = f"{EMPTY}grants:\n  - {{group: a, role: viewer, namespaces: [a]}}\n" + "\n".join(
        ["  - {group: pay, role: viewer, namespaces: [a]}"] * 2
    )
    assert (
        remove_grants(policy(text), "pay").files[0].after
        == f"{EMPTY}grants:\n  - {{group: a, role: viewer, namespaces: [a]}}"
    )


@pytest.mark.parametrize(
    ("given_until", "given_clusters", "until", "clusters", "covered"),
    [
        (None, (), None, (), True),
        (None, (), 1, ("cardo",), True),
        (2, (), 1, (), True),
        (1, (), 2, (), False),
        (1, (), None, (), False),
        (None, ("cardo",), None, (), False),
        (None, ("cardo",), None, ("cardo",), True),
    ],
)
def test_what_a_grant_gives_already_is_not_added_again(policy, given_until, given_clusters, until, clusters, covered):
    def at(day):
        return day and datetime(2026, 12, day, tzinfo=timezone.utc)

    path = policy(EMPTY)
    write(add_grant(path, grant("g", "viewer", "a", "b", until=at(given_until), clusters=given_clusters)))
    edited = add_grant(path, grant("g", "viewer", "b", until=at(until), clusters=clusters, reason="again"))
    assert (edited.files == ()) is covered
    assert (edited.before is edited.after) is covered


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (grant("pay", "viewr", "a"), "the policy has no role 'viewr' (did you mean 'viewer'?)"),
        (grant("pay", "viewer"), "a grant is added for namespaces by their names; name at least one"),
        (grant("pay", "viewer", "z"), "the policy has no namespace 'z'"),
        (grant("pay", "viewer", "kube-system"), "the policy has no namespace 'kube-system'"),
        (grant("pay", "viewer", "a", clusters=("carda",)), "the policy has no cluster 'carda' (did you mean 'cardo'?)"),
        (grant("p\u0430y", "viewer", "a"), "'p\\u0430y' is not a group name; expected 1 to 128 of the letters A-Z a-z 0-9 _ + = , . @ -"),
        (grant("Pay", "viewer", "a"), "the group 'Pay' differs from 'pay' at"),
        (grant("pay", "viewer", "a", reason="\udcff"), "the character '\\udcff' is not allowed in YAML"),
    ],
)  # fmt: skip
def test_a_grant_that_the_policy_cannot_hold(policy, added, expected):
    with pytest.raises(EditError) as caught:
        add_grant(policy(BLOCK.replace("[a, b]", "[b, c]")), added)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("opps",), "the policy grants nothing to 'opps' (did you mean 'ops'?)"),
        (("ops", "editor"), "the policy does not grant the role 'editor' to 'ops'"),
        (("pay", None, ("c",)), "the policy does not grant any role to 'pay' in c"),
    ],
)
def test_a_revoke_of_what_is_not_granted(policy, args, expected):
    with pytest.raises(EditError) as caught:
        remove_grants(policy(BLOCK), *args)
    assert str(caught.value) == expected


def test_a_pattern_or_labels_cannot_be_narrowed(policy):
    path = policy(PATTERNS)
    for role, how in (("viewer", "by the pattern 'a*'"), ("editor", "by labels")):
        with pytest.raises(EditError, match="cannot be taken from one of them") as caught:
            remove_grants(path, "pay", role, ("a",))
        assert f"this grant of {role} chooses its namespaces {how}" in str(caught.value)
    with pytest.raises(EditError, match="does not grant the role 'viewer' to 'pay' in b"):
        remove_grants(path, "pay", "viewer", ("b",))
    assert remove_grants(path, "pay").after.policy.grants == ()


def test_a_list_that_is_an_alias_is_left_to_a_person(policy):
    path = policy(
        f"{EMPTY}grants:\n  - {{group: a, role: viewer, namespaces: &n [a, b]}}\n  - {{group: b, role: viewer, namespaces: *n}}\n"
    )
    with pytest.raises(EditError, match="this list is an alias of another; edit the file by hand"):
        remove_grants(path, "b", None, ("a",))
    with pytest.raises(EditError, match="edit the file by hand"):
        remove_grants(path, "a", None, ("a",))
    with pytest.raises(EditError, match="the alias \\*n has no anchor"):
        remove_grants(path, "a")
    assert [each.group for each in remove_grants(path, "b").after.policy.grants] == ["a"]


def test_a_grant_that_is_an_alias_goes_alone(policy):
    path = policy(
        f"{EMPTY}grants:\n  - &g {{group: a, role: viewer, namespaces: [a]}}\n  - {{group: b, role: viewer, namespaces: [a]}}\n  - *g\n"
    )
    assert remove_grants(path, "b").files[0].after.endswith("[a]}\n  - *g\n")


def test_a_policy_with_problems_is_not_edited(policy):
    with pytest.raises(PolicyError):
        add_grant(policy(BLOCK.replace("viewer: {", "vewer: {")), grant("pay", "editor", "a"))


def test_of_a_folder_the_file_of_the_group_is_edited_and_the_rest_is_not(policy, tmp_path):
    policy(EMPTY, "access.yaml")
    policy(f"{HEAD}grants:\n  - {{group: pay, role: viewer, namespaces: [a]}}\n", "pay.yaml")
    policy(f"{HEAD}grants:\n  - {{group: data, role: viewer, namespaces: [a]}}\n", "data.yaml")
    for group, name in (("pay", "pay.yaml"), ("data", "data.yaml"), ("new", "access.yaml")):
        assert [file.path.name for file in add_grant(tmp_path, grant(group, "viewer", "b")).files] == [name]


@pytest.mark.parametrize(
    ("of_clusters", "others", "expected"),
    [
        ("grants: []\n", {"pay.yaml": "pay"}, "access.yaml"),
        ("", {"pay.yaml": "pay"}, "pay.yaml"),
        ("", {"pay.yaml": "pay", "data.yaml": "data"}, "access.yaml"),
        ("", {}, "access.yaml"),
    ],
)
def test_a_group_that_no_file_speaks_of_goes_where_grants_are_or_else_to_the_clusters(
    policy, tmp_path, of_clusters, others, expected
):
    policy(EMPTY + of_clusters, "access.yaml")
    for name, group in others.items():
        policy(f"{HEAD}grants:\n  - {{group: {group}, role: viewer, namespaces: [a]}}\n", name)
    assert [file.path.name for file in add_grant(tmp_path, grant("new", "viewer", "b")).files] == [expected]


def test_a_revoke_reaches_every_file_of_a_folder(policy, tmp_path):
    policy(EMPTY, "access.yaml")
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        namespace, group = name[0], "data" if name == "b.yaml" else "pay"
        policy(f"{HEAD}grants:\n  - {{group: {group}, role: viewer, namespaces: [{namespace}]}}\n", name)
    edited = remove_grants(tmp_path, "pay")
    assert [file.path.name for file in edited.files] == ["a.yaml", "c.yaml"]
    write(edited)
    assert [each.group for each in load(tmp_path).policy.grants] == ["data"]
