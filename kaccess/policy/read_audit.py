"""The `audit` section: the findings that somebody has looked at and accepts, why, and for how long."""

from __future__ import annotations

from typing import Final

from kaccess.model.finding_kinds import FINDING_KINDS
from kaccess.model.policy import Suppression
from kaccess.policy.document import Node
from kaccess.policy.fields import fields, is_null, items, moment, text
from kaccess.policy.problems import Report, did_you_mean, show
from kaccess.rbac.risk import RISK_IDS

AUDIT_KEYS: Final = ("suppress",)
SUPPRESSION_KEYS: Final = ("id", "where", "reason", "until")
FINDING_IDS: Final = frozenset({kind.id for kind in FINDING_KINDS} | RISK_IDS)
"""Every id that a line may suppress."""


def read_suppressions(node: Node | None, report: Report) -> tuple[Suppression, ...]:
    """The suppressions in the order of the file, the malformed ones left out with a problem each."""
    if node is None or is_null(node):
        return ()
    found = fields(node, "audit", report, known=AUDIT_KEYS)
    read = (_read_one(item, report) for item in items(found.get("suppress"), "suppress", report))
    return tuple(each for each in read if each is not None)


def _read_one(node: Node, report: Report) -> Suppression | None:
    found = fields(node, "a suppression", report, known=SUPPRESSION_KEYS, required=SUPPRESSION_KEYS[:3])
    kind, where = text(found.get("id"), "id", report), text(found.get("where"), "where", report)
    reason, until = text(found.get("reason"), "reason", report), moment(found.get("until"), "until", report)
    if kind and kind not in FINDING_IDS:
        hint = did_you_mean(kind, FINDING_IDS) or f"; the ids are {', '.join(sorted(FINDING_IDS))}"
        report.refuse(found["id"].place, f"unknown finding {show(kind)}{hint}")
        return None
    if not (kind and where and reason):
        return None
    return Suppression(kind, where, reason, until, node.place)
