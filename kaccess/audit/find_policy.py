"""Findings about the policy: what the cluster holds in its place, grants and their ends, promises that are broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kaccess.audit.case import Case, place_from
from kaccess.audit.levels import level_of
from kaccess.audit.questions import Answer, answer
from kaccess.model.access import Level
from kaccess.model.finding import Finding
from kaccess.model.names import kube_group
from kaccess.model.plan import Change, Operation
from kaccess.model.policy import Expectation, Grant
from kaccess.model.state import Card, Entry
from kaccess.rbac.request import Request

SOON: Final = timedelta(days=7)


def drift(case: Case) -> Iterator[Finding]:
    """What a plan would change; a card gives no access, and a stale entry is a finding of its own.

    An entry differs as soon as somebody joins or leaves an IAM group; whoever is to blame, it is no change by hand.
    """
    for change in case.drift:
        if isinstance(change.item, Card) or (isinstance(change.before, Entry) and change.before.stale):
            continue
        if change.operation is Operation.CREATE and _replaces_stale(change, case):
            continue
        is_changed = change.operation is Operation.UPDATE and not isinstance(change.item, Entry)
        kind = "owned-changed" if is_changed else "drift"
        place = place_from(getattr(change.item, "origin", ""))
        # Of what is to be created the plan says no more than where the policy asks for it.
        why = "" if change.why == str(place) else f": {change.why}"
        what = f"a plan would {change.operation.value} it{why}"
        yield case.finding(kind, str(change.key), what, place=place)


def _replaces_stale(change: Change, case: Case) -> bool:
    item = change.item
    return isinstance(item, Entry) and any(each.stale and each.key == item.key for each in case.cluster.entries)


def ends(case: Case) -> Iterator[Finding]:
    """Grants that are over, or soon will be."""
    for grant in case.policy.grants:
        if grant.until is None or (grant.clusters and case.cluster.cluster not in grant.clusters):
            continue
        what = f"ends at {grant.until:%Y-%m-%d %H:%M %Z}"
        if grant.ended(case.now):
            yield case.finding("grant-expired", _words(grant), what.replace("ends", "ended", 1), place=grant.place)
        elif grant.until - case.now <= SOON:
            yield case.finding("grant-expiring", _words(grant), what, place=grant.place)


def unending(case: Case) -> Iterator[Finding]:
    """Grants without an end of what should have one."""
    roles = case.cluster.rbac.objects.cluster_roles
    for grant in case.policy.grants:
        if grant.until is not None or not grant.holds_on(case.cluster.cluster, case.now):
            continue
        role = case.policy.roles[grant.role]
        rules = roles.get(role.cluster_role, ()) if role.cluster_role else role.rules
        level = level_of(rules, cluster_wide=False)
        if level >= Level.SECRETS:
            what = f"it has no end, and gives the level {level}"
            yield case.finding("grant-unending", _words(grant), what, place=grant.place)


def _words(grant: Grant) -> str:
    return f"grant of {grant.role} to {grant.group}"


def broken_promises(case: Case) -> Iterator[Finding]:
    """Tests that say who cannot do something, and people of theirs who can."""
    for test in case.policy.tests:
        if test.can and not test.only:
            continue
        who = [each for each in answer(case.access, _request(test)) if _is_meant(each, test, case)]
        if who:
            names = sorted({each.principal for each in who})
            what = f"{', '.join(names[:3])}{' and others' if len(names) > 3 else ''} can"  # noqa: PLR2004 - a line
            chains = [" -> ".join(map(str, each.ways[0].steps)) for each in who]
            yield case.finding("test-exceeded", str(test), what, principal=names[0], place=test.place, detail=chains)


def _request(test: Expectation) -> Request:
    return Request.asked(test.verb, test.resource, test.namespace)


def _is_meant(each: Answer, test: Expectation, case: Case) -> bool:
    """Whether the test is about them: the group's people, or the people of all groups but the one it allows."""
    groups = {name for name in case.policy.groups if kube_group(name) in each.kube_groups}
    if test.group and not test.only:
        return test.group in groups
    return bool(groups) and test.group not in groups


FINDERS: Final = (drift, ends, unending, broken_promises)
