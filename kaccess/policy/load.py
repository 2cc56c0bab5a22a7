"""Policy files to a policy, or to everything that is wrong with them at once.

Each file is read on its own; then what names stand for is looked up across all of them. If some file could not be
read, no name is called unknown, since that file may hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from kaccess.model.policy import Place, Policy
from kaccess.policy.document import Mapping as Document
from kaccess.policy.document import Node, parse
from kaccess.policy.fields import fields, text
from kaccess.policy.files import PolicyFile, read_files
from kaccess.policy.problems import PolicyError, Problem, Report, did_you_mean, show
from kaccess.policy.read_audit import read_suppressions
from kaccess.policy.read_clusters import check_distinct, read_clusters
from kaccess.policy.read_grants import Names, read_grants, warn_of_duplicates
from kaccess.policy.read_groups import check_apart, read_groups, with_granted
from kaccess.policy.read_namespaces import read_namespaces
from kaccess.policy.read_offboarded import check_once, read_offboarded
from kaccess.policy.read_roles import read_roles
from kaccess.policy.sentences import check_sentences, read_sentences

API_VERSION: Final = "kaccess/v1"
KIND: Final = "AccessPolicy"
POLICY_KEYS: Final = (
    "apiVersion",
    "kind",
    "clusters",
    "groups",
    "namespaces",
    "roles",
    "grants",
    "tests",
    "offboarded",
    "audit",
)

__all__ = ["Loaded", "PolicyError", "Problem", "load", "load_files"]


@dataclass(frozen=True)
class Loaded:
    """A usable policy, what is doubtful about it, and the files it was read from."""

    policy: Policy
    warnings: tuple[Problem, ...]
    files: tuple[PolicyFile, ...]


def load(path: Path) -> Loaded:
    """Read the policy at `path`: one file, or a folder whose *.yaml and *.yml files are merged.

    Raises:
        PolicyError: with every problem of every file.
    """
    report = Report()
    files = read_files(path, report)
    return _load(files, report)


def load_files(files: Iterable[PolicyFile]) -> Loaded:
    """Read a policy from texts in memory, as `load` would from disk.

    Raises:
        PolicyError: with every problem of every file.
    """
    return _load(tuple(files), Report())


def _load(files: tuple[PolicyFile, ...], report: Report) -> Loaded:
    documents = [document for file in files if (document := parse(file.text, file.name, report))]
    complete = not report.refused
    sections = [_sections(document, report) for document in documents]
    policy = _policy(sections, complete, report)
    if complete and not policy.clusters:
        report.refuse(Place(files[0].name), "the policy names no cluster; add one to clusters")
    report.raise_if_refused()
    return Loaded(policy, report.warnings, files)


def _sections(document: Document, report: Report) -> dict[str, Node]:
    found = fields(document, "a policy", report, known=POLICY_KEYS, required=POLICY_KEYS[:2])
    for key, expected in (("apiVersion", API_VERSION), ("kind", KIND)):
        word = text(found.get(key), key, report)
        if word and word != expected:
            hint = did_you_mean(word, [expected]) or f"; this kaccess reads {expected}"
            report.refuse(found[key].place, f"unknown {key} {show(word)}{hint}")
    return found


def _policy(sections: list[dict[str, Node]], complete: bool, report: Report) -> Policy:
    clusters = _merged("cluster", [read_clusters(each.get("clusters"), report) for each in sections], report)
    declared = _merged("group", [read_groups(each.get("groups"), report) for each in sections], report)
    namespaces = _merged("namespace", [read_namespaces(each.get("namespaces"), report) for each in sections], report)
    roles = _merged("role", [read_roles(each.get("roles"), report) for each in sections], report)
    check_distinct(clusters, report)
    names = Names(frozenset(clusters), frozenset(namespaces), frozenset(roles), complete)
    grants = tuple(grant for each in sections for grant in read_grants(each.get("grants"), names, report))
    warn_of_duplicates(grants, report)
    groups = with_granted(declared, grants)
    check_apart(groups.values(), report)
    tests = tuple(test for each in sections for test in read_sentences(each.get("tests"), report))
    check_sentences(tests, names, frozenset(groups), grants, report)
    offboarded = tuple(one for each in sections for one in read_offboarded(each.get("offboarded"), report))
    check_once(offboarded, report)
    suppressions = tuple(one for each in sections for one in read_suppressions(each.get("audit"), report))
    return Policy(clusters, MappingProxyType(groups), namespaces, roles, grants, tests, offboarded, suppressions)


class _Placed(Protocol):
    @property
    def place(self) -> Place: ...


_Named = TypeVar("_Named", bound=_Placed)


def _merged(what: str, parts: Iterable[Mapping[str, _Named]], report: Report) -> Mapping[str, _Named]:
    merged: dict[str, _Named] = {}
    for part in parts:
        for name, value in part.items():
            if name in merged:
                report.refuse(value.place, f"the {what} {show(name)} is defined here and at {merged[name].place}")
            else:
                merged[name] = value
    return MappingProxyType(merged)
