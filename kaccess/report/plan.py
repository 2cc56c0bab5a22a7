"""Plans and what became of them, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from kaccess.model.plan import Change, Operation, Plan
from kaccess.planning.plain import left_out, plain_change
from kaccess.report.items import change_lines
from kaccess.workflows.apply import Outcome, Status

SIGNS: Final = {Operation.CREATE: "+", Operation.UPDATE: "~", Operation.DELETE: "-"}


def plan_text(plan: Plan) -> str:
    """A plan for people: a headline, each change with what differs and why, then what was skipped, then notes."""
    lines = [headline(plan), *(line for change in plan.changes for line in _change_text(change))]
    lines.extend(f"  ! skipped {skipped}" for skipped in plan.skipped)
    lines.extend(f"  note: {note}" for note in plan.notes)
    return "\n".join(lines)


def headline(plan: Plan) -> str:
    """The plan in one line."""
    if not plan.changes:
        return f"{plan.cluster}: nothing to do"
    counts = Counter(change.operation for change in plan.changes)
    return f"{plan.cluster}: " + ", ".join(f"{counts[operation]} to {operation.value}" for operation in Operation)


def _change_text(change: Change) -> list[str]:
    why = [f"      why: {change.why}"] if change.why else []
    return [f"  {SIGNS[change.operation]} {change.key}", *(f"      {line}" for line in change_lines(change)), *why]


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan for machines: each change with its items before and after."""
    return {"cluster": plan.cluster, "changes": [_change_json(change) for change in plan.changes], **left_out(plan)}


def _change_json(change: Change) -> dict[str, Any]:
    return {**plain_change(change), "differences": change_lines(change)}


def outcome_line(outcome: Outcome) -> str:
    """One change and what became of it, in one line."""
    said = f"{outcome.status.value:8} {SIGNS[outcome.change.operation]} {outcome.change.key}"
    return f"{said}: {outcome.reason}" if outcome.reason else said


def applied_json(plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """A plan that was applied: each change with its status and reason."""
    results = [
        {**_change_json(outcome.change), "status": outcome.status.value, "reason": outcome.reason}
        for outcome in outcomes
    ]
    return {"cluster": plan.cluster, "changes": results, **left_out(plan)}


def applied_lines(plan: Plan, outcomes: Sequence[Outcome]) -> list[str]:
    """What an apply did: a line for each change, then the counts, then the notes."""
    notes = [f"{plan.cluster}: note: {note}" for note in plan.notes]
    if not plan.changes:
        return [headline(plan), *notes]
    counts = Counter(outcome.status for outcome in outcomes)
    parts = [f"{counts[status]} {status.value}" for status in Status]
    left = f", {len(plan.skipped)} left out" if plan.skipped else ""
    return [*map(outcome_line, outcomes), f"{plan.cluster}: {', '.join(parts)}{left}", *notes]


def problems(plan: Plan, outcomes: Iterable[Outcome]) -> list[str]:
    """All that keeps the cluster from agreeing with the policy, a line each."""
    undone = [outcome_line(outcome) for outcome in outcomes if outcome.status is not Status.APPLIED]
    return [*(f"skipped {skipped}" for skipped in plan.skipped), *undone]
