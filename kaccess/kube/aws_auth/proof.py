"""The text after an edit is read again: it must say what the old one said, and the edit, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from kaccess.kube.aws_auth.change import RowChange
from kaccess.kube.aws_auth.document import Document
from kaccess.kube.aws_auth.edit import Edit, edits
from kaccess.kube.aws_auth.errors import PLACE, Unreadable
from kaccess.kube.aws_auth.rows import GROUPS, Row
from kaccess.kube.aws_auth.sections import Section
from kaccess.model.errors import Refused
from kaccess.yamltext.nodes import same


def edited(document: Document, change: RowChange) -> Mapping[str, str]:
    """The ConfigMap's data after one change; the very same data if it is as it should be already.

    Raises:
        Conflict: the principal's row is not what the plan saw.
        Refused: it cannot be made, or not without touching what is not kaccess's.
    """
    wanted = edits(document, change)
    data = wanted.data()
    if data is document.data or _is_as_wanted(data, document, wanted.by_section):
        return data
    raise Refused(
        f"{PLACE}: the row of {change.principal} cannot be changed without changing others (the YAML shares parts, or "
        "its layout is not known to kaccess); nothing was written; change the row by hand, or lay the file out plainly"
    )


def _is_as_wanted(data: Mapping[str, str], old: Document, wanted: Mapping[str, Edit]) -> bool:
    try:
        sections = Document.read(data).sections
    except Unreadable:
        return False
    return all(_section_is(sections[name], old.sections[name], edit) for name, edit in wanted.items())


def _section_is(new: Section, old: Section, edit: Edit) -> bool:
    rows = [row for row in old.rows if row.number not in edit.dropped]
    if len(new.rows) != len(rows) + (edit.appended is not None):
        return False
    if edit.appended and not (new.rows[-1].owned and new.rows[-1].entry == edit.appended):
        return False
    return all(_row_is(row, old_row, edit) for row, old_row in zip(new.rows, rows, strict=False))


def _row_is(new: Row, old: Row, edit: Edit) -> bool:
    groups = edit.groups.get(old.number)
    if groups is None:
        return same(new.node, old.node)
    return new.groups == groups and same(_without_groups(new), _without_groups(old))


def _without_groups(row: Row) -> yaml.MappingNode:
    pairs = [(key, value) for key, value in row.node.value if key is not row.fields.get(GROUPS, (None,))[0]]
    return yaml.MappingNode(row.node.tag, pairs)
