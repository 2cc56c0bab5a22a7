"""What the caller may reach, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from kaccess.kubeconfig.access import named_contexts
from kaccess.model.errors import Usage
from kaccess.model.names import group_of
from kaccess.policy.shapes import time_of
from kaccess.report.table import table
from kaccess.workflows.contexts import cluster_accesses
from kaccess.workflows.login import OwnAccess

_SOON: Final = timedelta(days=1)


def own_access_json(found: OwnAccess, now: datetime) -> dict[str, Any]:
    """What the caller may reach in one cluster, for machines. `now` is aware."""
    return {
        "cluster": found.target.alias,
        "username": found.ways[0].identity.username,
        "kubeGroups": sorted({group for way in found.ways for group in way.identity.groups}),
        "entries": [
            {
                "username": way.identity.username,
                "kubeGroups": list(way.identity.groups),
                "iamRole": way.role.iam_role if way.role else None,
            }
            for way in found.ways
        ],
        "namespaces": [
            {
                "namespace": each.line.namespace,
                "role": each.line.role,
                "group": each.group,
                "until": each.line.until,
                "secondsLeft": _seconds_left(each.line.until, now),
                "iamRole": way.role.iam_role if way.role else None,
            }
            for way in found.ways
            for each in way.reached
        ],
        "skipped": [{"what": skipped.what, "reason": skipped.reason} for skipped in found.skipped],
    }


def own_access_table(found: Iterable[OwnAccess], now: datetime, *, one_context: bool = False) -> str:
    """What the caller may reach, a line for each role in a namespace; how long it lasts is counted from `now`.

    Contexts are called as `login` calls them, with or without `one_context`.
    """
    rows = [row for each in found for row in _rows(each, now, one_context=one_context)]
    headers = ("context", *(("namespace",) if one_context else ()), "role", "by group", "until")
    return table(sorted(rows), headers, [None] * len(headers)) if rows else ""


def _rows(found: OwnAccess, now: datetime, *, one_context: bool) -> Iterator[tuple[str, ...]]:
    contexts = named_contexts(cluster_accesses(found, None), one_context=one_context)
    names = {
        (context.access.iam_role, None if one_context else context.namespace): context.name for context in contexts
    }
    for way in found.ways:
        for reached in way.reached:
            namespace, role, group = reached.line.namespace, reached.line.role, reached.group
            name = names[way.role.iam_role if way.role else None, None if one_context else namespace]
            where = (name, namespace) if one_context else (name,)
            yield *where, role, group, _until(reached.line.until, now)


def entry_lines(found: Iterable[OwnAccess]) -> list[str]:
    """For each way into a cluster whose entry it is, and the user name and groups that the cluster makes of it."""
    lines = []
    for each in found:
        for way in each.ways:
            entry = f"the entry of {way.role.iam_role}, which you assume" if way.role else "your own entry"
            names = way.identity.groups
            ours = ", ".join(group for name in names if (group := group_of(name))) or "none"
            others = ", ".join(name for name in names if group_of(name) is None)
            lines += [
                f"{each.target.alias}: in by {entry}",
                f"     Kubernetes user: {way.identity.username}",
                f"     groups of the policy: {ours}",
                *([f"     other groups: {others}"] if others else []),
            ]
    return lines


def lens_lines(found: Iterable[OwnAccess]) -> list[str]:
    """For each cluster the line for Lens's setting; without it Lens wants to list all namespaces, and shows none."""
    return [
        f"for Lens, accessible namespaces of {each.target.alias}: {','.join(each.namespaces)}"
        for each in found
        if each.namespaces
    ]


def _until(until: str, now: datetime) -> str:
    """When it ends and how far off that is: `20:43 UTC, in 59 min`, `2026-12-01, in 6 d`."""
    end = _moment(until)
    if end is None:
        return until
    left = end - now
    if left <= timedelta():
        return "over"
    at = f"{end:%H:%M} UTC" if left < _SOON else f"{end:%Y-%m-%d}"
    return f"{at}, in {length(left)}"


def length(time: timedelta) -> str:
    """A length of time in its largest unit, rounded down: `6 d`, `3 h`, `59 min`, `1 min` at the least."""
    minutes = int(time.total_seconds()) // 60
    for unit, size in (("d", 24 * 60), ("h", 60)):
        if minutes >= size:
            return f"{minutes // size} {unit}"
    return f"{max(minutes, 1)} min"


def _seconds_left(until: str, now: datetime) -> int | None:
    end = _moment(until)
    return None if end is None else max(int((end - now).total_seconds()), 0)


def _moment(until: str) -> datetime | None:
    """The end that a card names; None if it names none, or what is no time."""
    try:
        return time_of(until).astimezone(timezone.utc) if until else None
    except Usage:
        return None
