"""What the caller may reach, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tabulate import tabulate

from kaccess.workflows.login import OwnAccess


def own_access_json(found: OwnAccess) -> dict[str, Any]:
    """What the caller may reach in one cluster, for machines."""
    return {
        "cluster": found.target.alias,
        "username": found.identity.username,
        "kubeGroups": list(found.identity.groups),
        "namespaces": [
            {"namespace": each.line.namespace, "role": each.line.role, "group": each.group, "until": each.line.until}
            for each in found.reached
        ],
        "skipped": [{"what": skipped.what, "reason": skipped.reason} for skipped in found.skipped],
    }


def own_access_table(found: Iterable[OwnAccess]) -> str:
    """What the caller may reach, a line for each role in a namespace."""
    rows = [
        (f"{each.target.alias}/{reached.line.namespace}", reached.line.role, reached.group, reached.line.until)
        for each in found
        for reached in each.reached
    ]
    return tabulate(sorted(rows), headers=("context", "role", "by group", "until"), tablefmt="simple") if rows else ""
