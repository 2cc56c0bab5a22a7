"""What the forms of an audit's report have in common: whose access they speak of, in which words."""

from __future__ import annotations

from collections.abc import Iterator

from kaccess.audit.access import is_card, spoken_of
from kaccess.model.access import EVERYWHERE, Access, Arrival, Level, Reach
from kaccess.model.shown import shown
from kaccess.report.access import WHOLE_CLUSTER


def where(namespace: str) -> str:
    """A namespace, or the whole cluster."""
    return WHOLE_CLUSTER if namespace == EVERYWHERE else shown(namespace)


def spoken_reaches(access: Access) -> Iterator[tuple[Arrival, Reach]]:
    """What a principal is given, without what every cluster gives, and without the cards that groups read."""
    for arrival, reach in spoken_of(access):
        if not is_card(reach):
            yield arrival, reach


def highest_levels(access: Access) -> dict[str, Level]:
    """The highest level by namespace (`EVERYWHERE` for the whole cluster), sorted; of nothing there is nothing."""
    found: dict[str, Level] = {}
    for _, reach in spoken_reaches(access):
        found[reach.namespace] = max(found.get(reach.namespace, Level.NONE), reach.level)
    if access.unknown and not found:
        found[EVERYWHERE] = Level.UNKNOWN
    return {namespace: level for namespace, level in sorted(found.items()) if level is not Level.NONE}
