"""The `grants` section: which group has which role, where and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kaccess.model.policy import Grant, NamespaceChoice
from kaccess.policy.document import Mapping, Node
from kaccess.policy.fields import fields, items, moment, placed_texts, text
from kaccess.policy.problems import Report, did_you_mean, show
from kaccess.policy.read_namespaces import read_labels
from kaccess.policy.shapes import wrong_group, wrong_match, wrong_namespace

GRANT_KEYS: Final = ("group", "role", "namespaces", "clusters", "until", "reason", "by", "at")
CHOICE_KEYS: Final = ("match", "selector")


@dataclass(frozen=True)
class Names:
    """What grants and tests may name. `complete` is false if some file could not be read: then nothing is unknown."""

    clusters: frozenset[str]
    namespaces: frozenset[str]
    roles: frozenset[str]
    complete: bool = True

    def unknown(self, word: str, known: frozenset[str]) -> bool:
        """Whether `word` is certainly not one of `known`."""
        return self.complete and bool(word) and word not in known


def read_grants(node: Node | None, names: Names, report: Report) -> tuple[Grant, ...]:
    """The grants in the order of the file."""
    return tuple(_read_grant(item, names, report) for item in items(node, "grants", report))


def warn_of_duplicates(grants: Iterable[Grant], report: Report) -> None:
    """Warn of grants that say what an earlier one says."""
    seen: dict[tuple[object, ...], Grant] = {}
    for grant in grants:
        chosen = (frozenset(grant.namespaces.names), grant.namespaces.match, grant.namespaces.selector)
        first = seen.setdefault((grant.group, grant.role, chosen, frozenset(grant.clusters), grant.until), grant)
        if first is not grant:
            report.warn(grant.place, f"the same grant stands at {first.place}")


def _read_grant(node: Node, names: Names, report: Report) -> Grant:
    found = fields(node, "a grant", report, known=GRANT_KEYS, required=GRANT_KEYS[:3])
    group = text(found.get("group"), "group", report)
    if group:
        report.refuse(found["group"].place, wrong_group(group))
    role = text(found.get("role"), "role", report)
    if names.unknown(role, names.roles):
        report.refuse(found["role"].place, f"unknown role {show(role)}{did_you_mean(role, names.roles)}")
    return Grant(
        group,
        role,
        _read_choice(found.get("namespaces"), names, report),
        _read_clusters(found.get("clusters"), names, report),
        moment(found.get("until"), "until", report),
        text(found.get("reason"), "reason", report),
        text(found.get("by"), "by", report),
        node.place,
        moment(found.get("at"), "at", report),
    )


def _read_choice(node: Node | None, names: Names, report: Report) -> NamespaceChoice:
    if not isinstance(node, Mapping):
        return NamespaceChoice(_read_namespace_names(node, names, report))
    found = fields(node, "namespaces", report, known=CHOICE_KEYS)
    if len(found) != 1:
        report.refuse(node.place, "namespaces takes a list of names, or one of match and selector")
    match = text(found.get("match"), "match", report) or None
    if match:
        report.refuse(found["match"].place, wrong_match(match))
        if set(match) == {"*"}:
            report.warn(
                found["match"].place, f"{show(match)} is every namespace that is not protected, future ones too"
            )
    if "selector" not in found:
        return NamespaceChoice(match=match)
    selector = read_labels(found["selector"], "selector", report)
    if not selector:
        report.refuse(found["selector"].place, "an empty selector would mean every namespace; name a label")
    return NamespaceChoice(match=match, selector=selector)


def _read_namespace_names(node: Node | None, names: Names, report: Report) -> tuple[str, ...]:
    words = placed_texts(node, "namespaces", report)
    for word, place in words:
        wrong = wrong_namespace(word)
        if wrong and word:
            report.refuse(place, wrong)
        elif names.unknown(word, names.namespaces):
            hint = did_you_mean(word, names.namespaces) or "; declare it in namespaces"
            report.refuse(place, f"unknown namespace {show(word)}{hint}")
    return tuple(word for word, _ in words)


def _read_clusters(node: Node | None, names: Names, report: Report) -> tuple[str, ...]:
    words = placed_texts(node, "clusters", report)
    for word, place in words:
        if names.unknown(word, names.clusters):
            report.refuse(place, f"unknown cluster {show(word)}{did_you_mean(word, names.clusters)}")
    return tuple(word for word, _ in words)
