"""What the forms of an audit's report have in common: whose access they speak of, in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kaccess.audit.access import spoken_of
from kaccess.model.access import EVERYWHERE, Access, Arrival, Level, Reach
from kaccess.report.access import WHOLE_CLUSTER, is_card

_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control characters, and those of Unicode that have no width or turn the direction of writing."""


def shown(text: str) -> str:
    """The text with the number of each invisible and each reordering character: names are read to tell who is who."""
    return _HIDDEN.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)


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
