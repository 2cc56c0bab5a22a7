"""Some clusters in memory and their reconcilers, and a clock that tests move: nobody sleeps here."""

import json
from datetime import datetime, timedelta, timezone

from kaccess.model.policy import DeclaredNamespace, Grant, Group, NamespaceChoice, Policy, Role
from kaccess.model.rule import Rule
from kaccess.reconciler.clock import Clock
from kaccess.reconciler.log import Log
from kaccess.reconciler.loop import run_rounds
from kaccess.reconciler.pace import Pace
from kaccess.reconciler.rounds import Rounds, World

START = datetime(2026, 11, 24, tzinfo=timezone.utc)
INTERVAL = 60.0
PODS = (Rule(("get",), ("",), ("pods",)),)


class Time:
    """A clock that waiting moves. `after` maps seconds of it to what then happens."""

    def __init__(self):
        self.at = 0.0
        self.stopped = False
        self.after = {}

    def wait(self, seconds):
        self.at += seconds
        for moment in sorted(moment for moment in self.after if moment <= self.at):
            self.after.pop(moment)()
        return self.stopped

    def stop(self):
        self.stopped = True

    def clock(self):
        return Clock(lambda: START + timedelta(seconds=self.at), lambda: self.at, self.wait, lambda: self.stopped)


class FakeLease:
    """The Lease of one cluster, which all contenders share."""

    def __init__(self):
        self.holder = ""
        self.until = START
        self.failing = None
        self.asked = 0

    def acquire_or_renew(self, holder, seconds, now):
        self.asked += 1
        if self.failing:
            raise self.failing
        if self.holder not in {"", holder} and now < self.until:
            return False
        self.holder, self.until = holder, now + timedelta(seconds=seconds)
        return True

    def release(self, holder):
        if self.failing:
            raise self.failing
        if self.holder == holder:
            self.holder = ""


class Stage:
    """Some clusters and their reconcilers."""

    def __init__(self, *worlds):
        self.worlds = {world.about.alias: world for world in worlds}
        self.leases = {alias: FakeLease() for alias in self.worlds}
        self.time = Time()
        self.lines = []
        self.policy = policy(*self.worlds.values())
        self.broken = None

    def rounds(self, holder="one", **choices):
        clock = self.time.clock()
        self.pace = Pace(INTERVAL, spread=lambda: 0.0)
        wiring = World(
            policy=self.read,
            clusters=lambda read: read.clusters.values(),
            adapters=lambda cluster: self.worlds[cluster.alias].adapters(),
            lease=lambda cluster: self.leases[cluster.alias],
        )
        log = Log(lambda line: self.lines.append(json.loads(line)), clock)
        return Rounds(wiring, self.pace, clock, log, holder=holder, **choices)

    def read(self, _now):
        if self.broken:
            raise self.broken
        return self.policy

    def run(self, rounds, until):
        """Run the loop until that second of the clock; what it told of each round, with its start in seconds."""
        told = []
        self.time.after[until] = self.time.stop
        run_rounds(rounds, self.pace, self.time.clock(), [told.append])
        return told


def policy(*worlds):
    return Policy(
        clusters={world.about.alias: world.about for world in worlds},
        groups={"payments": Group("payments", target="payments")},
        namespaces={"staging": DeclaredNamespace("staging"), "production": DeclaredNamespace("production")},
        roles={"developer": Role("developer", PODS)},
        grants=(Grant("payments", "developer", NamespaceChoice(names=("staging",))),),
    )
