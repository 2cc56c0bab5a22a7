"""The sections of aws-auth: the keys of its data that the authenticator reads, in exactly this spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from kaccess.kube.aws_auth.checks import composed
from kaccess.kube.aws_auth.errors import Unreadable, unreadable
from kaccess.kube.aws_auth.rows import ROLES, USERS, Row, read_row
from kaccess.yamltext.nodes import is_null

ACCOUNTS: Final = "mapAccounts"
SECTIONS: Final = (ROLES, USERS, ACCOUNTS)

_EMPTY: Final = frozenset({"", "``", '""', "''"})
"""Texts that the authenticator takes for nothing before it looks for YAML."""


@dataclass(frozen=True)
class Section:
    """mapRoles or mapUsers: its text, its list of rows (None if there is no list in it) and the rows."""

    name: str
    text: str
    root: yaml.SequenceNode | None
    rows: tuple[Row, ...]


def is_blank(text: str) -> bool:
    """Whether a section's text is nothing at all to the authenticator."""
    return text.strip() in _EMPTY


def read_section(name: str, data: Mapping[str, str]) -> Section:
    """Read mapRoles or mapUsers.

    Raises:
        Unreadable: it is not a list of rows, or a row is not what it should be.
    """
    text = data.get(name, "")
    root = None if is_blank(text) else composed(name, text)
    if root is None or is_null(root):
        return Section(name, text, None, ())
    if not isinstance(root, yaml.SequenceNode):
        raise unreadable(name, root.start_mark.line + 1, "not a list", "begin each row with `- `")
    rows = tuple(read_row(name, number, node) for number, node in enumerate(root.value, 1))
    return Section(name, text, root, rows)


def read_accounts(data: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accounts that come in whole, and notes on what is odd about mapAccounts; kaccess never writes it."""
    text = data.get(ACCOUNTS, "")
    try:
        root = None if is_blank(text) else composed(ACCOUNTS, text)
    except Unreadable as error:
        return (), (str(error),)
    if root is None or is_null(root):
        return (), ()
    if not isinstance(root, yaml.SequenceNode):
        return (), (f"{ACCOUNTS} is not a list, and the server ignores it",)
    accounts = tuple(str(item.value) for item in root.value if isinstance(item, yaml.ScalarNode) and not is_null(item))
    return accounts, tuple(_odd_accounts(root, accounts))


def _odd_accounts(root: yaml.SequenceNode, accounts: tuple[str, ...]) -> list[str]:
    notes = [f"{ACCOUNTS}: {text!r} is not the id of an account" for text in accounts if not _is_account(text)]
    if len(accounts) < len(root.value):
        notes.append(f"{ACCOUNTS}: what is not an account id is ignored by the server")
    if any(isinstance(item, yaml.ScalarNode) and not item.style and _is_account(item.value) for item in root.value):
        notes.append(f"{ACCOUNTS}: account ids without quotes are numbers to some tools, which drop leading zeros")
    return notes


def _is_account(text: str) -> bool:
    return re.fullmatch(r"[0-9]{12}", text) is not None
