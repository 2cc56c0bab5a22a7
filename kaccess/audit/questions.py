"""Who can do that, and why can they: answers from effective access, by RBAC's own matching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kaccess.audit.access_policies import in_scope
from kaccess.model.access import EVERYWHERE, Access, Reach, StepKind, Way, way_by
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.request import Request


@dataclass(frozen=True)
class Answer:
    """Somebody who can, and each way by which they can; with `may_be`, ways of which kaccess cannot see the rules.

    `is_stock`: they can by what comes with every cluster alone.
    """

    principal: str
    ways: tuple[Way, ...]
    may_be: bool
    is_stock: bool
    kube_groups: frozenset[str]


def answer(access: Iterable[Access], request: Request) -> tuple[Answer, ...]:
    """Everybody who can make the request, and those who perhaps can, in the order of `access`."""
    known: dict[int, bool | None] = {}

    def allows(reach: Reach) -> bool | None:
        # What many are given is the same object; its rules are looked through once.
        if id(reach) not in known:
            known[id(reach)] = reach_allows(reach, request)
        return known[id(reach)]

    found = []
    for each in access:
        marks = [(arrival, reach, allows(reach)) for arrival in each.arrivals for reach in arrival.reaches]
        certain = [(arrival, reach) for arrival, reach, mark in marks if mark]
        perhaps = [(arrival, reach) for arrival, reach, mark in marks if mark is None]
        if certain or perhaps:
            ways = tuple(way_by(each.principal, arrival, reach) for arrival, reach in certain or perhaps)
            is_stock = all(reach.is_stock for _, reach in certain or perhaps)
            found.append(Answer(each.principal, ways, not certain, is_stock, _kube_groups(each)))
    return tuple(found)


def allowed(access: Access, request: Request) -> bool | None:
    """Whether someone can make a request; None if that depends on what kaccess cannot see."""
    marks = {reach_allows(reach, request) for reach in access.reaches()}
    return True if True in marks else None if None in marks else False


def reach_allows(reach: Reach, request: Request) -> bool | None:
    """Whether what is given in one place allows the request; None if its rules are not known."""
    namespace = EVERYWHERE if request.path else request.namespace
    if reach.namespace != EVERYWHERE and not in_scope(reach.namespace, namespace):
        return False
    return None if reach.rules is None else rules_allow(reach.rules, request)


def explain(access: Access, request: Request | None = None) -> Iterator[Way]:
    """The ways of one principal; with a request those by which they can make it, and those that may allow it."""
    for way, reach in zip(access.ways(), access.reaches(), strict=True):
        if request is None:
            if not reach.is_stock:
                yield way
        elif reach_allows(reach, request) is not False:
            yield way


def _kube_groups(access: Access) -> frozenset[str]:
    steps = (arrival.steps[-1] for arrival in access.arrivals)
    return frozenset(step.name for step in steps if step.kind is StepKind.KUBE_GROUP)
