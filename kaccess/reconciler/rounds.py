"""One round: every cluster of the policy that this process leads is brought to agree with it, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from kaccess.model.errors import KaccessError
from kaccess.model.policy import Cluster, Policy
from kaccess.reconciler.carrying_out import carry_out
from kaccess.reconciler.clock import Clock
from kaccess.reconciler.leadership import Leadership
from kaccess.reconciler.log import Log
from kaccess.reconciler.pace import Pace
from kaccess.reconciler.turn import Ending, Round, Turn
from kaccess.workflows.fleet import WIDTH, Fleet, NothingRead, survey_fleet
from kaccess.workflows.ports import Adapters, Lease
from kaccess.workflows.survey import Survey

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class World:
    """What rounds work on. `policy` reads it anew and refuses one that must not be applied at that moment (aware).

    `clusters` says which of the policy's are to be dealt with.
    """

    policy: Callable[[datetime], Policy]
    clusters: Callable[[Policy], Iterable[Cluster]]
    adapters: Callable[[Cluster], Adapters]
    lease: Callable[[Cluster], Lease]


class Rounds:
    """Round after round; remembers between them which clusters this process leads, and which could not be read."""

    def __init__(
        self, world: World, pace: Pace, clock: Clock, log: Log, *, holder: str, identity_only: bool = False
    ) -> None:
        """`holder` is this process's name among those who want to lead.

        `identity_only` leaves Kubernetes objects to others, such as Argo CD, and keeps what is in AWS, and entries.
        """
        self._world = world
        self._pace = pace
        self._clock = clock
        self._log = log
        self._holder = holder
        self._identity_only = identity_only
        self._leaderships: dict[str, tuple[Cluster, Leadership]] = {}

    @property
    def leading(self) -> dict[str, bool]:
        """Whether this process leads, for each cluster of the last policy that could be used."""
        return {alias: leadership.held for alias, (_, leadership) in self._leaderships.items()}

    def run(self) -> Round:
        """One round. A broken policy changes nothing: nobody knows what it was to say."""
        started_at, started = self._clock.now(), self._clock.seconds()
        try:
            policy = self._world.policy(started_at)
            clusters = tuple(self._world.clusters(policy))
        except KaccessError as error:
            return Round(started_at, self._clock.seconds() - started, policy_error=error)
        self._elect(clusters)
        sought = zip(clusters, _each(self._seek, clusters), strict=True)
        turns = {cluster.alias: turn for cluster, turn in sought if turn}
        led = [cluster for cluster in clusters if cluster.alias not in turns]
        fleet = self._surveyed(policy, led, started_at, turns) if led else None
        if fleet is not None:
            # What a role to assume needs in IAM comes before the entries that lead to it.
            turns |= {turn.cluster: turn for turn in _each(self._account_turn, fleet.accounts)}
            turns |= {turn.cluster: turn for turn in _each(self._cluster_turn, fleet.clusters)}
        return Round(started_at, self._clock.seconds() - started, tuple(turns.values()))

    def keep(self) -> None:
        """Keep the leases between rounds."""
        _each(Leadership.keep, [leadership for _, leadership in self._leaderships.values() if leadership.held])

    def release(self) -> None:
        """Let others lead at once, since this process ends."""
        _each(Leadership.release, [leadership for _, leadership in self._leaderships.values()])

    def _elect(self, clusters: Iterable[Cluster]) -> None:
        """A leadership for each cluster; one that left the policy, or stands for another cluster now, is given up."""
        before, after = dict(self._leaderships), {}
        for cluster in clusters:
            known, leadership = before.get(cluster.alias, (None, None))
            if leadership is None or known != cluster:
                leadership = Leadership(partial(self._world.lease, cluster), self._holder, self._clock)
            else:
                del before[cluster.alias]
            after[cluster.alias] = (cluster, leadership)
        self._leaderships = after  # at once: probes read it meanwhile
        _each(Leadership.release, [leadership for _, leadership in before.values()])

    def _seek(self, cluster: Cluster) -> Turn | None:
        """None if the cluster is ours to deal with now, or the turn that says why not."""
        if self._clock.stopping():
            return Turn(cluster.alias, Ending.STOPPED)
        if not self._pace.is_due(cluster.alias, self._clock.seconds()):
            return Turn(cluster.alias, Ending.WAITING)
        try:
            leads = self._leaderships[cluster.alias][1].seek()
        except KaccessError as error:
            return self._unreached(cluster.alias, f"cannot lead: {error}")
        return None if leads else Turn(cluster.alias, Ending.FOLLOWING)

    def _surveyed(
        self, policy: Policy, clusters: Iterable[Cluster], now: datetime, turns: dict[str, Turn]
    ) -> Fleet | None:
        """The surveys of these clusters and their accounts; `turns` gets those that could not be read."""
        aliases = {cluster.alias for cluster in clusters}
        fleet = None
        try:
            fleet = survey_fleet(policy, clusters, self._world.adapters, now)
            failures = fleet.failures
        except NothingRead as error:
            failures = error.failures
        reasons = {failure.name: str(failure.error) for failure in failures}
        turns |= {alias: self._unreached(alias, reason) for alias, reason in reasons.items()}
        for alias in aliases - reasons.keys():
            self._pace.reached(alias)
        return fleet

    def _unreached(self, alias: str, reason: str) -> Turn:
        delay = self._pace.failed(alias, self._clock.seconds())
        return Turn(alias, Ending.UNREACHED, f"{reason}; next attempt in {delay:.0f} s")

    def _account_turn(self, found: Survey) -> Turn:
        """All of an account is identity: entries are for the roles in it."""
        return carry_out(found, self._clock, self._log, self._leads(found))

    def _cluster_turn(self, found: Survey) -> Turn:
        return carry_out(found, self._clock, self._log, self._leads(found), identity_only=self._identity_only)

    def _leads(self, found: Survey) -> Callable[[], bool]:
        """Whether this process may go on writing. An account is led by whoever leads one of its clusters.

        Two leaders of one account write the same into it, since they read the same policy.
        """
        if found.name in self._leaderships:
            return self._leaderships[found.name][1].keep
        account = found.caller.account
        of_account = [each for cluster, each in self._leaderships.values() if cluster.account == account]
        return lambda: any(each.keep() for each in of_account)


def _each(do: Callable[[A], B], values: Iterable[A]) -> list[B]:
    with ThreadPoolExecutor(WIDTH) as pool:
        return list(pool.map(do, values))
