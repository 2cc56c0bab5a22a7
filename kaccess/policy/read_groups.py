"""The `groups` section: groups whose source is not simply the IAM group of the same name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kaccess.model.policy import Grant, Group, SourceKind
from kaccess.policy.document import Node, Scalar
from kaccess.policy.fields import fields, flag, named, text
from kaccess.policy.problems import Report, show
from kaccess.policy.shapes import wrong_group, wrong_iam_group, wrong_iam_role, wrong_permission_set

SOURCES: Final = {
    SourceKind.IAM_GROUP: wrong_iam_group,
    SourceKind.IAM_ROLE: wrong_iam_role,
    SourceKind.PERMISSION_SET: wrong_permission_set,
}
GROUP_KEYS: Final = (*(kind.value for kind in SOURCES), "assume")


def read_groups(node: Node | None, report: Report) -> dict[str, Group]:
    """The declared groups by name."""
    return named(node, "groups", report, lambda key, value: _read_group(key, value, report))


def with_granted(declared: Mapping[str, Group], grants: Iterable[Grant], report: Report) -> dict[str, Group]:
    """The declared groups and those that are only granted to, which are the IAM groups of the same name.

    IAM tells group names apart ignoring case, so two that differ in case alone are refused.
    """
    groups = dict(declared)
    for grant in grants:
        groups.setdefault(grant.group, Group(grant.group, target=grant.group, place=grant.place))
    spelled: dict[str, Group] = {}
    for group in groups.values():
        first = spelled.setdefault(group.name.lower(), group)
        if first is not group:
            other = f"{show(first.name)} at {first.place}"
            report.refuse(group.place, f"the group {show(group.name)} differs from {other} in case alone")
    return groups


def _read_group(key: Scalar, node: Node, report: Report) -> Group:
    report.refuse(key.place, wrong_group(key.text))
    found = fields(node, "a group", report, known=GROUP_KEYS)
    kinds = [kind for kind in SOURCES if kind.value in found]
    if len(kinds) > 1:
        names = " and ".join(kind.value for kind in kinds)
        report.refuse(node.place, f"the group {show(key.text)} has {names}; it takes one source")
    kind = kinds[0] if kinds else SourceKind.IAM_GROUP
    assume = flag(found.get("assume"), "assume", report)
    if assume and kind is not SourceKind.IAM_GROUP:
        report.refuse(found["assume"].place, f"assume is for an iam_group; {kind.value} is a role already")
    return Group(key.text, kind, _read_target(key, found.get(kind.value), kind, report), assume, key.place)


def _read_target(key: Scalar, node: Node | None, kind: SourceKind, report: Report) -> str:
    if node is None:
        return key.text
    target = text(node, kind.value, report)
    if target:
        report.refuse(node.place, SOURCES[kind](target))
    return target
