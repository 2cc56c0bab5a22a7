"""From policy to applied changes, as `plan`, `apply`, `grant` and `revoke` share it: look, guard, ask, carry out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from kaccess.cli import completion
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, FAILED, KaccessError
from kaccess.model.errors import INTERRUPTED as EXIT_INTERRUPTED
from kaccess.model.plan import Plan
from kaccess.model.policy import Cluster, Policy
from kaccess.planning.guards import guard
from kaccess.report.plan import applied_json, applied_lines, outcome_line, plan_text, problems
from kaccess.workflows.apply import INTERRUPTED, Outcome, Status, apply
from kaccess.workflows.ports import Adapters
from kaccess.workflows.survey import Survey, principal_of, survey

F = TypeVar("F", bound=Callable[..., Any])

WORTH_A_BAR: Final = 20
"""Changes from which on a progress bar helps more than it distracts: some seconds of work."""


class NothingWritten(KaccessError):
    """The policy names what does not exist, so nothing was changed."""


@dataclass(frozen=True)
class Overrides:
    """What a person allows on the command line."""

    yes: bool = False
    keep_going: bool = False
    allow_mass_removal: bool = False
    allow_self_removal: bool = False


def override_options(command: F) -> F:
    """The options of every command that writes; it receives them as its argument `overrides`."""
    for name, text in (
        ("allow_self_removal", "Apply even what removes your own way into the cluster."),
        ("allow_mass_removal", "Apply even what removes a large part of what kaccess owns."),
        ("keep_going", "Leave out what the policy names and does not exist; apply the rest."),
        ("yes", "Do not ask."),
    ):
        command = click.option(f"--{name.replace('_', '-')}", name, is_flag=True, help=text)(command)
    return command


cluster_option = click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="ALIAS",
    shell_complete=completion.clusters,
    help="Only this cluster of the policy (repeatable).",
)


def namespace_option(text: str, *, required: bool = False) -> Callable[[F], F]:
    """The option that names namespaces of the policy, as `namespaces`."""
    return click.option(
        *("-n", "--namespace", "namespaces"),
        multiple=True,
        required=required,
        shell_complete=completion.namespaces,
        help=text,
    )


@dataclass(frozen=True)
class Pending:
    """One cluster and what is to be changed there."""

    survey: Survey
    plan: Plan


def look(
    session: Session,
    policy: Policy,
    clusters: Iterable[Cluster],
    adapters: Adapters,
    now: datetime,
    only: frozenset[str] | None = None,
) -> list[Pending]:
    """Survey the clusters and plan for each; `only` limits the plans to these policy groups."""
    pending = []
    for cluster in clusters:
        session.detail(f"reading cluster {cluster.alias} ({cluster.name}, {cluster.region})")
        found = survey(policy, cluster, adapters, now)
        pending.append(Pending(found, found.plan(only)))
    return pending


def skipped_lines(pending: Iterable[Pending]) -> list[str]:
    """What was left out of the plans, a line each."""
    return [f"{each.plan.cluster}: skipped {skipped}" for each in pending for skipped in each.plan.skipped]


def carry_out(
    session: Session,
    kind: str,
    pending: list[Pending],
    adapters: Adapters,
    overrides: Overrides,
    before_writing: Callable[[], None] = lambda: None,
) -> int:
    """Show the plans, refuse the unsafe ones, ask, write, and report. Returns the exit code.

    `before_writing` is called once everything is settled and before the first change.

    Raises:
        KaccessError: nothing was written.
    """
    _refuse(pending, adapters, overrides)
    for each in pending:
        if each.plan.changes:
            session.say(plan_text(each.plan))
    changes = sum(len(each.plan.changes) for each in pending)
    if changes and not overrides.yes and not session.confirm(f"Apply {changes} changes?"):
        raise NothingWritten("not confirmed; nothing was changed")
    before_writing()
    return _report(session, kind, _apply_all(session, pending))


def _apply_all(session: Session, pending: Iterable[Pending]) -> list[tuple[Plan, list[Outcome]]]:
    """Carry out the plans one after the other; an interruption leaves the rest out, with that reason."""
    results: list[tuple[Plan, list[Outcome]]] = []
    for each in pending:
        stopped = any(outcome.reason == INTERRUPTED for _, outcomes in results for outcome in outcomes)
        left_out = [Outcome(change, Status.SKIPPED, INTERRUPTED) for change in each.plan.changes]
        results.append((each.plan, left_out if stopped else _apply_one(session, each)))
    return results


def _apply_one(session: Session, pending: Pending) -> list[Outcome]:
    found, plan = pending.survey, pending.plan
    is_long = len(plan.changes) >= WORTH_A_BAR and sys.stderr.isatty() and not session.verbose
    outcomes = []
    with click.progressbar(length=len(plan.changes), label=plan.cluster, file=sys.stderr, hidden=not is_long) as bar:
        try:
            for outcome in apply(plan, found.info, found.eks, found.kube):
                outcomes.append(outcome)
                session.detail(outcome_line(outcome))
                bar.update(1)
        except KeyboardInterrupt:  # between two changes; during one, `apply` itself deals with it
            left = plan.changes[len(outcomes) :]
            outcomes.extend(Outcome(change, Status.SKIPPED, INTERRUPTED) for change in left)
    return outcomes


def _report(session: Session, kind: str, results: list[tuple[Plan, list[Outcome]]]) -> int:
    errors = [f"{plan.cluster}: {line}" for plan, outcomes in results for line in problems(plan, outcomes)]
    interrupted = any(outcome.reason == INTERRUPTED for _, outcomes in results for outcome in outcomes)
    exit_code = EXIT_INTERRUPTED if interrupted else FAILED if errors else DONE
    lines = [line for plan, outcomes in results for line in applied_lines(plan, outcomes)]
    data = {"clusters": [applied_json(plan, outcomes) for plan, outcomes in results]}
    return session.result(kind, "\n".join(lines), data, exit_code=exit_code, errors=errors)


def _refuse(pending: Iterable[Pending], adapters: Adapters, overrides: Overrides) -> None:
    for each in pending:
        missing = [skipped for skipped in each.plan.skipped if skipped.missing]
        if missing and not overrides.keep_going:
            lines = [f"{each.plan.cluster}: {skipped}" for skipped in missing]
            advice = "nothing was changed; mend the policy, or pass --keep-going to apply the rest"
            raise NothingWritten("\n".join([*lines, advice]))
        guard(
            each.plan,
            each.survey.actual,
            caller=principal_of(each.survey.caller, adapters.iam),
            allow_mass_removal=overrides.allow_mass_removal,
            allow_self_removal=overrides.allow_self_removal,
        )
