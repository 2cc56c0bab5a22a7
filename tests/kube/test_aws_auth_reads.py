"""aws-auth as the authenticator reads it; what it would misread is refused, what it ignores is said."""

from __future__ import annotations

import pytest

from kaccess.kube.aws_auth.document import Document
from kaccess.kube.aws_auth.errors import Unreadable
from kaccess.model.policy import Backend
from kaccess.model.state import AwsAuth, Entry

ANA = "arn:aws:iam::111122223333:user/ana"
OPS = "arn:aws:iam::111122223333:role/ops"
SESSION = "arn:aws:sts::111122223333:assumed-role/ops/{{SessionName}}"


def read(**data: str) -> AwsAuth:
    return Document.read(data).aws_auth()


def user(groups: str, arn: str = ANA, more: str = "") -> str:
    return f"- userarn: {arn}\n  username: ana\n  groups: {groups}\n{more}"


def test_rows_accounts_and_nothing_odd() -> None:
    found = read(
        mapRoles=f"- rolearn: {OPS}\n  username: {SESSION}\n  groups: [kaccess:a]\n",
        mapUsers=f'[{{"userarn": "{ANA}", "username": "ana", "groups": ["b", "a"]}}]',
        mapAccounts='- "012345678901"\n',
    )
    assert found == AwsAuth(
        (Entry(OPS, ("kaccess:a",), backend=Backend.AWS_AUTH), Entry(ANA, ("a", "b"), backend=Backend.AWS_AUTH)),
        ("012345678901",),
    )
    assert [(entry.owned, entry.username) for entry in found.rows] == [(True, SESSION), (False, "ana")]


@pytest.mark.parametrize("text", ["", "  \n", '""', "''", "``", "[]", "# none\n", "null", "---\n", "~\n"])
def test_sections_with_nothing_in_them(text: str) -> None:
    assert read(mapRoles=text, mapUsers=text, mapAccounts=text) == AwsAuth()


@pytest.mark.parametrize(
    "row",
    [
        f"- {{userarn: {ANA}, username: {ANA}, groups: [kaccess:a]}}",
        f"- username: {ANA}\n  groups:\n  - kaccess:b\n  - kaccess:a\n  userarn: {ANA}",
    ],
)
def test_a_row_as_kaccess_writes_it_is_owned(row: str) -> None:
    assert read(mapUsers=row).rows[0].owned


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("mapUsers", f"- {{userarn: {ANA}, username: ana, groups: [kaccess:a]}}"),
        ("mapUsers", f"- {{userarn: {ANA}, username: {ANA}, groups: []}}"),
        ("mapUsers", f"- {{userarn: {ANA}, username: {ANA}, groups: [kaccess:a, b]}}"),
        ("mapUsers", f"- {{userarn: {ANA}, username: {ANA}, groups: [Kaccess:a]}}"),
        ("mapUsers", f"- {{userarn: {ANA}, username: {ANA}, groups: [kaccess:a], note: x}}"),
        ("mapUsers", f"- {{userARN: {ANA}, username: {ANA}, groups: [kaccess:a]}}"),
        ("mapRoles", f"- {{rolearn: {ANA}, username: {ANA}, groups: [kaccess:a]}}"),
        ("mapRoles", f"- {{rolearn: {OPS}, username: {OPS}, groups: [kaccess:a]}}"),
    ],
)
def test_any_other_row_is_foreign(section: str, row: str) -> None:
    (entry,) = read(**{section: row}).rows
    assert not entry.owned


def test_what_only_looks_like_a_number_is_a_text() -> None:
    names = ("10.0.0.1", "1e3x", "4f1c0e6a-0b1c-4d3e-8a11-0123456789ab", "0x", "v1", "x:y", "12-7")
    assert read(mapUsers=user(f"[{', '.join(names)}]")).rows[0].kube_groups == tuple(sorted(names))


