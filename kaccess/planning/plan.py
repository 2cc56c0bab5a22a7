"""The room's front door: desired and actual in, a plan out."""

from __future__ import annotations

from kaccess.model.plan import Plan, Skipped
from kaccess.model.state import State
from kaccess.planning.diff import diff
from kaccess.planning.order import concerned, ordered
from kaccess.planning.scope import Scope
from kaccess.planning.settle import settle

EVERYTHING = Scope()


def make_plan(
    cluster: str,
    desired: State,
    actual: State,
    *,
    scope: Scope = EVERYTHING,
    skipped: tuple[Skipped, ...] = (),
    notes: tuple[str, ...] = (),
) -> Plan:
    """The plan that brings the cluster with this alias (or `account ID`) from `actual` to `desired`, within `scope`.

    `skipped` is what was left out before planning; what cannot be planned is added to it. `notes` are handed on.
    """
    settled = settle(desired, actual, scope)
    changes = ordered(diff(settled.state, actual), settled.state, actual)
    return Plan(cluster, changes, tuple(sorted({*skipped, *settled.skipped})), notes)


__all__ = ["EVERYTHING", "Scope", "concerned", "make_plan"]
