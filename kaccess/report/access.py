"""Effective access, as rows, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from kaccess.audit.access import is_card
from kaccess.audit.result import Audit
from kaccess.model.access import EVERYWHERE, Access, Level, Reach, Step, StepKind
from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.names import PREFIX
from kaccess.model.rule import Rule
from kaccess.report.table import table

WHOLE_CLUSTER: Final = "(whole cluster)"
_SHOWN: Final = 4
"""Namespaces of a row that the table names; the others are counted."""


@dataclass(frozen=True)
class RoleReach:
    """One role in all the namespaces in which it is the same; "" stands for the whole cluster.

    `origins` are the files and lines of the grants.
    """

    role: str
    level: Level
    namespaces: tuple[str, ...]
    rules: tuple[Rule, ...] | None
    origins: tuple[str, ...] = ()


_NOT_SEEN: Final = RoleReach("?", Level.UNKNOWN, (EVERYWHERE,), None)


@dataclass(frozen=True)
class AccessRow:
    """One role that a principal has by one chain. Rows of all who come to a group share its `given`."""

    cluster: str
    principal: str
    steps: tuple[Step, ...]
    given: RoleReach


def access_rows(audit: Audit) -> Iterator[AccessRow]:
    """All of an audit's access but stock and the cards of the directory, by cluster and principal."""
    known: dict[int, tuple[RoleReach, ...]] = {}
    for cluster in audit.clusters:
        for access in cluster.access:
            yield from _rows(cluster.cluster, access, known)


def _rows(cluster: str, access: Access, known: dict[int, tuple[RoleReach, ...]]) -> Iterator[AccessRow]:
    is_empty = True
    for arrival in access.arrivals:
        # Everybody in a group has the same tuple of what it is given.
        if id(arrival.reaches) not in known:
            known[id(arrival.reaches)] = tuple(_by_role(arrival.reaches))
        for given in known[id(arrival.reaches)]:
            is_empty = False
            yield AccessRow(cluster, access.principal, arrival.steps, given)
    if access.unknown and is_empty:
        yield AccessRow(cluster, access.principal, (), _NOT_SEEN)


def _by_role(reaches: Iterable[Reach]) -> Iterator[RoleReach]:
    grouped: dict[tuple[str, Level, tuple[Rule, ...] | None], list[Reach]] = {}
    for reach in reaches:
        if not reach.is_stock and not is_card(reach):
            grouped.setdefault((reach.role, reach.level, reach.rules), []).append(reach)
    for (role, level, rules), those in grouped.items():
        namespaces = tuple(sorted({reach.namespace for reach in those}))
        origins = tuple(dict.fromkeys(reach.origin for reach in those if reach.origin))
        yield RoleReach(role.removeprefix(PREFIX), level, namespaces, rules, origins)


def access_table(audit: Audit) -> str:
    """The rows as a table for a terminal."""
    return table(
        (
            (
                row.cluster,
                short(row.principal),
                chain(row.steps),
                _some(row.given.namespaces),
                row.given.role,
                str(row.given.level),
            )
            for row in access_rows(audit)
        ),
        ("cluster", "principal", "comes in by", "namespaces", "role", "level"),
        (None, None, 40, 30, 28, None),
    )


def _some(namespaces: tuple[str, ...]) -> str:
    named = [namespace or WHOLE_CLUSTER for namespace in namespaces[:_SHOWN]]
    more = len(namespaces) - len(named)
    return ", ".join([*named, *([f"{more} more"] if more else [])])


def short(principal: str) -> str:
    """`111122223333 user/ana` for an ARN: what tells principals apart, in the width of a terminal."""
    try:
        arn = Arn.parse(principal)
    except Usage:
        return principal
    return f"{arn.account} {arn.resource}"


def chain(steps: Iterable[Step]) -> str:
    """A chain in one line, without the principal that it begins with."""
    return " > ".join(_words(step) for step in steps)


def _words(step: Step) -> str:
    kind = str(step.kind.value)
    if step.kind in {StepKind.ACCESS_ENTRY, StepKind.AWS_AUTH}:
        return kind
    return f"{kind} {step.name.rpartition('/')[2] if step.kind is StepKind.IAM_ROLE else step.name}"


class Shared:
    """What many rows have in common, each once under a short name: sets of rules, and roles with their namespaces."""

    def __init__(self) -> None:
        self._rules: dict[tuple[Rule, ...], str] = {}
        self._given: dict[int, tuple[str, RoleReach]] = {}

    def given(self, reach: RoleReach) -> str:
        """The name of a role with its namespaces."""
        return self._given.setdefault(id(reach), (f"g{len(self._given) + 1}", reach))[0]

    def to_json(self) -> dict[str, Any]:
        """`given` and `rules` by their names; a namespace of null is the whole cluster, rules of null are not known."""
        given = {name: self._reach_json(reach) for name, reach in self._given.values()}
        return {
            "given": given,
            "rules": {name: [rule.to_json() for rule in rules] for rules, name in self._rules.items()},
        }

    def _reach_json(self, reach: RoleReach) -> dict[str, Any]:
        rules = reach.rules
        return {
            "role": reach.role,
            "level": str(reach.level),
            "namespaces": [namespace or None for namespace in reach.namespaces],
            "rules": None if rules is None else self._rules.setdefault(rules, f"r{len(self._rules) + 1}"),
            "origins": list(reach.origins),
        }


def access_json(audit: Audit) -> dict[str, Any]:
    """`access` has an object for each chain of each principal, and names what it gives in `given`."""
    shared = Shared()
    found: list[dict[str, Any]] = []
    last: tuple[str, str, tuple[Step, ...]] | None = None
    for row in access_rows(audit):
        if (row.cluster, row.principal, row.steps) != last:
            last = (row.cluster, row.principal, row.steps)
            chain_json = [step_json(step) for step in row.steps]
            found.append({"cluster": row.cluster, "principal": row.principal, "chain": chain_json, "given": []})
        found[-1]["given"].append(shared.given(row.given))
    return {"access": found, **shared.to_json()}


def step_json(step: Step) -> dict[str, str]:
    """A step for machines."""
    return {"kind": step.kind.value, "name": step.name, **({"place": step.place} if step.place else {})}
