"""Effective access and one's own access, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tabulate import tabulate

from kaccess.model.access import Access
from kaccess.report.rules import rule_line

EVERYWHERE = "(whole cluster)"


def access_table(rows: Iterable[tuple[str, Access]]) -> str:
    """(cluster, access) pairs as a table, a line for each way in."""
    return tabulate(
        [
            (cluster, access.principal, access.via, access.namespace or EVERYWHERE, access.role, _verbs(access))
            for cluster, access in rows
        ],
        headers=("cluster", "principal", "comes in by", "namespace", "role", "verbs"),
        tablefmt="simple",
        maxcolwidths=[None, None, None, None, None, 48],
    )


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
