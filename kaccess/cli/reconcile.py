"""`kaccess reconcile`: keep the clusters in agreement with the policy and with IAM."""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from queue import SimpleQueue
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Any, Final

import click

from kaccess.cli.flags import cluster_option
from kaccess.cli.lasting import LastingAdapters
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters, refuse_unsafe, utc_now
from kaccess.model.errors import DONE, INTERRUPTED, Usage
from kaccess.model.policy import Policy
from kaccess.policy.load import load
from kaccess.policy.shapes import time_text
from kaccess.reconciler.clock import Clock
from kaccess.reconciler.health import Health
from kaccess.reconciler.log import Log
from kaccess.reconciler.loop import run_rounds
from kaccess.reconciler.pace import Pace
from kaccess.reconciler.rounds import Rounds, World
from kaccess.reconciler.turn import Ending, Round
from kaccess.report.plan import applied_json, applied_lines, problems

DEFAULT_ADDRESS: Final = "127.0.0.1:8080"


class Interval(click.ParamType[float]):
    """Seconds between rounds: `30s`, `5m`, `1h`."""

    name = "interval"
    units: Final = MappingProxyType({"s": 1.0, "m": 60.0, "h": 3600.0})

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """The seconds, at least one."""
        number, unit = str(value)[:-1], self.units.get(str(value)[-1:])
        if unit is None or not (number.isascii() and number.isdecimal()) or not 0 < int(number) < 10**6:
            self.fail(f"{value!r} is no interval; write 60s, 5m or 1h", param, ctx)
        return int(number) * unit


class Address(click.ParamType[tuple[str, int]]):
    """Where to listen: `HOST:PORT`, or `:PORT` for all addresses."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:  # noqa: ANN401
        """Host and port."""
        host, _, port = str(value).rpartition(":")
        if not (port.isascii() and port.isdecimal()) or int(port) >= 2**16:
            self.fail(f"{value!r} is no address; write HOST:PORT or :PORT", param, ctx)
        return host, int(port)


@click.command()
@click.option("--once", is_flag=True, help="One round, then end; exits as `apply` does. For a CronJob.")
@click.option("--every", type=Interval(), metavar="SPAN", help="A round every 60s, 5m, ...; until it is stopped.")
@click.option("--identity-only", is_flag=True, help="Leave Kubernetes objects to others; keep entries and IAM roles.")
@click.option(
    "--listen",
    type=Address(),
    default=DEFAULT_ADDRESS,
    metavar="HOST:PORT",
    show_default=True,
    help="Where /healthz, /readyz and /metrics answer, with --every.",
)
@cluster_option
@common_options
@click.pass_obj
def command(
    session: Session,
    once: bool,
    every: float | None,
    identity_only: bool,
    listen: tuple[str, int],
    clusters: tuple[str, ...],
) -> int:
    """Keep the clusters in agreement with the policy and with IAM.

    Each round reads the policy, plans, and applies without asking; a plan that `apply` would refuse as unsafe is
    refused here too. Whoever left an IAM group, and whose grant is over, loses access within one interval. Of several
    reconcilers, the one that has the Lease of a cluster writes there. Logs are JSON on stderr.
    """
    if once == (every is not None):
        raise Usage("say how often: --once, or --every 60s")
    stop = Event()
    clock = Clock(utc_now, time.monotonic, stop.wait, stop.is_set)
    log = Log(_line_writer(session), clock)
    pace = Pace(every or 1.0, random.random)
    lasting = LastingAdapters(session)
    world = World(
        policy=lambda now: _policy(session, now),
        clusters=lambda policy: chosen_clusters(policy, clusters),
        adapters=lasting.adapters,
        lease=lasting.lease,
    )
    rounds = Rounds(world, pace, clock, log, holder=_holder(), identity_only=identity_only)
    with _stopped_by_signals(stop):
        if every is None:
            return _once(session, rounds, log, stop)
        return _keep_on(rounds, pace, clock, log, listen)


def _policy(session: Session, now: datetime) -> Policy:
    """The policy as it is now. Its warnings are `validate`'s to show; here they would come every minute."""
    policy = load(session.policy_path()).policy
    session.policy_region = next(iter(policy.clusters.values())).region
    refuse_unsafe(policy, now)
    return policy


def _once(session: Session, rounds: Rounds, log: Log, stop: Event) -> int:
    try:
        ended = rounds.run()
    finally:
        rounds.release()
    log.round(ended)
    plans = [(turn.plan, turn.outcomes) for turn in ended.turns if turn.plan is not None]
    lines = [line for plan, outcomes in plans for line in applied_lines(plan, outcomes)]
    lines += [f"{turn.cluster}: another reconciler leads" for turn in ended.turns if turn.ending is Ending.FOLLOWING]
    data = {
        "judged_at": time_text(ended.started_at),
        "clusters": [applied_json(plan, outcomes) for plan, outcomes in plans],
        "endings": {turn.cluster: turn.ending.value for turn in ended.turns},
    }
    # As text, the log has told the errors already, and shares stderr with them.
    errors = _errors(ended) if session.json else ()
    exit_code = INTERRUPTED if stop.is_set() else ended.exit_code
    return session.result("Reconcile", "\n".join(lines), data, exit_code=exit_code, errors=errors)


def _errors(ended: Round) -> list[str]:
    lines = str(ended.policy_error or "").splitlines()
    for turn in ended.turns:
        lines += [f"{turn.cluster}: {turn.reason}"] if turn.reason else []
        lines += [f"{turn.cluster}: {line}" for line in problems(turn.plan, turn.outcomes)] if turn.plan else []
    return lines


def _keep_on(rounds: Rounds, pace: Pace, clock: Clock, log: Log, address: tuple[str, int]) -> int:
    try:
        from kaccess.reconciler.endpoint import serving  # noqa: PLC0415 - --once does without the extra
        from kaccess.reconciler.metrics import Metrics  # noqa: PLC0415
    except ModuleNotFoundError as error:
        advice = "pip install 'kaccess[reconciler]'"
        raise Usage(f"{error.name} is not installed, which --every needs for its metrics; {advice}") from error
    health, metrics = Health(clock, pace.interval, lambda: rounds.leading), Metrics()

    def beat() -> None:
        health.beat()
        metrics.leading(rounds.leading)

    with serving(*address, health, metrics) as (host, port):
        log.info("started", address=f"{host}:{port}", interval=pace.interval)
        run_rounds(rounds, pace, clock, (log.round, health.round, metrics.round), beat)
        log.info("stopped")
    return DONE


@contextmanager
def _stopped_by_signals(stop: Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask to stop instead of ending the process in the middle of a change."""
    # A handler runs between any two steps of the main thread, which may hold the event's own lock just then; of all
    # ways to tell another thread, only this queue is made for that.
    asked: SimpleQueue[None] = SimpleQueue()
    Thread(target=_set_once_asked, args=(stop, asked), daemon=True).start()
    before = {each: signal.signal(each, lambda *_: asked.put(None)) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        asked.put(None)


def _set_once_asked(stop: Event, asked: SimpleQueue[None]) -> None:
    asked.get()
    stop.set()


def _line_writer(session: Session) -> Callable[[str], None]:
    """Lines from several threads, one after the other."""
    lock = Lock()

    def write(line: str) -> None:
        with lock:
            session.say(line)

    return write


def _holder() -> str:
    """The name of this process among its like: in a cluster, the pod's comes first."""
    return f"{socket.gethostname()}_{os.getpid()}_{secrets.token_hex(4)}"
