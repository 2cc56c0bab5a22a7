"""The ConfigMap kube-system/aws-auth as aws-iam-authenticator reads it: whom it makes of a canonical ARN.

It reads the way its Go decoders do, mistakes included: keys of a row in any case, a field of the wrong type is empty
and its row still counts, text that is no YAML loses its own section alone. This reading is the sandbox's own, so that
whoever writes the ConfigMap is held to a second opinion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from yaml import SafeLoader
else:
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # of libyaml where there is one: ten times faster

NAMESPACE: Final = "kube-system"
NAME: Final = "aws-auth"

_NOTHING: Final = frozenset({"", "``", '""', "''"})
"""Sections that the authenticator takes for empty before it looks for YAML."""

_NOT_IN_GO: Final = frozenset({"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"})
"""What PyYAML makes of plain text and the authenticator's YAML leaves a text."""


@dataclass(frozen=True)
class Row:
    """A row that counts: `username` and `kube_groups` may hold templates and may be empty."""

    arn: str
    username: str
    kube_groups: tuple[str, ...]


@dataclass(frozen=True)
class AwsAuth:
    """What the ConfigMap says. `roles` are by lower-case ARN, `users` by ARN as written; the last of a key counts."""

    roles: Mapping[str, Row]
    users: dict[str, Row]
    accounts: frozenset[str]

    def row_of(self, canonical_arn: str) -> Row | None:
        """The row of a principal, whose role is named without its path; mapRoles is looked up before mapUsers.

        Rows of mapUsers that differ in case alone are tried by the authenticator in no order; here the last counts.
        """
        wanted = canonical_arn.lower()
        users = (row for row in reversed(self.users.values()) if row.arn.lower() == wanted)
        return self.roles.get(wanted) or next(users, None)


def read_aws_auth(data: Mapping[str, str]) -> AwsAuth:
    """Read the data of the ConfigMap; what cannot be read is left out, as the authenticator does."""
    return _read(data.get("mapRoles", ""), data.get("mapUsers", ""), data.get("mapAccounts", ""))


@lru_cache(maxsize=8)
def _read(roles: str, users: str, accounts: str) -> AwsAuth:
    # A row with `sso` maps nobody unless a feature gate is set that EKS does not set; beside `rolearn` it is invalid.
    role_rows = (_row("rolearn", fields) for fields in _rows(roles) if fields.get("sso") is None)
    user_rows = (_row("userarn", fields) for fields in _rows(users))
    return AwsAuth(
        _by_key(role_rows, lambda row: row.arn.lower()), _by_key(user_rows, lambda row: row.arn), _accounts(accounts)
    )


def _by_key(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row.arn:
            found.pop(key(row), None)
            found[key(row)] = row
    return found


def _row(arn: str, fields: Mapping[str, Any]) -> Row:
    kube_groups = fields.get("groups")
    names = kube_groups if isinstance(kube_groups, list) else []
    return Row(_text(fields.get(arn)), _text(fields.get("username")), tuple(map(_text, names)))


def _rows(section: str) -> list[Mapping[str, Any]]:
    """The rows of a section, their keys in lower case; of keys that differ in case the last in byte order counts."""
    value = None if section.strip() in _NOTHING else _loaded(section)
    rows = value if isinstance(value, list) else []
    return [{str(key).lower(): row[key] for key in sorted(row, key=str)} for row in rows if isinstance(row, dict)]


def _accounts(section: str) -> frozenset[str]:
    """The accounts as they are written: a number keeps its leading zeros."""
    if section.strip() in _NOTHING:
        return frozenset()
    try:
        node = yaml.compose(section, Loader=_Loader)
    except (yaml.YAMLError, ValueError):
        return frozenset()
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return frozenset(item.value for item in items if isinstance(item, yaml.ScalarNode))


def _loaded(section: str) -> object:
    try:
        return next(iter(yaml.load_all(section, Loader=_Loader)), None)
    except (yaml.YAMLError, ValueError):
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


class _Loader(SafeLoader):
    """The YAML of the authenticator, as far as rows show the difference."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_IN_GO]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
