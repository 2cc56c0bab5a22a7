# ruff: noqa: E501 - a message is checked as the one line it is
"""A leaver is one more line in the policy, and no other byte of it moves."""

from collections import Counter
from datetime import datetime, timedelta, timezone
from difflib import ndiff

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaccess.model.policy import Grant, NamespaceChoice, Offboarded
from kaccess.policy.edit import EditError, add_grant, offboard, remove_grants, write
from kaccess.policy.load import PolicyError, load
from tests.policy.samples import HEAD, NOW
from tests.policy.samples_of_edits import BLOCK, EMPTY, FLOW

BEN = "arn:aws:iam::111122223333:user/people/ben"
ANA = "arn:aws:iam::111122223333:user/ana"
BEN_LINE = f'{{principal: "{BEN}", at: 2026-11-24T12:00:00Z}}'
ANA_LINE = f"{{principal: '{ANA}', at: 2026-11-01T08:00:00Z}}"
JSON = '{"apiVersion": "kaccess/v1", "kind": "AccessPolicy", "clusters": {"c": {"name": "c", "region": "eu-south-1", "account": "111122223333"}}}'  # fmt: skip


def added(edited):
    """The lines that are new; none may be gone."""
    (file,) = edited.files
    changed = [line.rstrip() for line in ndiff(file.before.splitlines(), file.after.splitlines()) if line[0] in "+-"]
    assert all(line[0] == "+" for line in changed)
    return [line[2:] for line in changed]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BLOCK, ["", "offboarded:", f"  - {BEN_LINE}"]),
        (f"{EMPTY}offboarded:\n  # who left\n  - {ANA_LINE}  # in November\ntests: []\n", [f"  - {BEN_LINE}"]),
        (f"{EMPTY}offboarded:\n- principal: '{ANA}'\n  at: 2026-11-01T08:00:00Z\n", [f"- {BEN_LINE}"]),
        (f"{EMPTY}offboarded:\n  - {{ {ANA_LINE[1:-1]} }}\n", [f"  - {{ {BEN_LINE[1:-1]} }}"]),
        (f"{EMPTY}offboarded:  # nobody yet\n", [f"  - {BEN_LINE}"]),
    ],
)
def test_a_leaver_is_one_line_in_the_style_of_the_file(policy, text, expected):
    assert added(offboard(policy(text), BEN, NOW)) == expected


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        (f"{EMPTY}offboarded: []\n", f"offboarded:\n  - {BEN_LINE}\n"),
        (f"{EMPTY}offboarded: ~  # none\n", f"offboarded:  # none\n  - {BEN_LINE}\n"),
        (f"{EMPTY}offboarded: [{ANA_LINE}]  # out\n", f"offboarded: [{ANA_LINE}, {BEN_LINE}]  # out\n"),
        (EMPTY.rstrip(), f"\n\noffboarded:\n  - {BEN_LINE}"),
        (EMPTY.replace("\n", "\r\n"), f"\r\n\r\noffboarded:\r\n  - {BEN_LINE}\r\n"),
        (JSON, f'{{"offboarded": [{BEN_LINE}],{JSON[1:]}'),
        (f'{JSON[:-1]}, "offboarded": []}}', f', "offboarded": [{BEN_LINE}]}}'),
    ],
)
def test_the_first_leaver_of_a_file(policy, text, tail):
    assert offboard(policy(text), BEN, NOW).files[0].after.endswith(tail)


def test_all_that_can_be_said_of_a_leaver(policy):
    at = datetime(2026, 11, 24, 14, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))
    edited = offboard(policy(BLOCK), BEN, at, by=ANA, reason='said "bye": #1\n')
    assert added(edited)[-1] == f'  - {BEN_LINE[:-1]}, by: "{ANA}", reason: "said \\"bye\\": #1\\n"}}'
    assert edited.after.policy.offboarded == (Offboarded(BEN, NOW, ANA, 'said "bye": #1\n'),)
    assert edited.before.policy.offboarded == ()


