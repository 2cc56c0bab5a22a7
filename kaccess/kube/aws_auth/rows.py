"""One row of mapRoles or mapUsers, as aws-iam-authenticator reads it: field names in any case, the rest exactly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from kaccess.kube.aws_auth.checks import text_of
from kaccess.kube.aws_auth.errors import unreadable
from kaccess.model.arn import PARTITIONS
from kaccess.model.names import group_of
from kaccess.model.policy import Backend
from kaccess.model.state import Entry
from kaccess.model.ways_in import default_username, is_node
from kaccess.yamltext.nodes import is_null

ROLES: Final = "mapRoles"
USERS: Final = "mapUsers"
ARN_FIELDS: Final = {ROLES: "rolearn", USERS: "userarn"}

USERNAME: Final = "username"
GROUPS: Final = "groups"
_SSO: Final = "sso"
_LETTERS_OF_GO: Final = str.maketrans({"\u017f": "s", "\u212a": "k"})
"""Go's JSON takes the long s and the Kelvin sign for letters when it compares the names of fields."""

_SOMEBODY: Final = re.compile(
    rf"arn:({'|'.join(PARTITIONS)}):(iam::\d{{12}}:(root|user/\S+|role/\S+)|sts::\d{{12}}:federated-user/\S+)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Row:
    """A row; `number` and `line` (in its section's text) count from 1, `fields` are its known fields in lower case.

    `dead` says why nobody ever comes in by it; empty for a row that counts.
    """

    section: str
    number: int
    node: yaml.MappingNode
    fields: Mapping[str, tuple[yaml.Node, yaml.Node]]
    principal: str
    username: str
    groups: tuple[str, ...]
    dead: str

    @property
    def line(self) -> int:
        """Where it begins."""
        return int(self.node.start_mark.line) + 1

    @property
    def identity(self) -> str:
        """What the authenticator compares: the ARN ignoring case. It knows nothing of paths."""
        return self.principal.lower()

    @property
    def entry(self) -> Entry:
        """The row as an item."""
        return Entry(
            self.principal,
            tuple(sorted(set(self.groups))),
            self.owned,
            self.username,
            backend=Backend.AWS_AUTH,
        )

    @property
    def owned(self) -> bool:
        """Whether it is as kaccess writes it: its fields and no others, the default user name, our groups alone."""
        return (
            sorted(str(key.value) for key, _ in self.node.value) == sorted((ARN_FIELDS[self.section], USERNAME, GROUPS))
            and bool(self.groups)
            and all(group_of(name) is not None for name in self.groups)
            and self.username == default_username(self.principal)
            and self.section == section_of(self.principal)
        )

    @property
    def is_node(self) -> bool:
        """Whether it lets in nodes."""
        return is_node(self.entry)

    def __str__(self) -> str:
        return f"{self.section}, row {self.number} ({self.principal or 'no ARN'})"


def section_of(principal: str) -> str:
    """The section in which people and tools, and kaccess, look for a principal."""
    return ROLES if principal.lower().split(":", 5)[-1].startswith("role/") else USERS


def read_row(section: str, number: int, node: yaml.Node) -> Row:
    """Read one row.

    Raises:
        Unreadable: it is no row, or one of its fields is not what it should be.
    """
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise unreadable(section, line, f"row {number} is not a mapping", "write its fields, or remove it")
    fields = _fields(section, node)
    principal = _text(section, fields, ARN_FIELDS[section])
    username = _text(section, fields, USERNAME)
    dead = _dead(section, principal, has_sso=section == ROLES and _is_set(fields, _SSO))
    return Row(section, number, node, fields, principal, username, _groups(section, fields), dead)


def _fields(section: str, node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    fields: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        name = str(key.value).translate(_LETTERS_OF_GO).lower()
        if name in {ARN_FIELDS[section], USERNAME, GROUPS, _SSO}:
            if name in fields:
                raise unreadable(section, key.start_mark.line + 1, f"a row has {name} twice", "leave one of them")
            fields[name] = (key, value)
    return fields


def _is_set(fields: Mapping[str, tuple[yaml.Node, yaml.Node]], name: str) -> bool:
    return name in fields and not is_null(fields[name][1])


def _text(section: str, fields: Mapping[str, tuple[yaml.Node, yaml.Node]], name: str) -> str:
    if name not in fields:
        return ""
    key, value = fields[name]
    text = text_of(value)
    if text is None:
        raise unreadable(section, key.start_mark.line + 1, f"{name} is not a text", "quote it")
    return text


def _groups(section: str, fields: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> tuple[str, ...]:
    if not _is_set(fields, GROUPS):
        return ()
    key, value = fields[GROUPS]
    if not isinstance(value, yaml.SequenceNode):
        raise unreadable(section, key.start_mark.line + 1, "groups is not a list", "write one group a line, after `- `")
    names = []
    for item in value.value:
        name = text_of(item)
        if not name:
            line = item.start_mark.line + 1
            raise unreadable(section, line, "a group is not a text", "quote it, or remove it if it is empty")
        names.append(name)
    return tuple(names)


def _dead(section: str, principal: str, *, has_sso: bool) -> str:
    if has_sso and principal:
        return "it has both rolearn and sso, and the server ignores such a row"
    if has_sso:
        return "it is for a permission set (sso), which EKS does not promise to read"
    if not principal:
        return f"it has no {ARN_FIELDS[section]}, and the server ignores it"
    if not _SOMEBODY.fullmatch(principal):
        return "nobody comes with such an ARN: it takes that of a user, or of a role without its path"
    return ""
