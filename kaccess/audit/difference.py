"""What changed between two audits: who gained and lost which access, and which findings came and went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kaccess.audit.access import is_card, spoken_of
from kaccess.audit.result import Audit
from kaccess.model.access import Access, Level
from kaccess.model.finding import Finding
from kaccess.model.rule import Rule


@dataclass(frozen=True, order=True)
class Holding:
    """A role that a principal has in a namespace (empty: the whole cluster) of a cluster, by whatever way."""

    cluster: str
    principal: str
    namespace: str
    role: str
    level: Level
    rules: tuple[Rule, ...] | None = ()

    @property
    def order(self) -> tuple[str, str, str, str]:
        """What to sort by."""
        return self.cluster, self.principal, self.namespace, self.role


_Key: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True)
class Difference:
    """From an older audit to a newer one.

    A role whose rules changed is in `lost` with the old ones and in `gained` with the new. `incomparable` are clusters
    that only one of the two has, of which nothing is said.
    """

    gained: tuple[Holding, ...]
    lost: tuple[Holding, ...]
    appeared: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    incomparable: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the two say the same."""
        return not (self.gained or self.lost or self.appeared or self.gone or self.incomparable)


def difference(old: Audit, new: Audit) -> Difference:
    """What changed from one to the other, in the clusters that both have."""
    names = [{each.cluster for each in audit.clusters} for audit in (old, new)]
    common = names[0] & names[1]
    before, after = _holdings(old, common), _holdings(new, common)
    found_before, found_after = _findings(old, common), _findings(new, common)
    return Difference(
        tuple(sorted(after - before, key=lambda each: each.order)),
        tuple(sorted(before - after, key=lambda each: each.order)),
        tuple(finding for key, finding in found_after.items() if key not in found_before),
        tuple(finding for key, finding in found_before.items() if key not in found_after),
        tuple(sorted(names[0] ^ names[1])),
    )


def _holdings(audit: Audit, clusters: set[str]) -> frozenset[Holding]:
    found = (
        each
        for cluster in audit.clusters
        if cluster.cluster in clusters
        for each in _of(cluster.cluster, cluster.access)
    )
    return frozenset(found)


def _of(cluster: str, access: Iterable[Access]) -> Iterator[Holding]:
    for each in access:
        for _, reach in spoken_of(each):
            if not is_card(reach):
                yield Holding(cluster, each.principal, reach.namespace, reach.role, reach.level, reach.rules)


def _findings(audit: Audit, clusters: set[str]) -> dict[_Key, Finding]:
    return {
        (each.cluster, each.id, each.where, each.principal): each
        for each in audit.findings()
        if each.cluster in clusters
    }


def by_principal(holdings: Iterable[Holding]) -> dict[tuple[str, str], list[Holding]]:
    """Holdings by cluster and principal, in their order."""
    found: defaultdict[tuple[str, str], list[Holding]] = defaultdict(list)
    for each in holdings:
        found[each.cluster, each.principal].append(each)
    return dict(found)
