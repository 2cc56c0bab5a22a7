"""What a plan may change, and what it must leave as it is."""

from __future__ import annotations

from dataclasses import dataclass

from kaccess.model.state import Binding, Entry
from kaccess.model.ways_in import identity_of


@dataclass(frozen=True)
class Scope:
    """Which Kubernetes groups a plan may change: all, or `only` some; never the `frozen`, whose people are unknown.

    `identity_only` limits it to entries: the rest of the cluster is as it should be, or is somebody else's to change.
    `principal` (an ARN) limits it to the entries of that one, in both backends. It is for those who are desired in no
    group at all, so nothing on their entries is frozen.
    """

    only: frozenset[str] | None = None
    frozen: frozenset[str] = frozenset()
    principal: str | None = None
    identity_only: bool = False

    @property
    def entries_only(self) -> bool:
        """Whether nothing but entries may change."""
        return self.identity_only or self.principal is not None

    def covers(self, group: str) -> bool:
        """Whether what belongs to this Kubernetes group may change."""
        if self.principal is not None:
            return True
        return group not in self.frozen and (self.only is None or group in self.only)

    def covers_binding(self, binding: Binding) -> bool:
        """Whether this binding may change; one that speaks of no group at all only in a plan of everything."""
        if not binding.kube_groups:
            return self.only is None
        return any(self.covers(group) for group in binding.kube_groups)

    def covers_entry(self, entry: Entry) -> bool:
        """Whether the entries of this principal may change."""
        return self.principal is None or entry.identity == identity_of(self.principal)
