"""Answers to questions about access: who can, why someone can, and what changed between two audits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kaccess.audit.difference import Difference, Holding, by_principal
from kaccess.audit.questions import Answer
from kaccess.model.access import Unknown, Way
from kaccess.report.access import WHOLE_CLUSTER, chain, short, step_json
from kaccess.report.findings import finding_json
from kaccess.report.rules import rule_line


def who_can_lines(cluster: str, answers: Iterable[Answer], unknown: Iterable[Unknown]) -> Iterator[str]:
    """A line for everybody who can, with the first chain; then those who may be able to and cannot be seen."""
    known = list(answers)
    for each in known:
        if each.is_stock:
            continue
        more = f" (and {len(each.ways) - 1} more ways)" if len(each.ways) > 1 else ""
        perhaps = "perhaps, " if each.may_be else ""
        yield f"{cluster}: {short(each.principal)}: {perhaps}by {chain(each.ways[0].steps)}{more}"
    components = sum(each.is_stock for each in known)
    if components:
        yield f"{cluster}: and {components} by what Kubernetes and EKS give in every cluster"
    for one in unknown:
        yield f"{cluster}: unknown: {one.who}: {one.reason}"


def who_can_json(cluster: str, answers: Iterable[Answer], unknown: Iterable[Unknown]) -> dict[str, Any]:
    """The same for machines."""
    return {
        "cluster": cluster,
        "can": [
            {
                "principal": each.principal,
                "certain": not each.may_be,
                "stock": each.is_stock,
                "ways": [way_json(way) for way in each.ways],
            }
            for each in answers
        ],
        "unknown": [{"who": each.who, "reason": each.reason} for each in unknown],
    }


def way_lines(principal: str, ways: Iterable[Way]) -> Iterator[str]:
    """Each way as a chain, a step a line, down to the rules."""
    for way in ways:
        where = f"in {way.namespace}" if way.namespace else "in the whole cluster"
        yield f"{short(principal)}: {way.level} {where}"
        yield from (f"  {'  ' * depth}> {step}" for depth, step in enumerate(way.steps))
        indent = "  " * (len(way.steps) + 1)
        if way.rules is None:
            yield f"{indent}rules: known to AWS alone"
        else:
            yield from (f"{indent}may {rule_line(rule)}" for rule in way.rules)


def way_json(way: Way) -> dict[str, Any]:
    """One way for machines."""
    return {
        "chain": [step_json(step) for step in way.steps],
        "namespace": way.namespace or None,
        "role": way.role,
        "level": str(way.level),
        "rules": None if way.rules is None else [rule.to_json() for rule in way.rules],
        "origin": way.origin or None,
    }


def difference_lines(found: Difference) -> Iterator[str]:
    """Who gained and lost what, and which findings came and went."""
    for sign, holdings in (("+", found.gained), ("-", found.lost)):
        for (cluster, principal), those in by_principal(holdings).items():
            for each in those:
                where = each.namespace or WHOLE_CLUSTER
                yield f"{sign} {cluster}: {short(principal)}: {each.role} in {where} ({each.level})"
    for sign, findings in (("+", found.appeared), ("-", found.gone)):
        for finding in findings:
            yield f"{sign} {finding.cluster}: finding {finding.id}: {finding.where}: {finding.what}"
    yield from (f"{alias}: only one of the two has this cluster" for alias in found.incomparable)


def difference_json(found: Difference) -> dict[str, Any]:
    """The same for machines."""
    return {
        "gained": [_holding_json(each) for each in found.gained],
        "lost": [_holding_json(each) for each in found.lost],
        "findings": {
            "appeared": [finding_json(each) for each in found.appeared],
            "gone": [finding_json(each) for each in found.gone],
        },
        "incomparable": list(found.incomparable),
    }


def _holding_json(holding: Holding) -> dict[str, Any]:
    return {
        "cluster": holding.cluster,
        "principal": holding.principal,
        "namespace": holding.namespace or None,
        "role": holding.role,
        "level": str(holding.level),
        "rules": None if holding.rules is None else [rule.to_json() for rule in holding.rules],
    }
