"""One change of one row, as a change of the ConfigMap's data.

Which rows a change touches: the one that the server finds for the principal, and those that it hides as far as
kaccess's groups are on them, since they would count as soon as it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaccess.kube.aws_auth.change import RowChange
from kaccess.kube.aws_auth.document import FULL, Document
from kaccess.kube.aws_auth.errors import PLACE
from kaccess.kube.aws_auth.layout import append_row, drop_rows, set_groups
from kaccess.kube.aws_auth.rows import ROLES, Row, section_of
from kaccess.kube.aws_auth.sections import Section
from kaccess.kube.errors import Conflict
from kaccess.model.errors import Refused
from kaccess.model.names import group_of
from kaccess.model.state import Entry
from kaccess.yamltext.cuts import apply_cuts


@dataclass
class Edit:
    """What happens to the rows of one section: new groups and rows that go, by their numbers, and a row that comes."""

    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    appended: Entry | None = None

    def __bool__(self) -> bool:
        return bool(self.groups or self.dropped or self.appended)

    def text(self, section: Section) -> str:
        """The text of the section after it."""
        cuts = drop_rows(section, self.dropped)
        for row in section.rows:
            if row.number in self.groups:
                cuts += set_groups(section, row, self.groups[row.number])
        if self.appended:
            cuts += append_row(section, self.appended)
        return apply_cuts(section.text, cuts)


@dataclass
class Edits:
    """The edits of one document, by section."""

    document: Document
    by_section: dict[str, Edit] = field(init=False)

    def __post_init__(self) -> None:
        self.by_section = {name: Edit() for name in self.document.sections}

    def set_groups(self, row: Row, groups: tuple[str, ...]) -> None:
        """Give a row these groups, if it has others."""
        if groups != row.groups:
            self.by_section[row.section].groups[row.number] = groups

    def drop(self, row: Row) -> None:
        """Take a row away."""
        self.by_section[row.section].dropped.add(row.number)

    def data(self) -> Mapping[str, str]:
        """The ConfigMap's data after them; the same data if there are none.

        Raises:
            Refused: it would be more than a ConfigMap may hold.
        """
        sections = self.document.sections
        texts = {name: edit.text(sections[name]) for name, edit in self.by_section.items() if edit}
        new = replace(self.document, data={**self.document.data, **texts})
        if texts and new.size() > FULL:
            raise Refused(
                f"{PLACE} would exceed the {FULL // 1024} KiB that a ConfigMap may have; nothing was written; move to "
                "access entries with `kaccess migrate`"
            )
        return new.data if texts else self.document.data


def edits(document: Document, change: RowChange) -> Edits:
    """What to do to the rows of `document`; nothing if it is as it should be already.

    Raises:
        Conflict: the principal's row is not what the plan saw.
        Refused: it is the row of nodes.
    """
    found = Edits(document)
    rows = document.by_identity.get(change.principal.lower(), ())
    if rows:
        _check(rows[-1], change)
        _edit_rows(found, rows, change.after)
    elif change.before and change.after:
        raise Conflict(f"{PLACE}: the row of {change.principal} is gone; run again")
    elif change.new_row:
        found.by_section[section_of(change.principal)].appended = change.new_row
    return found


def _check(row: Row, change: RowChange) -> None:
    if row.is_node:
        raise Refused(f"{PLACE}: {row} lets in nodes; kaccess never changes such a row")
    live, before, after = row.entry, change.before, change.after
    if after and live.kube_groups == after.kube_groups:
        return
    if before is None or live.kube_groups != before.kube_groups or before.username not in {"", live.username}:
        raise Conflict(f"{PLACE}: the row of {row.principal} changed meanwhile; run again")
    if after is None and not row.owned:
        raise Conflict(f"{PLACE}: {row} is not as kaccess wrote it, so it stays; run again")


def _edit_rows(found: Edits, rows: tuple[Row, ...], after: Entry | None) -> None:
    *hidden, row = rows
    for each in hidden:
        if each.owned:
            found.drop(each)
        elif not each.is_node:
            found.set_groups(each, tuple(name for name in each.groups if group_of(name) is None))
    if after:
        kept = [name for name in row.groups if name in after.kube_groups]
        found.set_groups(row, (*kept, *(name for name in after.kube_groups if name not in kept)))
    elif any(not each.owned for each in hidden) or _is_last(found, row):
        # Without groups it still hides what others wrote before it, or keeps mapRoles from being empty.
        found.set_groups(row, ())
    else:
        found.drop(row)


def _is_last(found: Edits, row: Row) -> bool:
    """Whether mapRoles would be empty without it."""
    rows, dropped = found.document.sections[row.section].rows, found.by_section[row.section].dropped
    return row.section == ROLES and len(rows) - len(dropped) == 1
