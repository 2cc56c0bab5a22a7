"""Several ways into one cluster: one's own credentials, and the roles of groups."""

from __future__ import annotations

import pytest

from kaccess.kubeconfig.read import read
from kaccess.kubeconfig.write import text_of, write
from tests.kubeconfig.samples import PROGRAM, access

ACCOUNT = "arn:aws:iam::111122223333:role/kaccess"


def role(*namespaces: str, group: str = "data-engineers"):
    return access(*namespaces, iam_role=f"{ACCOUNT}/kaccess-{group}", group=group)


def users(path) -> dict[str, str]:
    return {context.name: context.user for context in read((path,))}


def test_a_role_that_is_the_only_way_has_the_plain_name(config):
    write([role("staging")], program=PROGRAM, paths=(config,))
    assert users(config) == {"cardo/staging": "kaccess:cardo:kaccess-data-engineers"}


def test_the_direct_way_keeps_the_plain_name_and_a_role_says_its_group(config, view):
    write([access("staging", "development"), role("staging", "production")], program=PROGRAM, paths=(config,))
    assert users(config) == {
        "cardo/development": "kaccess:cardo",
        "cardo/staging": "kaccess:cardo",
        "cardo/staging@data-engineers": "kaccess:cardo:kaccess-data-engineers",
        "cardo/production": "kaccess:cardo:kaccess-data-engineers",
    }
    arguments = {user["name"]: user["user"]["exec"]["args"] for user in view(config)["users"]}
    assert arguments["kaccess:cardo:kaccess-data-engineers"][-2:] == ["--role-arn", f"{ACCOUNT}/kaccess-data-engineers"]
    assert "--role-arn" not in arguments["kaccess:cardo"]


def test_of_two_roles_neither_has_the_plain_name(config):
    write([role("staging"), role("staging", group="oncall")], program=PROGRAM, paths=(config,))
    assert set(users(config)) == {"cardo/staging@data-engineers", "cardo/staging@oncall"}


@pytest.mark.parametrize("one_context", [False, True])
def test_contexts_of_a_role_go_when_it_is_gone(config, one_context):
    both = [access("staging"), role("staging")]
    write(both, program=PROGRAM, paths=(config,), one_context=one_context)
    assert len(users(config)) == 2
    write(both[:1], program=PROGRAM, paths=(config,), one_context=one_context)
    assert set(users(config).values()) == {"kaccess:cardo"}
    assert "data-engineers" not in config.read_text()


def test_one_context_for_each_way(config):
    write([access("staging"), role("staging", "production")], program=PROGRAM, paths=(config,), one_context=True)
    assert set(users(config)) == {"cardo", "cardo@data-engineers"}


def test_the_text_alone_is_what_would_be_written(config):
    wanted = [access("staging", "development"), role("staging")]
    write(wanted, program=PROGRAM, paths=(config,), use="cardo/development")
    assert text_of(wanted, program=PROGRAM, use="cardo/development") == config.read_text()
