"""What user names and groups may say of a caller."""

from __future__ import annotations

import pytest

from kaccess.sandbox.aws.account import Principal
from kaccess.sandbox.cluster_token import TokenRefused
from kaccess.sandbox.templates import expand

from .conftest import ACCOUNT


def session(name):
    return Principal(ACCOUNT, "arn", "role", "AROA", name)


@pytest.mark.parametrize(
    ("template", "expanded"),
    [
        ("plain", "plain"),
        ("", ""),
        ("x:{{SessionName}}", "x:ana-cardo.example"),
        ("x:{{SessionNameRaw}}", "x:ana@cardo.example"),
        ("{{AccountID}}:{{SessionName}}", f"{ACCOUNT}:ana-cardo.example"),
        ("{{AccessKeyID}}", "ASIAKEY"),
        ("{{sessionname}}{{Unknown}}", "{{sessionname}}{{Unknown}}"),
    ],
)
def test_templates_are_filled_in(template, expanded):
    assert expand(template, session("ana@cardo.example"), "ASIAKEY") == expanded


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ana", "did not contain an instance id"),
        ("i-123", "did not contain an instance id"),
        ("i-0123456789abcdef0", "no instance i-0123456789abcdef0"),
        ("i-01234567", "no instance i-01234567"),
    ],
)
def test_nobody_is_a_node_here(name, reason):
    with pytest.raises(TokenRefused, match=reason):
        expand("system:node:{{EC2PrivateDNSName}}", session(name))
