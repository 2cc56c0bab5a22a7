"""The policy's tests, proven without a cluster from the grants in force.

Over several clusters `can` means on at least one of them and `cannot` on none. A sentence speaks of the group's own
grants; someone in two groups has the rights of both. What cannot be decided here fails: a test that proves nothing
must not pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import Enum

from kaccess.model.policy import Expectation, Grant, Policy
from kaccess.policy.placement import chooses
from kaccess.policy.problems import Problem, Report
from kaccess.policy.roles import rules_of
from kaccess.policy.shapes import time_text
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.request import Request


class _Verdict(Enum):
    """Whether a grant allows a request; the value says so in a message."""

    YES = "allows it"
    NO = "does not allow it"
    BY_LABELS = "chooses namespaces by labels that only the cluster knows"
    BY_CLUSTER_ROLE = "binds a ClusterRole whose rules only the cluster knows"


def check(policy: Policy, now: datetime) -> tuple[Problem, ...]:
    """The tests that do not hold at `now` (aware), each with the grants that break it."""
    report = Report()
    for test in policy.tests:
        if test.can:
            report.refuse(test.place, _denial(test, policy, now))
        for group in _excluded(test, policy):
            report.refuse(test.place, _breach(test, group, policy, now))
    return report.problems


def _excluded(test: Expectation, policy: Policy) -> tuple[str, ...]:
    """The groups that must not be able to do it."""
    if test.group and not test.only:
        return () if test.can else (test.group,)
    return tuple(sorted(policy.groups.keys() - {test.group}))


def _denial(test: Expectation, policy: Policy, now: datetime) -> str:
    found = list(_verdicts(test, test.group, policy, now))
    if any(verdict is _Verdict.YES for _, verdict in found):
        return ""
    unsure = next((f"{_what(grant)} {verdict.value}" for grant, verdict in found if verdict is not _Verdict.NO), "")
    if unsure:
        return f"{test}: cannot be proven, since the grant of {unsure}"
    return f"{test}: not so, {_ended(test, policy, now) or 'no grant in force allows it'}"


def _ended(test: Expectation, policy: Policy, now: datetime) -> str:
    """The grant that made it so and is over."""
    for grant in _of_group(test.group, policy):
        if grant.until is not None and grant.ended(now) and _verdict(grant, test, policy, some=False) is _Verdict.YES:
            return f"the grant of {_what(grant)} ended at {time_text(grant.until)}"
    return ""


def _breach(test: Expectation, group: str, policy: Policy, now: datetime) -> str:
    breaking = [each for each in _verdicts(test, group, policy, now) if each[1] is not _Verdict.NO]
    if not breaking:
        return ""
    certain = any(verdict is _Verdict.YES for _, verdict in breaking)
    causes = "; ".join(f"the grant of {_what(grant)} {verdict.value}" for grant, verdict in breaking)
    return f"{test}: {'not so' if certain else 'cannot be proven'}, {causes}"


def _what(grant: Grant) -> str:
    return f"{grant.role} to {grant.group} at {grant.place}"


def _verdicts(test: Expectation, group: str, policy: Policy, now: datetime) -> Iterator[tuple[Grant, _Verdict]]:
    for grant in _of_group(group, policy):
        if not grant.ended(now):
            yield grant, _verdict(grant, test, policy, some=group != test.group or not test.can)


def _of_group(group: str, policy: Policy) -> Iterator[Grant]:
    return (grant for grant in policy.grants if grant.group == group)


def _verdict(grant: Grant, test: Expectation, policy: Policy, *, some: bool) -> _Verdict:
    """Whether the grant allows the request on every object of the resource, or, with `some`, on any of them."""
    reached = _reaches(grant, test.namespace, policy)
    if reached is _Verdict.NO:
        return reached
    rules = rules_of(policy.roles[grant.role])
    if rules is None:
        return _Verdict.BY_CLUSTER_ROLE
    if some:
        rules = tuple(replace(rule, resource_names=()) for rule in rules)
    asked = Request.asked(test.verb, test.resource, test.namespace)
    return reached if rules_allow(rules, asked) else _Verdict.NO


def _reaches(grant: Grant, namespace: str, policy: Policy) -> _Verdict:
    declared = policy.namespaces.get(namespace)
    labels = dict(declared.labels) if declared else {}
    if chooses(grant.namespaces, namespace, labels):
        return _Verdict.YES
    undecided = [key for key, _ in grant.namespaces.selector or () if key not in labels]
    possible = undecided and chooses(grant.namespaces, namespace, {**dict(grant.namespaces.selector or ()), **labels})
    return _Verdict.BY_LABELS if possible else _Verdict.NO
