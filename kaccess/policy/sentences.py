"""The `tests` section: sentences of a fixed form that the policy must keep. They are proven by `expectations`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

from kaccess.model.names import PROTECTED_NAMESPACES
from kaccess.model.policy import Expectation, Grant, Place
from kaccess.policy.document import Node
from kaccess.policy.fields import items, text
from kaccess.policy.problems import Report, did_you_mean, show
from kaccess.policy.read_grants import Names
from kaccess.policy.resources import CORE, HOME, SUBRESOURCES, VERBS, is_known_verb
from kaccess.policy.shapes import wrong_group

FORMS: Final = (
    "GROUP can|cannot VERB RESOURCE in NAMESPACE",
    "only GROUP can VERB RESOURCE in NAMESPACE",
    "nobody can VERB RESOURCE in NAMESPACE",
)
_RESOURCE: Final = re.compile(
    r"(?P<name>[A-Za-z0-9-]+)(\.(?P<api_group>[a-z0-9.-]+))?(/(?P<subresource>[a-z0-9-]+(/[a-z0-9-]+)*))?"
)
_ASKED: Final = r"(?P<verb>\S+) +(?P<resource>\S+) +in +(?P<namespace>\S+)"
_SENTENCES: Final = (
    re.compile(rf"(?P<nobody>nobody) +can +{_ASKED}"),
    re.compile(rf"(?P<only>only) +(?P<group>\S+) +can +{_ASKED}"),
    re.compile(rf"(?P<group>\S+) +(?P<can>can|cannot) +{_ASKED}"),
)


def read_sentences(node: Node | None, report: Report) -> tuple[Expectation, ...]:
    """The sentences in the order of the file, the malformed ones left out with a problem each."""
    read = (_read_sentence(item, report) for item in items(node, "tests", report))
    return tuple(expectation for expectation in read if expectation is not None)


def check_sentences(
    tests: tuple[Expectation, ...], names: Names, groups: frozenset[str], grants: tuple[Grant, ...], report: Report
) -> None:
    """Note what the sentences speak of that does not exist: there any `cannot` is true, whatever was meant.

    An unknown group is a warning, since a group may have lost its last grant and its `cannot` still be right.
    """
    patterns = tuple(grant.namespaces.match for grant in grants if grant.namespaces.match)
    for test in tests:
        if names.unknown(test.group, groups):
            hint = did_you_mean(test.group, groups)
            report.warn(test.place, f"no grant and no group is called {show(test.group)}{hint}")
        known = names.namespaces | PROTECTED_NAMESPACES
        matched = any(fnmatchcase(test.namespace, pattern) for pattern in patterns)
        if names.unknown(test.namespace, known) and not matched:
            hint = did_you_mean(test.namespace, known)
            report.refuse(test.place, f"unknown namespace {show(test.namespace)}{hint}")


def _read_sentence(node: Node, report: Report) -> Expectation | None:
    sentence = text(node, "a test", report).strip()
    if not sentence:
        return None
    found = next(filter(None, (form.fullmatch(sentence) for form in _SENTENCES)), None)
    if found is None:
        report.refuse(node.place, f"{show(sentence)} is not a test; expected {' or '.join(FORMS)}")
        return None
    parts = found.groupdict()
    if parts.get("group") == "nobody":
        report.refuse(node.place, "in a test, nobody is no group; write `nobody can VERB RESOURCE in NAMESPACE`")
    elif parts.get("group"):
        report.refuse(node.place, wrong_group(parts["group"]))
    only, can = "only" in parts, "only" in parts or parts.get("can") == "can"
    _check_asked(parts["verb"], parts["resource"], node.place, report)
    return Expectation(
        parts.get("group") or "", can, parts["verb"], parts["resource"], parts["namespace"], only, node.place
    )


def _check_asked(verb: str, resource: str, place: Place, report: Report) -> None:
    if "*" in verb + resource:
        report.refuse(place, "a test asks for one verb and one resource, without *")
        return
    if not is_known_verb(verb):
        report.refuse(place, f"Kubernetes has no verb {show(verb)}{did_you_mean(verb, VERBS)}")
    found = _RESOURCE.fullmatch(resource)
    if found is None:
        report.refuse(place, f"{show(resource)} is not a resource; expected RESOURCE[.APIGROUP][/SUBRESOURCE]")
        return
    name, api_group, subresource = found["name"], found["api_group"], found["subresource"]
    if not api_group:
        report.refuse(place, _not_core(name, subresource))
    elif HOME.get(name, api_group) != api_group:
        report.warn(place, f"{show(name)} of Kubernetes is in {HOME[name]}, not in {show(api_group)}")
    elif name not in HOME and (hint := did_you_mean(name, [each for each in HOME if HOME[each] == api_group])):
        report.refuse(place, f"the API group {api_group} has no resource {show(name)}{hint}")
    if subresource and name in CORE | HOME.keys() and subresource not in SUBRESOURCES:
        hint = did_you_mean(subresource, SUBRESOURCES)
        report.refuse(place, f"{show(name)} has no subresource {show(subresource)}{hint}")


def _not_core(name: str, subresource: str | None) -> str:
    """What is wrong with a name without an API group, which is looked for in the core group alone."""
    if name in CORE:
        return ""
    if name in HOME:
        full = f"{name}.{HOME[name]}" + (f"/{subresource}" if subresource else "")
        return f"{show(name)} is not in the core API group; write {full}"
    hint = did_you_mean(name, CORE) or "; write RESOURCE.APIGROUP for those of other API groups"
    return f"the core API group has no resource {show(name)}{hint}"
