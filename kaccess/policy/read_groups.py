"""The `groups` section: groups whose source is not simply the IAM group of the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from kaccess.model.errors import Usage
from kaccess.model.names import card_name, iam_role_name, kube_group
from kaccess.model.policy import Grant, Group, SourceKind
from kaccess.model.state import without_role_path
from kaccess.policy.document import Node, Scalar
from kaccess.policy.fields import fields, flag, named, text
from kaccess.policy.problems import Report, show
from kaccess.policy.shapes import duration_of, wrong_group, wrong_iam_group, wrong_iam_role, wrong_permission_set

SOURCES: Final = {
    SourceKind.IAM_GROUP: wrong_iam_group,
    SourceKind.IAM_ROLE: wrong_iam_role,
    SourceKind.PERMISSION_SET: wrong_permission_set,
}
ASSUME_KEYS: Final = ("mfa", "session_duration")
GROUP_KEYS: Final = (*(kind.value for kind in SOURCES), "assume", *ASSUME_KEYS)

SESSION: Final = (timedelta(hours=1), timedelta(hours=12))
"""The shortest and longest MaxSessionDuration that IAM takes."""

MADE_NAMES: Final[dict[str, Callable[[str], str]]] = {
    "Kubernetes group": kube_group,
    "directory card": card_name,
    "IAM role": iam_role_name,
}
"""What is called after a group, and must not be called after two."""


def read_groups(node: Node | None, report: Report) -> dict[str, Group]:
    """The declared groups by name."""
    return named(node, "groups", report, lambda key, value: _read_group(key, value, report))


def with_granted(declared: Mapping[str, Group], grants: Iterable[Grant]) -> dict[str, Group]:
    """The declared groups and those that are only granted to, which are the IAM groups of the same name."""
    groups = dict(declared)
    for grant in grants:
        groups.setdefault(grant.group, Group(grant.group, target=grant.group, place=grant.place))
    return groups


def check_apart(groups: Iterable[Group], report: Report) -> None:
    """Refuse groups that people, IAM or the cluster could take for one another, and a role spelled in two ways."""
    seen: dict[tuple[str, str], Group] = {}
    roles: dict[str, Group] = {}
    for group in groups:
        firsts = ((what, seen.setdefault((what, key), group)) for what, key in _claims(group))
        clash = next(((what, first) for what, first in firsts if first is not group), None)
        if clash:
            report.refuse(group.place, _clash(clash[0], group, clash[1]))
        if group.source is SourceKind.IAM_ROLE and not wrong_iam_role(group.target):
            first = roles.setdefault(without_role_path(group.target).lower(), group)
            if first.target != group.target:
                other = f"{show(first.target)} at {first.place}"
                report.refuse(group.place, f"{show(group.target)} is the role {other}; IAM has one of that name")


def _claims(group: Group) -> Iterator[tuple[str, str]]:
    """What no other group may have; IAM tells names apart ignoring case."""
    if wrong_group(group.name):
        return
    yield "name", group.name.lower()
    yield from ((what, made(group.name).lower()) for what, made in MADE_NAMES.items())
    if group.assume and group.source is SourceKind.IAM_GROUP:
        yield "assumed", group.target.lower()


def _clash(what: str, group: Group, first: Group) -> str:
    other = f"{show(first.name)} at {first.place}"
    if what == "name":
        return f"the group {show(group.name)} differs from {other} in case alone"
    if what == "assumed":
        source = f"the members of the IAM group {group.target}"
        return f"the group {show(group.name)} and {other} both have {source} assume a role; they can have one"
    name = MADE_NAMES[what](group.name)
    return f"the group {show(group.name)} and {other} would have one {what}, {name}; rename one of them"


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
    for name in ASSUME_KEYS if not assume else ():
        if name in found:
            report.refuse(found[name].place, f"{name} is for the role of a group with assume: true")
    target = _read_target(key, found.get(kind.value), kind, report)
    mfa, seconds = flag(found.get("mfa"), "mfa", report), _read_session(found.get("session_duration"), report)
    return Group(key.text, kind, target, assume, key.place, mfa, seconds)


def _read_session(node: Node | None, report: Report) -> int:
    """How long a session may last in seconds; an hour, which is IAM's own default, where absent."""
    shortest, longest = SESSION
    word = text(node, "session_duration", report)
    if node is None or not word:
        return int(shortest.total_seconds())
    try:
        length = duration_of(word)
    except Usage as error:
        report.refuse(node.place, f"session_duration: {error}")
        return int(shortest.total_seconds())
    if not shortest <= length <= longest:
        report.refuse(node.place, f"session_duration is {show(word)}; IAM takes 1h to 12h")
    return int(length.total_seconds())


def _read_target(key: Scalar, node: Node | None, kind: SourceKind, report: Report) -> str:
    if node is None:
        return key.text
    target = text(node, kind.value, report)
    if target:
        report.refuse(node.place, SOURCES[kind](target))
    return target
