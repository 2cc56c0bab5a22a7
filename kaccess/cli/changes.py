"""From policy to applied changes, as all commands that write share it: read, look, guard, ask, carry out, report."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import click

from kaccess.cli.flags import Choices
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, FAILED, KaccessError
from kaccess.model.errors import INTERRUPTED as EXIT_INTERRUPTED
from kaccess.model.plan import Plan
from kaccess.model.policy import Cluster, Policy
from kaccess.planning.guards import guard
from kaccess.policy.shapes import time_text
from kaccess.report.plan import applied_json, applied_lines, outcome_line, plan_json, plan_text, problems
from kaccess.workflows.apply import Outcome
from kaccess.workflows.fleet import Failure, Fleet, survey_fleet
from kaccess.workflows.rollout import Applied, Job, roll_out
from kaccess.workflows.survey import Survey

WORTH_A_BAR: Final = 20
"""Changes from which on a progress bar helps more than it distracts: some seconds of work."""

CLUSTERS_WORTH_A_BAR: Final = 3
"""Clusters from which on the same is so of reading."""


class NothingWritten(KaccessError):
    """The policy names what does not exist, so nothing was changed."""


@dataclass(frozen=True)
class Pending:
    """One cluster, or the IAM half of an account, and what is to be changed there."""

    survey: Survey
    plan: Plan

    @property
    def job(self) -> Job:
        """The work of carrying it out."""
        return Job(self.plan, self.survey.write)


@dataclass(frozen=True)
class Looked:
    """All that is to be changed, and the clusters that could not be read. `judged_at` is as in Fleet."""

    accounts: tuple[Pending, ...]
    clusters: tuple[Pending, ...]
    judged_at: datetime
    failures: tuple[Failure, ...] = ()

    @property
    def all(self) -> tuple[Pending, ...]:
        """The accounts, then the clusters: as they are carried out."""
        return (*self.accounts, *self.clusters)

    @property
    def errors(self) -> list[str]:
        """What could not be read or was left out of the plans, a line each."""
        skipped = (f"{each.plan.cluster}: skipped {skip}" for each in self.all for skip in each.plan.skipped)
        return [*map(str, self.failures), *skipped]

    def to_json(self) -> dict[str, Any]:
        """The plans, for machines."""
        return {
            "judged_at": time_text(self.judged_at),
            "plans": [plan_json(each.plan) for each in self.clusters],
            "accounts": [plan_json(each.plan) for each in self.accounts],
            "unreachable": unreachable_json(self.failures),
        }


def read(session: Session, policy: Policy, clusters: Iterable[Cluster], now: datetime) -> Fleet:
    """Survey these clusters and their accounts.

    Raises:
        KaccessError: none of them could be read.
    """
    chosen = list(clusters)
    session.say_clock(policy, now)
    for cluster in chosen:
        session.detail(f"reading cluster {cluster.alias} ({cluster.name}, {cluster.region})")
    is_long = len(chosen) >= CLUSTERS_WORTH_A_BAR and _may_draw(session)
    with click.progressbar(length=len(chosen), label="reading", file=sys.stderr, hidden=not is_long) as bar:
        return survey_fleet(policy, chosen, session.adapters_for, now, lambda: bar.update(1))


def _may_draw(session: Session) -> bool:
    """Whether somebody looks on who is not told of each step anyway."""
    return sys.stderr.isatty() and not session.verbose


def look(fleet: Fleet, groups: frozenset[str] | None = None) -> Looked:
    """Plan for each cluster and account; `groups` limits the plans to these groups of the policy."""
    return Looked(
        tuple(with_news(Pending(each, each.plan(groups)) for each in fleet.accounts)),
        tuple(Pending(each, each.plan(groups)) for each in fleet.clusters),
        fleet.judged_at,
        fleet.failures,
    )


def with_news(accounts: Iterable[Pending]) -> Iterator[Pending]:
    """The accounts of which there is something to tell: most policies have no roles to assume."""
    for each in accounts:
        if each.plan.changes or each.plan.skipped or each.plan.notes or each.survey.desired.items:
            yield each


def unreachable_json(failures: Iterable[Failure]) -> list[dict[str, str]]:
    """The clusters that could not be read, for machines."""
    return [{"cluster": failure.name, "reason": str(failure.error)} for failure in failures]


def carry_out(
    session: Session, kind: str, looked: Looked, choices: Choices, before_writing: Callable[[], None] = lambda: None
) -> int:
    """Show the plans, refuse the unsafe ones, ask, write, and report. Returns the exit code.

    `before_writing` is called once everything is settled and before the first change.

    Raises:
        KaccessError: nothing was written.
    """
    settle(session, looked, choices)
    before_writing()
    return report(session, kind, looked, write_all(session, looked))


def settle(session: Session, looked: Looked, choices: Choices, question: str = "") -> None:
    """Refuse unsafe plans, show the others, and ask.

    Args:
        session: where to show and ask.
        looked: the plans.
        choices: what a person allows.
        question: asked even if there is nothing to change; without it, only changes are asked about.

    Raises:
        KaccessError: nothing is to be written.
    """
    _refuse(looked, choices)
    for failure in looked.failures:
        session.say(f"{click.style('not reached', fg='red')}: {failure}")
    for each in looked.all:
        if each.plan.changes:
            session.say(plan_text(each.plan))
    changes = sum(len(each.plan.changes) for each in looked.all)
    asked = question or (f"Apply {changes} changes?" if changes else "")
    if asked and not choices.yes and not session.confirm(asked):
        raise NothingWritten("not confirmed; nothing was changed")


def write_all(session: Session, looked: Looked) -> tuple[Applied, ...]:
    """Carry out all plans, the accounts' first; an interruption leaves the rest out, with that reason."""
    changes = sum(len(each.plan.changes) for each in looked.all)
    is_long = changes >= WORTH_A_BAR and _may_draw(session)
    with click.progressbar(length=changes, label="applying", file=sys.stderr, hidden=not is_long) as bar:

        def seen(plan: Plan, outcome: Outcome) -> None:
            session.detail(f"{plan.cluster}: {outcome_line(outcome)}")
            bar.update(1)

        def wait(seconds: float) -> None:
            session.say(f"waiting {seconds:.0f} s until EKS looks at the new access entries, before their rows go")
            time.sleep(seconds)

        accounts, clusters = ([each.job for each in those] for those in (looked.accounts, looked.clusters))
        return roll_out(accounts, clusters, seen, wait=wait)


