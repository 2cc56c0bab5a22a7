"""Who writes: of several reconcilers of one cluster, the one that has the cluster's Lease.

There is a Lease in each cluster, beside what it protects: whoever cannot reach the cluster's API cannot renew it, and
could not write there either.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from kaccess.model.errors import KaccessError
from kaccess.reconciler.clock import Clock
from kaccess.workflows.ports import Lease

LEASE_SECONDS: Final = 60
"""How long a leader that died stands in the way. One write with all its retries takes less."""

RENEW_SECONDS: Final = 10.0
"""How old a lease may grow before the next change asks for it again."""


class Leadership:
    """The part of one process in the election of one cluster's reconciler. For one thread at a time."""

    def __init__(self, find: Callable[[], Lease], holder: str, clock: Clock) -> None:
        """Asks nothing yet. `find` opens the cluster's Lease; `holder` is this process's name among the contenders."""
        self._find = find
        self._holder = holder
        self._clock = clock
        self._lease: Lease | None = None
        self._renewed_at: float | None = None

    @property
    def held(self) -> bool:
        """Whether this process led when it last asked, and that is not too long ago."""
        return self._renewed_at is not None and self._clock.seconds() < self._renewed_at + LEASE_SECONDS

    def seek(self) -> bool:
        """Ask for the lease, or to keep it. Whether this process leads now.

        Raises:
            KaccessError: the cluster did not answer; this process does not lead.
        """
        asked_at = self._clock.seconds()
        self._renewed_at = None
        try:
            self._lease = self._lease or self._find()
            leads = self._lease.acquire_or_renew(self._holder, LEASE_SECONDS, self._clock.now())
        except KaccessError:
            self._lease = None  # the cluster may have moved; the next attempt looks for it again
            raise
        self._renewed_at = asked_at if leads else None
        return leads

    def keep(self) -> bool:
        """Whether this process still leads; one that cannot find out does not. Asks only if it is time to renew."""
        if not self.held:
            return False
        if self._renewed_at is not None and self._clock.seconds() < self._renewed_at + RENEW_SECONDS:
            return True
        try:
            return self.seek()
        except KaccessError:
            return False

    def release(self) -> None:
        """Stop leading. A cluster that does not answer lets the lease end by itself."""
        if self._lease is not None:
            with suppress(KaccessError):
                self._lease.release(self._holder)
        self._renewed_at = None
