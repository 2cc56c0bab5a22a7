"""The `offboarded` section: the people and roles who are taken out of everything, whatever IAM groups they are in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kaccess.model.policy import Offboarded
from kaccess.policy.document import Node
from kaccess.policy.fields import fields, items, moment, text
from kaccess.policy.offboarded import person_of
from kaccess.policy.problems import Report, show
from kaccess.policy.shapes import wrong_principal

OFFBOARDED_KEYS: Final = ("principal", "at", "by", "reason")


def read_offboarded(node: Node | None, report: Report) -> tuple[Offboarded, ...]:
    """The principals in the order of the file, the malformed ones left out with a problem each."""
    read = (_read_one(item, report) for item in items(node, "offboarded", report))
    return tuple(each for each in read if each is not None)


def check_once(offboarded: Iterable[Offboarded], report: Report) -> None:
    """Refuse a principal who is listed twice: taking out one of the lines would not bring them back."""
    seen: dict[tuple[str, ...], Offboarded] = {}
    for each in offboarded:
        first = seen.setdefault(person_of(each.principal), each)
        if first is not each:
            report.refuse(each.place, f"{show(each.principal)} is offboarded here and at {first.place}")


def _read_one(node: Node, report: Report) -> Offboarded | None:
    found = fields(node, "an offboarded principal", report, known=OFFBOARDED_KEYS, required=OFFBOARDED_KEYS[:2])
    principal = text(found.get("principal"), "principal", report)
    wrong = wrong_principal(principal) if principal else ""
    if wrong:
        report.refuse(found["principal"].place, wrong)
    at = moment(found.get("at"), "at", report)
    by, reason = text(found.get("by"), "by", report), text(found.get("reason"), "reason", report)
    if not principal or wrong or at is None:
        return None
    return Offboarded(principal, at, by, reason, node.place)