def report(
    session: Session,
    kind: str,
    looked: Looked,
    results: tuple[Applied, ...],
    more: dict[str, Any] | None = None,
    more_text: Iterable[str] = (),
) -> int:
    """Print what became of the plans, and `more` for machines; returns the exit code."""
    errors = [*map(str, looked.failures), *undone(results)]
    lines = [line for each in results for line in applied_lines(each.plan, each.outcomes)]
    data = {**applied_data(looked, results), **(more or {})}
    text = "\n".join([*lines, *more_text])
    return session.result(kind, text, data, exit_code=exit_code_of(looked, results), errors=errors)


def undone(results: Iterable[Applied]) -> list[str]:
    """All that keeps clusters and accounts from agreeing with the policy, a line each."""
    return [f"{each.plan.cluster}: {line}" for each in results for line in problems(each.plan, each.outcomes)]


def exit_code_of(looked: Looked, results: tuple[Applied, ...]) -> int:
    """What a command that has written exits with."""
    if any(each.is_interrupted for each in results):
        return EXIT_INTERRUPTED
    return FAILED if looked.failures or undone(results) else DONE


def applied_data(looked: Looked, results: tuple[Applied, ...]) -> dict[str, Any]:
    """What became of the plans, for machines."""
    applied = [applied_json(each.plan, each.outcomes) for each in results]
    accounts = len(looked.accounts)
    return {
        "judged_at": time_text(looked.judged_at),
        "clusters": applied[accounts:],
        "accounts": applied[:accounts],
        "unreachable": unreachable_json(looked.failures),
    }


def _refuse(looked: Looked, choices: Choices) -> None:
    principals: dict[str, str] = {}  # a fleet has few callers, and IAM is asked about each
    for each in looked.all:
        missing = [skipped for skipped in each.plan.skipped if skipped.missing]
        if missing and not choices.keep_going:
            lines = [f"{each.plan.cluster}: {skipped}" for skipped in missing]
            advice = "nothing was changed; mend the policy, or pass --keep-going to apply the rest"
            raise NothingWritten("\n".join([*lines, advice]))
        session_arn = each.survey.caller.arn
        if session_arn not in principals:
            principals[session_arn] = each.survey.principal()
        guard(each.plan, each.survey.actual, caller=principals[session_arn], overrides=choices.allowed)