@pytest.mark.parametrize("again", [ANA, ANA.replace("ana", "ANA"), ANA.replace("user/", "user/people/")])
def test_who_is_out_already_is_no_edit(policy, again):
    edited = offboard(policy(f"{EMPTY}offboarded: [{ANA_LINE}]\n"), again, NOW, reason="again")
    assert edited.files == ()
    assert edited.before is edited.after


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("ben", "'ben' is not an ARN; expected arn:PARTITION:iam::ACCOUNT:user/NAME or .../role/NAME"),
        (BEN.replace("user", "group"), "is not the ARN of an IAM user or role"),
        (BEN.replace("iam", "sts").replace("user", "assumed-role"), "is not the ARN of an IAM user or role"),
        (BEN.replace("ben", "b\u0435n"), "U+0435 CYRILLIC SMALL LETTER IE"),
        (f"{BEN} ", "U+0020 SPACE"),
    ],
)
def test_who_cannot_be_offboarded(policy, principal, expected):
    with pytest.raises(EditError) as caught:
        offboard(policy(BLOCK), principal, NOW)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reason", ["\x00", "\x1b[2J", "\u2028", "{a: b}, # c", "\U0001f600"])
def test_any_reason_is_kept(policy, reason):
    assert offboard(policy(BLOCK), BEN, NOW, reason=reason).after.policy.offboarded[0].reason == reason


def test_a_reason_that_is_no_text_is_refused_in_one_line(policy):
    with pytest.raises(EditError, match="is not allowed in YAML; edit the file by hand") as caught:
        offboard(policy(BLOCK), BEN, NOW, reason="\udcff")
    assert "\n" not in str(caught.value)


def test_a_policy_with_problems_is_not_edited(policy):
    with pytest.raises(PolicyError):
        offboard(policy(BLOCK.replace("viewer: {", "vewer: {")), BEN, NOW)


def test_an_empty_list_that_is_an_alias_becomes_one_of_its_own(policy):
    edited = offboard(policy(f"{EMPTY}tests: &none []\noffboarded: *none\n"), BEN, NOW)
    assert edited.files[0].after.endswith(f"tests: &none []\noffboarded:\n  - {BEN_LINE}\n")


def test_of_a_folder_the_file_that_lists_leavers_is_edited_else_that_of_the_clusters(policy, tmp_path):
    policy(f"{HEAD}grants:\n  - {{group: pay, role: viewer, namespaces: [a]}}\n", "a-team.yaml")
    policy(EMPTY, "clusters.yaml")
    assert [file.path.name for file in offboard(tmp_path, BEN, NOW).files] == ["clusters.yaml"]
    policy(f"{HEAD}offboarded:\n  - {ANA_LINE}\n", "leavers.yaml")
    assert [file.path.name for file in offboard(tmp_path, BEN, NOW).files] == ["leavers.yaml"]


@pytest.mark.parametrize("text", [BLOCK, FLOW, EMPTY, f"{EMPTY}offboarded: []\n", f"{EMPTY}offboarded: [{ANA_LINE}]"])
def test_grants_and_revokes_leave_the_leavers_alone(policy, text):
    path = policy(text)
    write(offboard(path, BEN, NOW))
    before, gone = path.read_bytes(), load(path).policy.offboarded
    write(add_grant(path, Grant("new", "editor", NamespaceChoice(("b",)))))
    assert load(path).policy.offboarded == gone
    write(remove_grants(path, "new"))
    assert path.read_bytes().removesuffix(b"\ngrants: []\n").rstrip() == before.rstrip()


STARTS = [
    BLOCK,
    FLOW,
    EMPTY,
    EMPTY.rstrip(),
    f"{EMPTY}offboarded: []",
    f"{EMPTY}offboarded:\n",
    f"{EMPTY}offboarded:\n  # who left\n  - {ANA_LINE}  # in November\n\n# the end",
    f"{EMPTY}offboarded: [{ANA_LINE}]\n",
    BLOCK.replace("\n", "\r\n"),
    "\ufeff" + BLOCK,
]
LEAVERS = st.tuples(
    st.builds(
        "arn:{}:iam::{}:{}/{}{}".format,
        st.sampled_from(["aws", "aws-cn"]),
        st.sampled_from(["111122223333", "000000000000"]),
        st.sampled_from(["user", "role"]),
        st.sampled_from(["", "people/eu/", "'#{},:/"]),
        st.text("abAB+=,.@-_1", min_size=1, max_size=64),
    ),
    st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001
    st.sampled_from(["", ANA]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(start=st.sampled_from(STARTS), leavers=st.lists(LEAVERS, min_size=1, max_size=4))
def test_offboarding_in_the_text_is_offboarding_in_the_policy(policy, start, leavers):
    path = policy(start)
    for principal, at, by, reason in leavers:
        before, text = load(path).policy, path.read_bytes().decode()
        edited = offboard(path, principal, at, by, reason)
        write(edited)
        after = load(path).policy
        assert after == edited.after.policy
        assert after.grants == before.grants
        new = Counter(after.offboarded) - Counter(before.offboarded)
        wanted = [Offboarded(principal, at.replace(microsecond=0), by, reason)] if edited.files else []
        assert list(new.elements()) == wanted
        assert offboard(path, principal, at).files == ()
        kept = iter(path.read_bytes().decode().splitlines())
        comments = [line for line in text.splitlines() if "#" in line and "principal" not in line]
        assert all(line in kept for line in comments)
