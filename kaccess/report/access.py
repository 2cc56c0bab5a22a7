"""Effective access, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tabulate import tabulate

from kaccess.model.access import Access
from kaccess.model.arn import Arn
from kaccess.model.names import SYSTEM_NAMESPACE
from kaccess.report.rules import rule_line

EVERYWHERE = "(whole cluster)"


def access_table(rows: Iterable[tuple[str, Access]]) -> str:
    """(cluster, access) pairs as a table, a line for each way in; what lets a group read its own card is left out."""
    return tabulate(
        [
            (cluster, _short(access.principal), access.via, access.namespace or EVERYWHERE, access.role, _verbs(access))
            for cluster, access in rows
            if access.namespace != SYSTEM_NAMESPACE or not access.role.startswith("directory-")
        ],
        headers=("cluster", "principal", "comes in by", "namespace", "role", "verbs"),
        tablefmt="simple",
        maxcolwidths=[None, None, 36, None, 28, 36],
    )


def _short(principal: str) -> str:
    """`111122223333 user/ana` for an ARN: what tells principals apart, in the width of a terminal."""
    if not principal.startswith("arn:"):
        return principal
    arn = Arn.parse(principal)
    return f"{arn.account} {arn.resource}"


def _verbs(access: Access) -> str:
    return "decided by EKS" if access.rules is None else ", ".join(access.verbs) or "none"


def access_json(cluster: str, access: Access) -> dict[str, Any]:
    """One way in, with its rules in full; `rules` is null where only EKS knows them."""
    return {
        "cluster": cluster,
        "principal": access.principal,
        "via": access.via,
        "namespace": access.namespace or None,
        "role": access.role,
        "binding": access.binding or None,
        "verbs": list(access.verbs),
        "rules": None if access.rules is None else [rule.to_json() for rule in access.rules],
        "rulesText": [rule_line(rule) for rule in access.rules or ()],
    }
