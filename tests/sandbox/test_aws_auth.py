"""aws-auth as aws-iam-authenticator reads it, quirks and all; the real one is asked the same in tests/e2e."""

from __future__ import annotations

import pytest

from kaccess.sandbox.aws_auth import Row, read_aws_auth

ANA = "arn:aws:iam::111122223333:user/ana"
OPS = "arn:aws:iam::111122223333:role/ops"


def rows(arn=ANA, **data):
    return read_aws_auth(data).row_of(arn)


def test_a_row_of_each_section_is_found():
    found = read_aws_auth(
        {
            "mapRoles": f"- {{rolearn: {OPS}, username: 'ops:{{{{SessionName}}}}', groups: [a, b]}}",
            "mapUsers": f"- {{userarn: {ANA}, username: ana, groups: [c]}}",
            "mapAccounts": "- '444455556666'",
        }
    )
    assert found.row_of(OPS) == Row(OPS, "ops:{{SessionName}}", ("a", "b"))
    assert found.row_of(ANA) == Row(ANA, "ana", ("c",))
    assert found.row_of("arn:aws:iam::444455556666:user/x") is None
    assert found.accounts == {"444455556666"}


@pytest.mark.parametrize(
    ("text", "username"),
    [
        (f"- {{userarn: {ANA}, username: one}}\n- {{userarn: {ANA}, username: two}}", "two"),
        (f"- {{userarn: {ANA}, username: one}}\n- {{userarn: {ANA.upper()}, username: two}}", "two"),
        (f"- {{userARN: {ANA}, UserName: one}}", "one"),
        (f"- {{username: lower, userNAME: upper, userarn: {ANA}}}", "lower"),
        (f"- {{userarn: {ANA}, username: one, username: two}}", "two"),
        (f"- {{userarn: {ANA}, username: 7}}", ""),
        (f"- {{userarn: {ANA}, username: yes}}", ""),
        (f"- {{userarn: {ANA}, username: null}}", ""),
        (f"- {{userarn: {ANA}, username: 2026-11-24}}", "2026-11-24"),
        (f"- {{userarn: {ANA}}}", ""),
        (f"- {{userarn: {ANA}, username: one, sso: {{}}}}", "one"),
        (f"- text\n- 7\n-\n- {{username: nobody}}\n- {{userarn: {ANA}, username: one}}", "one"),
        (f"- {{userarn: {ANA}, username: one}}\n---\n- {{userarn: {ANA}, username: two}}", "one"),
        (f'[{{"userarn": "{ANA}", "username": "one"}}]', "one"),
    ],
)
def test_a_row_counts_as_far_as_it_can_be_read(text, username):
    assert rows(mapUsers=text).username == username


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        '""',
        "''",
        "``",
        "~",
        "{}",
        f"userarn: {ANA}",
        "- [",
        "\t- x",
        f"- {{userarn: [{ANA}]}}",
        "- &a [*a]",
    ],
)
def test_what_has_no_row_maps_nobody(text):
    assert rows(mapUsers=text, mapAccounts=text) is None


@pytest.mark.parametrize(
    ("groups", "expected"),
    [("[a, a]", ("a", "a")), ("a", ()), ("null", ()), ("[7, a, null]", ("", "a", "")), ("{a: b}", ())],
)
def test_groups_that_are_no_texts_are_empty(groups, expected):
    assert rows(mapUsers=f"- {{userarn: {ANA}, groups: {groups}}}").kube_groups == expected


def test_a_section_that_is_no_yaml_is_lost_alone():
    found = read_aws_auth({"mapRoles": "- [", "mapUsers": f"- {{userarn: {ANA}}}", "mapAccounts": "{"})
    assert found.row_of(ANA) is not None
    assert not found.roles
    assert not found.accounts


@pytest.mark.parametrize(
    ("row_arn", "canonical_arn", "maps"),
    [
        (OPS, OPS, True),
        (OPS.upper(), OPS, True),
        (OPS, OPS.replace("ops", "OPS"), True),
        ("arn:aws:iam::111122223333:role/team/ops", OPS, False),
        ("arn:aws:iam::111122223333:user/team/ana", "arn:aws:iam::111122223333:user/team/ana", True),
        ("arn:aws:iam::111122223333:user/team/ana", ANA, False),
        (f"{OPS} ", OPS, False),
        ("arn:aws:sts::111122223333:assumed-role/ops/x", OPS, False),
        ("arn:aws:iam::111122223333:role/*", OPS, False),
    ],
)
def test_an_arn_is_found_as_it_stands_but_for_its_case(row_arn, canonical_arn, maps):
    for section, key in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        found = read_aws_auth({section: f"- {{{key}: '{row_arn}', username: x}}"})
        assert (found.row_of(canonical_arn) is not None) is maps


def test_roles_are_looked_up_before_users():
    role, user = f"- {{rolearn: {ANA}, username: role}}", f"- {{userarn: {ANA}, username: user}}"
    assert rows(mapRoles=role, mapUsers=user).username == "role"


def test_a_row_for_a_permission_set_maps_nobody():
    sso = "{permissionSetName: Admin, accountID: '111122223333'}"
    assert read_aws_auth({"mapRoles": f"- {{sso: {sso}}}\n- {{rolearn: {OPS}, sso: {sso}}}"}).roles == {}


def test_accounts_are_as_they_are_written():
    assert read_aws_auth({"mapAccounts": "- 012345678901\n- '444455556666'\n- [x]"}).accounts == {
        "012345678901",
        "444455556666",
    }


def test_names_of_sections_have_one_case():
    assert rows(MapUsers=f"- {{userarn: {ANA}}}", mapusers=f"- {{userarn: {ANA}}}") is None
