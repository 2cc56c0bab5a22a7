"""A planned change of one row, and whether kaccess makes such changes at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from kaccess.model.errors import Refused
from kaccess.model.names import PREFIX
from kaccess.model.plan import Change
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, Item, without_role_path
from kaccess.model.ways_in import default_username

_GROUP: Final = re.compile(rf"{PREFIX}[\w+=,.@-]+", re.ASCII)
_PRINCIPAL: Final = re.compile(r"arn:[a-z-]+:iam::\d{12}:(user|role)/[!-~]+")


@dataclass(frozen=True)
class RowChange:
    """The row of `principal` as the plan saw it (None: there is none) and as it shall be (None: gone)."""

    principal: str
    before: Entry | None
    after: Entry | None

    @property
    def new_row(self) -> Entry | None:
        """What to write where there is no row; the user name is always the one by which kaccess knows its rows."""
        return replace(self.after, username=default_username(self.principal)) if self.after else None


def row_change(change: Change) -> RowChange:
    """The change of a row that `change` is.

    Raises:
        Refused: kaccess makes no such change, whatever the file says.
        TypeError: it is not about aws-auth.
    """
    before, after = _row(change.before), _row(change.after)
    problem = _problem(before, after)
    if problem:
        raise Refused(f"aws-auth {change.key}: {problem}")
    return RowChange(change.key.name, before, after)


def _row(item: Item | None) -> Entry | None:
    if item is None or (isinstance(item, Entry) and item.backend is Backend.AWS_AUTH):
        return item
    raise TypeError("only rows are written to aws-auth")


def _problem(before: Entry | None, after: Entry | None) -> str:
    """Why this is never done; empty if it is."""
    if after is None:
        foreign = before.foreign_groups if before else ()
        return f"others gave it {', '.join(sorted(foreign))}, so kaccess does not delete it" if foreign else ""
    changed = after.foreign_groups ^ (before.foreign_groups if before else frozenset())
    if changed:
        return f"kaccess gives and takes its own groups alone, not {', '.join(sorted(changed))}"
    odd = next((name for name in sorted(after.owned_groups) if not _GROUP.fullmatch(name)), None)
    if odd:
        return f"{odd!r} is not a group that kaccess gives"
    if before is None and not after.kube_groups:
        return "a row without groups would let somebody in and give nothing"
    if before is None and (
        not _PRINCIPAL.fullmatch(after.principal) or without_role_path(after.principal) != after.principal
    ):
        return "aws-auth takes the ARN of a user, or of a role without its path"
    return ""
