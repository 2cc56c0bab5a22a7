"""Generated files, written and rewritten: what is foreign stays, to the byte and in meaning."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaccess.kube.aws_auth.change import row_change
from kaccess.kube.aws_auth.document import Document
from kaccess.kube.aws_auth.proof import edited
from kaccess.kube.errors import Conflict
from kaccess.model.errors import Refused
from kaccess.model.plan import Change
from kaccess.model.policy import Backend
from kaccess.model.state import Entry
from kaccess.model.ways_in import default_username
from kaccess.sandbox.aws_auth import read_aws_auth
from tests.kube.aws_auth_files import NODE, OURS, ROLES, USERS, File, make_file

thousand = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
GROUPS = st.lists(st.sampled_from(OURS), unique=True, max_size=3).map(lambda names: tuple(sorted(names)))
PRINCIPALS = st.sampled_from(USERS + ROLES)
STEPS = st.lists(st.tuples(PRINCIPALS, GROUPS), min_size=1, max_size=4)
FILES = st.randoms(use_true_random=False).map(make_file)


def rows(data: Mapping[str, str]) -> dict[str, Entry]:
    return {entry.identity: entry for entry in Document.read(data).aws_auth().rows}


def planned(data: Mapping[str, str], principal: str, ours: tuple[str, ...]) -> Change | None:
    """The change that gives a principal these groups of ours, as planning would make it."""
    live = rows(data).get(principal.lower())
    if live is None:
        after = Entry(principal, ours, backend=Backend.AWS_AUTH)
        return Change(None, after, "granted") if ours else None
    groups = tuple(sorted({*live.foreign_groups, *ours}))
    if groups == live.kube_groups:
        return None
    gone = live.owned and not groups
    return Change(live, None if gone else Entry(live.principal, groups, backend=Backend.AWS_AUTH), "differs")


def write(data: Mapping[str, str], change: Change) -> Mapping[str, str]:
    return edited(Document.read(data), row_change(change))


@thousand
@given(FILES, STEPS)
def test_what_is_foreign_stays_through_every_change(file: File, steps: list[tuple[str, tuple[str, ...]]]) -> None:
    data: Mapping[str, str] = file.data
    for principal, ours in steps:
        change = planned(data, principal, ours)
        if change is None:
            continue
        try:
            new = write(data, change)
        except Refused:
            assert any("&g" in text for text in data.values()), "only a list that rows share stands in the way"
            continue
        check_step(data, new, principal, ours)
        data = new
    check_text(file, data, {principal for principal, _ in steps})


def check_text(file: File, new: Mapping[str, str], principals: set[str]) -> None:
    """The pieces of others are all there, in order; of rows that were joined, all lines but those of the groups."""
    others = {"mapRoles", "mapUsers"}
    assert {k: v for k, v in new.items() if k not in others} == {k: v for k, v in file.data.items() if k not in others}
    for section, pieces in file.foreign.items():
        at = 0
        for piece in pieces:
            joined = any(principal.lower() in piece.lower() for principal in principals)
            for part in _stable_lines(piece) if joined else [piece.rstrip("\r\n")]:
                found = new.get(section, "").find(part, at)
                assert found >= 0, f"{part!r} is lost in {new.get(section)!r}, was {file.data.get(section)!r}"
                at = found + len(part)


def _stable_lines(piece: str) -> list[str]:
    return [line.rstrip(",") for line in piece.splitlines() if not set(line) & set("[]{}") and "roups" not in line]


def check_step(old: Mapping[str, str], new: Mapping[str, str], principal: str, ours: tuple[str, ...]) -> None:
    before, after = rows(old), rows(new)
    mine = after.pop(principal.lower(), None)
    was = before.pop(principal.lower(), None)
    assert after == before, "others are what they were"
    assert (mine.owned_groups if mine else frozenset()) == set(ours)
    assert (mine.foreign_groups if mine else frozenset()) == (was.foreign_groups if was else frozenset())
    if was and mine:
        assert mine.username == was.username
    theirs, theirs_before = read_aws_auth(new), read_aws_auth(old)
    for arn in {*USERS, *ROLES, NODE} - {principal}:
        assert theirs.row_of(arn) == theirs_before.row_of(arn)
    assert theirs.accounts == theirs_before.accounts
    assert theirs.roles or not theirs_before.roles, "mapRoles is never emptied"


FILE_OF_ANA = {"mapUsers": f"- userarn: {USERS[0]}\n  username: {USERS[0]}\n  groups: [{OURS[0]}]\n"}
NODES = (
    f"- rolearn: {NODE}\n"
    "  username: system:node:{{EC2PrivateDNSName}}\n"
    "  groups: [system:bootstrappers, system:nodes]\n"
)
ROLE = f"- rolearn: {ROLES[0]}\n  username: {default_username(ROLES[0])}\n  groups:\n  - {OURS[0]}\n"


def row(principal: str, *groups: str, **more: str) -> Entry:
    return Entry(principal, groups, backend=Backend.AWS_AUTH, **more)


ANA = row(USERS[0], OURS[0])


@pytest.mark.parametrize(
    "change",
    [
        Change(None, row(USERS[1], "system:masters"), "granted"),
        Change(None, row(USERS[1], OURS[0], "view-only"), "granted"),
        Change(None, row(USERS[1], "kaccess:{{SessionName}}"), "granted"),
        Change(None, row(USERS[1], "kaccess:"), "granted"),
        Change(None, row(USERS[1], "kaccess:\u0430na"), "granted"),
        Change(None, row(USERS[1]), "granted"),
        Change(None, row("arn:aws:iam::111122223333:role/team/oncall", OURS[0]), "granted"),
        Change(None, row("arn:aws:iam::111122223333:root", OURS[0]), "granted"),
        Change(None, row("arn:aws:iam::111122223333:user/a\n- b", OURS[0]), "granted"),
        Change(ANA, row(USERS[0], OURS[0], "eks:x"), "granted"),
        Change(row(USERS[0], OURS[0], "view-only"), row(USERS[0], OURS[0]), "revoked"),
        Change(row(USERS[0], "view-only"), None, "revoked"),
    ],
)
def test_some_changes_are_never_made(change: Change) -> None:
    with pytest.raises(Refused):
        write(FILE_OF_ANA, change)


@pytest.mark.parametrize(
    "change",
    [
        Change(None, row(USERS[0], OURS[1]), "granted"),
        Change(row(USERS[0], OURS[1]), row(USERS[0], OURS[2]), "granted"),
        Change(row(USERS[0], OURS[1]), None, "revoked"),
        Change(row(USERS[0], OURS[0], username="other"), None, "revoked"),
        Change(row(USERS[1], OURS[0]), row(USERS[1], OURS[1]), "granted"),
    ],
)
def test_a_row_that_is_not_what_the_plan_saw_is_a_conflict(change: Change) -> None:
    with pytest.raises(Conflict, match="run again"):
        write(FILE_OF_ANA, change)


@pytest.mark.parametrize(
    "change",
    [
        Change(None, ANA, "granted"),
        Change(row(USERS[0]), ANA, "granted"),
        Change(row(USERS[1], OURS[0]), None, "revoked"),
    ],
)
def test_what_another_run_did_already_is_done(change: Change) -> None:
    assert write(FILE_OF_ANA, change) is FILE_OF_ANA


@pytest.mark.parametrize(
    "live",
    [
        NODES,
        NODES.replace("system:bootstrappers, system:nodes", "system:bootstrappers - system:nodes"),
        NODES.replace("system:bootstrappers, system:nodes", "eks:kube-proxy-windows"),
        NODES.replace("system:bootstrappers, system:nodes", OURS[0]),
    ],
)
def test_a_row_of_nodes_is_never_changed(live: str) -> None:
    data = {"mapRoles": live}
    before = rows(data)[NODE]
    joined = row(NODE, *sorted({*before.kube_groups, OURS[1]}))
    for change in (Change(before, joined, "granted"), Change(before, row(NODE, *before.foreign_groups), "revoked")):
        with pytest.raises(Refused, match="nodes"):
            write(data, change)


def test_the_last_row_of_map_roles_loses_its_groups_and_stays() -> None:
    new = write({"mapRoles": ROLE}, Change(rows({"mapRoles": ROLE})[ROLES[0].lower()], None, "revoked"))
    assert new["mapRoles"] == ROLE.replace(f"groups:\n  - {OURS[0]}\n", "groups: []\n")
    assert write(new, Change(row(ROLES[0]), row(ROLES[0], OURS[0]), "granted"))["mapRoles"].count("rolearn") == 1


def test_a_row_that_was_hidden_does_not_come_to_life() -> None:
    admin = f"- rolearn: {ROLES[0]}\n  username: admin\n  groups: [system:masters]\n"
    data = {"mapRoles": admin + NODES + ROLE}
    new = write(data, Change(rows(data)[ROLES[0].lower()], None, "revoked"))
    assert rows(new)[ROLES[0].lower()].kube_groups == ()
    assert new["mapRoles"].startswith(admin + NODES)


def test_our_own_duplicates_are_united() -> None:
    other = ROLE.replace(OURS[0], OURS[1])
    data = {"mapRoles": ROLE + NODES + other}
    new = write(data, Change(row(ROLES[0], OURS[1]), row(ROLES[0], OURS[0], OURS[1]), "granted"))
    assert new["mapRoles"] == NODES + other + f"  - {OURS[0]}\n"
    assert write(data, Change(row(ROLES[0], OURS[1]), None, "revoked"))["mapRoles"] == NODES


def test_a_hidden_row_of_others_loses_our_groups_alone() -> None:
    hidden = f"- rolearn: {ROLES[0]}\n  username: ops\n  groups: [view-only, {OURS[0]}]\n"
    data = {"mapRoles": hidden + NODES + ROLE}
    new = write(data, Change(row(ROLES[0], OURS[0]), row(ROLES[0], OURS[1]), "differs"))
    assert new["mapRoles"] == (hidden + NODES + ROLE.replace(OURS[0], OURS[1])).replace(f", {OURS[0]}", "")


def test_a_file_that_would_grow_too_large_is_not_written() -> None:
    data = {"mapUsers": f"# {'x' * (1024 * 1024 - 100)}\n"}
    with pytest.raises(Refused, match="1024 KiB"):
        write(data, Change(None, ANA, "granted"))