def test_names_of_fields_are_read_in_any_case() -> None:
    (entry,) = read(mapUsers=f"- UserARN: {ANA}\n  u\u017fername: x\n  GROUPS: [b]\n").rows
    assert (entry.principal, entry.username, entry.kube_groups) == (ANA, "x", ("b",))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- userarn: [\n", "line 2: not one YAML document"),
        ("- a: b\n---\n- c: d\n", "not one YAML document"),
        ("userarn: x\n", "line 1: not a list"),
        ("hello", "line 1: not a list"),
        ("- hello\n", "row 1 is not a mapping"),
        ("-\n- a: b\n", "row 1 is not a mapping"),
        (user("x"), "line 3: groups is not a list"),
        (user("{a: b}"), "line 3: groups is not a list"),
        (user("''"), "line 3: groups is not a list"),
        (user("[1]"), "line 3: a group is not a text"),
        (user("[[a]]"), "line 3: a group is not a text"),
        (user("\n  - a\n  -\n"), "a group is not a text"),
        (user("[on]"), "a group is not a text"),
        *(
            (user(f"[{word}]"), "a group is not a text")
            for word in ("1e3", "0o17", "0b1", "1_000", "-.5", "0x1F", "12:30")
        ),
        (user("[y]"), "a group is not a text"),
        ("- userarn: 111122223333\n", "userarn is not a text"),
        (f"- userarn: {ANA}\n  username: yes\n", "line 2: username is not a text"),
        (user("[a]", more="  Groups: [b]\n"), "line 4: a row has groups twice"),
        (user("[a]", more="  groups: [b]\n"), "line 4: a row has groups twice"),
        (user("[a]", more="  <<: {note: b}\n"), "a merge key"),
        (user("[a]", more="  note: .nan\n"), ".nan is no value of JSON"),
        (user("[a]", more="  note: {~: b}\n"), "a key is not a word"),
        (user("[a]", more="  note: !!int b\n"), "line 4: a value is given the type tag:yaml.org,2002:int"),
        (user("[a]", more="  note: !secret b\n"), "line 4: a value is given the type !secret"),
        (user("[a]", more="  note: \x00\n"), "not one YAML document"),
        ("[" * 20_000, "not one YAML document"),
        (user("&a [*a]"), "a group is not a text"),
    ],
)
@pytest.mark.parametrize("section", ["mapUsers", "mapRoles"])
def test_what_is_not_understood_is_refused(section: str, text: str, line: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(**{section: text if section == "mapUsers" else text.replace("userarn", "rolearn")})
    assert line.replace("userarn", "userarn" if section == "mapUsers" else "rolearn") in str(caught.value)
    assert str(caught.value).startswith(f"kube-system/aws-auth: {section}, ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ({"mapusers": user("[a]")}, "mapusers is ignored by the server, which reads mapUsers; rename it"),
        ({"maproles": ""}, "maproles is ignored by the server, which reads mapRoles; rename it"),
        ({"mapRoles": user("[a]")}, "row 1 (no ARN): it has no rolearn"),
        ({"mapUsers": "- username: x\n"}, "it has no userarn"),
        ({"mapRoles": "- sso: {permissionSetName: Ops}\n"}, "permission set"),
        ({"mapRoles": f"- rolearn: {OPS}\n  sso: {{permissionSetName: Ops}}\n"}, "both rolearn and sso"),
        ({"mapUsers": user("[a]", "arn:aws:sts::111122223333:assumed-role/ops/ana")}, "nobody comes with such an ARN"),
        ({"mapUsers": user("[a]", "arn:amazon:iam::111122223333:user/x")}, "nobody comes with such an ARN"),
        ({"mapUsers": user("[a]", "'ana '")}, "nobody comes with such an ARN"),
        ({"mapAccounts": "- 012345678901\n"}, "account ids without quotes are numbers to some tools"),
        ({"mapAccounts": "- '1'\n"}, "'1' is not the id of an account"),
        ({"mapAccounts": "- {a: b}\n"}, "what is not an account id is ignored"),
        ({"mapAccounts": "a: b\n"}, "mapAccounts is not a list"),
        ({"mapAccounts": "[\n"}, "mapAccounts, line 2: not one YAML document"),
        ({"mapUsers": f"# {'x' * 950_000}\n"}, "927 KiB of the 1024 KiB"),
    ],
)
def test_what_the_server_ignores_is_said_and_counts_for_nothing(data: dict[str, str], note: str) -> None:
    found = read(**data)
    assert note in found.notes[0]
    assert found.notes[0].startswith("kube-system/aws-auth: ")
    assert found.rows == ()


def test_groups_whose_dashes_are_not_in_one_column_are_one_group() -> None:
    found = read(mapRoles=f"- rolearn: {OPS}\n  groups:\n    - system:bootstrappers\n     - system:nodes\n")
    assert found.rows[0].kube_groups == ("system:bootstrappers - system:nodes",)
    assert "'system:bootstrappers - system:nodes' is one group" in found.notes[0]


def test_a_role_with_its_path_is_told_and_kept_apart() -> None:
    found = read(mapRoles=f"- rolearn: {OPS.replace('role/', 'role/team/')}\n  groups: [a]\n")
    assert len(found.rows) == 1
    assert "leave the path out" in found.notes[0]


@pytest.mark.parametrize(
    ("data", "groups", "note"),
    [
        ({"mapUsers": user("[a]") + user("[b]")}, ("b",), "there 2 times (mapUsers row 1, mapUsers row 2)"),
        (
            {"mapRoles": f"- rolearn: {OPS}\n  groups: [a]\n- rolearn: {OPS.replace('ops', 'OPS')}\n  groups: [b]\n"},
            ("b",),
            "mapRoles row 2 counts alone",
        ),
        (
            {"mapRoles": f"- rolearn: {ANA}\n  groups: [a]\n", "mapUsers": user("[b]")},
            ("a",),
            "mapRoles row 1 counts alone",
        ),
        ({"mapUsers": user("[a]") + user("[b]", ANA.upper())}, ("b",), "of which the server takes any"),
    ],
)
def test_of_duplicates_the_one_that_the_server_finds_counts(
    data: dict[str, str], groups: tuple[str, ...], note: str
) -> None:
    found = read(**data)
    assert [entry.kube_groups for entry in found.rows] == [groups]
    assert note in found.notes[0]
