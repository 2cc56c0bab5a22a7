"""Plans as the plain values that JSON has: for machines to read, and to tell whether two plans are one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from kaccess.model.plan import Change, Plan
from kaccess.model.state import Item

Json: TypeAlias = dict[str, Any]


def plain_plan(plan: Plan) -> Json:
    """A plan: its changes, what was left out of it, and its notes."""
    return {"cluster": plan.cluster, "changes": [plain_change(change) for change in plan.changes], **left_out(plan)}


def left_out(plan: Plan) -> Json:
    """What a plan leaves out, and its notes."""
    return {
        "skipped": [{"what": skipped.what, "reason": skipped.reason} for skipped in plan.skipped],
        "notes": list(plan.notes),
    }


def plain_change(change: Change) -> Json:
    """A change with its items before and after; None where there is none."""
    return {
        "operation": change.operation.value,
        **change.key._asdict(),
        "why": change.why,
        "before": plain_item(change.before),
        "after": plain_item(change.after),
        "needs": sorted(change.needs),
    }


def plain_item(item: Item | None) -> Json | None:
    """All fields of an item."""
    return None if item is None else {name: _plain(value) for name, value in asdict(item).items()}


def _plain(value: object) -> object:
    """Times as RFC 3339, and the names of backends as they are in the policy."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value
