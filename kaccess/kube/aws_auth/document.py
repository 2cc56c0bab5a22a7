"""The whole of aws-auth: its rows, which of them count, and what is odd about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kaccess.kube.aws_auth.errors import PLACE
from kaccess.kube.aws_auth.rows import ROLES, USERS, Row
from kaccess.kube.aws_auth.sections import SECTIONS, Section, read_accounts, read_section
from kaccess.model.state import AwsAuth
from kaccess.model.ways_in import is_effective

FULL: Final = 1024 * 1024
"""Bytes of a ConfigMap's data; the API server takes no more."""

_NEARLY_FULL: Final = 900 * 1024


@dataclass(frozen=True)
class Document:
    """The ConfigMap's data and the sections of rows in it."""

    data: Mapping[str, str]
    sections: Mapping[str, Section]

    @classmethod
    def read(cls, data: Mapping[str, str]) -> Document:
        """Read the data of the ConfigMap, or of a backup of it.

        Raises:
            Unreadable: a part that kaccess may have to write is not understood.
        """
        return cls(data, {name: read_section(name, data) for name in (ROLES, USERS)})

    @property
    def rows(self) -> Iterator[Row]:
        """All rows, dead ones too, in the order in which they are found: of one ARN, a later one hides those before.

        The server looks in mapRoles first, and takes the last row of several.
        """
        yield from self.sections[USERS].rows
        yield from self.sections[ROLES].rows

    @cached_property
    def by_identity(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows that count by the ARN they are for, in lower case; the last of them is the one that is found."""
        found: dict[str, tuple[Row, ...]] = {}
        for row in self.rows:
            if not row.dead:
                found[row.identity] = (*found.get(row.identity, ()), row)
        return found

    def size(self) -> int:
        """Bytes, as the API server counts them."""
        return sum(len(text.encode()) for text in self.data.values())

    def aws_auth(self) -> AwsAuth:
        """What it says, with a note for whatever is odd."""
        accounts, notes = read_accounts(self.data)
        rows = tuple(sorted(rows[-1].entry for rows in self.by_identity.values()))
        found, repeated = (tuple(f"{PLACE}: {note}" for note in each) for each in (self._notes(), self._duplicates()))
        return AwsAuth(rows, accounts, (*found, *(f"{PLACE}: {note}" for note in notes), *repeated), repeated)

    def _notes(self) -> Iterator[str]:
        spelled = {name.lower(): name for name in SECTIONS}
        for key in self.data:
            name = spelled.get(key.lower(), key)
            if name != key:
                yield f"{key} is ignored by the server, which reads {name}; rename it"
        for section in (ROLES, USERS):
            for row in self.sections[section].rows:
                yield from _row_notes(row)
        if self.size() >= _NEARLY_FULL:
            yield f"{self.size() // 1024} KiB of the {FULL // 1024} KiB that a ConfigMap may have; `kaccess migrate`"

    def _duplicates(self) -> Iterator[str]:
        for rows in self.by_identity.values():
            yield from _duplicate_notes(rows)


def _row_notes(row: Row) -> Iterator[str]:
    if row.dead:
        yield f"{row}: {row.dead}"
    elif not is_effective(row.entry):
        yield f"{row}: nobody comes in by the ARN of a role with its path; leave the path out"
    for name in row.groups:
        if " " in name:
            yield f"{row}: {name!r} is one group; if several are meant, their dashes are not in one column"


def _duplicate_notes(rows: tuple[Row, ...]) -> Iterator[str]:
    if len(rows) == 1:
        return
    where = ", ".join(f"{row.section} row {row.number}" for row in rows)
    users = {row.principal for row in rows if row.section == USERS}
    if rows[-1].section == USERS and len(users) > 1:
        yield f"{rows[-1].principal} is there in several spellings ({where}), of which the server takes any"
    else:
        last = rows[-1]
        yield f"{last.principal} is there {len(rows)} times ({where}); {last.section} row {last.number} counts alone"
