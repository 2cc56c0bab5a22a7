"""The identity half of the one write path: one change of an entry becomes one call, or an error that says why not.

EKS replaces the groups of an entry as a whole and has no preconditions, so the entry is read again just before it is
written: what others did to it since the plan is kept, what another run of kaccess did stops this one.
"""

from __future__ import annotations

from kaccess.aws.access_entries import STANDARD, AccessEntries
from kaccess.aws.errors import Conflict, NotFound
from kaccess.model.errors import Refused
from kaccess.model.names import group_of
from kaccess.model.plan import Change
from kaccess.model.state import Entry


def write(entries: AccessEntries, change: Change) -> None:
    """Make one change of an entry.

    Raises:
        Conflict: the entry is not what the plan saw; planning again helps.
        AwsError: it was not done, or (Unreachable) perhaps done; running again finishes it.
        Refused: the change is one that kaccess never makes.
        TypeError: the item is no entry.
    """
    before, after = _entry_or_none(change.before), _entry_or_none(change.after)
    _refuse_foreign_groups(before, after)
    if before is None and after is not None:
        _create(entries, after)
    elif before is not None and after is not None:
        _update(entries, before, after)
    elif before is not None:
        _delete(entries, before)


def _entry_or_none(item: object) -> Entry | None:
    if item is None or isinstance(item, Entry):
        return item
    raise TypeError("only entries are written through AWS")


def _refuse_foreign_groups(before: Entry | None, after: Entry | None) -> None:
    """Planning knows this too; but `system:masters` here would be the whole cluster."""
    if after is None:
        return
    given = set(after.kube_groups) - set(before.kube_groups if before else ())
    foreign = sorted(name for name in given if group_of(name) is None)
    if foreign:
        raise Refused(f"{after.principal}: kaccess never gives the groups of others: {', '.join(foreign)}")


def _create(entries: AccessEntries, after: Entry) -> None:
    try:
        entries.create(after.principal, after.kube_groups)
    except Conflict:
        live = _live(entries, after)
        if live is None or not live.owned or live.kube_groups != tuple(sorted(after.kube_groups)):
            raise


def _update(entries: AccessEntries, before: Entry, after: Entry) -> None:
    live = _live(entries, before)
    if live is None:
        raise _conflict(before, "is gone")
    if live.owned_groups == after.owned_groups:
        return
    if live.owned_groups != before.owned_groups:
        raise _conflict(before, "has got or lost groups of kaccess meanwhile")
    entries.replace_groups(before.principal, tuple(sorted(live.foreign_groups | after.owned_groups)))


def _delete(entries: AccessEntries, before: Entry) -> None:
    live = _live(entries, before)
    if live is None or _is_remade(before, live):
        return
    if not live.owned:
        raise _conflict(before, "is not kaccess's")
    if live.foreign_groups:
        raise _conflict(before, f"has groups of someone else ({', '.join(sorted(live.foreign_groups))})")
    if live.owned_groups != before.owned_groups:
        raise _conflict(before, "has got or lost groups of kaccess meanwhile")
    if entries.access_policies(before.principal):
        raise _conflict(before, "has access policies of someone else")
    try:
        entries.delete(before.principal)
    except NotFound:
        return


def _is_remade(before: Entry, live: Entry) -> bool:
    """Whether another run has put a new entry in the place of a stale one, which is what its deletion was for."""
    return before.stale and live.created_at != before.created_at


def _live(entries: AccessEntries, before: Entry) -> Entry | None:
    live = entries.get(before.principal)
    if live is not None and live.type != STANDARD:
        raise Refused(f"{before.principal}: its entry is of type {live.type}, which kaccess never changes")
    return live


def _conflict(entry: Entry, what: str) -> Conflict:
    return Conflict(f"the access entry of {entry.principal} {what}; run again", operation="eks:UpdateAccessEntry")
