"""`kaccess grant`: one more line in the policy, applied at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import click

from kaccess.cli import completion
from kaccess.cli.edits import carry_out_edit
from kaccess.cli.flags import Choices, cluster_option, namespace_option, override_options
from kaccess.cli.options import Moment, Span, common_options
from kaccess.cli.session import Session, refuse_unsafe, utc_now
from kaccess.model.errors import Usage
from kaccess.model.policy import Grant, NamespaceChoice, Policy
from kaccess.policy.edit import Edited, add_grant
from kaccess.policy.lint import lint
from kaccess.policy.load import load
from kaccess.policy.shapes import time_text, wrong_group


@click.command()
@click.argument("group", shell_complete=completion.groups)
@click.option("--role", required=True, shell_complete=completion.roles, help="The role of the policy to give.")
@namespace_option("Where (repeatable).", required=True)
@click.option("--for", "lasting", type=Span(), help="How long from now: 30m, 8h, 2d.")
@click.option("--until", type=Moment(), help="Until when, as in 2026-12-01T18:00:00Z.")
@click.option("--reason", default="", help="Why; kept in the policy.")
@click.option("--no-apply", is_flag=True, help="Change the policy file alone.")
@cluster_option
@override_options
@common_options
@click.pass_obj
def command(
    session: Session,
    /,
    group: str,
    role: str,
    namespaces: tuple[str, ...],
    clusters: tuple[str, ...],
    lasting: timedelta | None,
    until: datetime | None,
    reason: str,
    no_apply: bool,
    **overrides: bool,
) -> int:
    """Grant a group a role.

    Adds the line to the policy, or the namespaces to the line that says the same, comments kept; then plans and
    applies only what concerns GROUP. A grant that ends, or has a reason, records who gave it and when. It ends by
    itself: from then on no command and no reconciler wants it any more, and `kaccess expire` removes the line.
    """
    now = utc_now()
    if problem := wrong_group(group):
        raise Usage(problem)
    end = _end(now, lasting, until)
    grant = Grant(group, role, NamespaceChoice(names=namespaces), clusters, end, reason)
    loaded = load(session.policy_path())
    if end is not None or reason:
        grant = replace(grant, by="" if no_apply else _caller(session, loaded.policy, clusters), at=now)
    edited = add_grant(loaded, grant)
    refuse_unsafe(edited.after.policy, now)
    for warning in _new_warnings(edited, now):
        session.warn(warning)
    choices = None if no_apply else Choices.of(**overrides)
    return carry_out_edit(session, "Grant", edited, group, clusters, choices, now)


def _new_warnings(edited: Edited, now: datetime) -> list[str]:
    """What is doubtful about the policy since the edit, such as what will outlive the grant."""
    known = {warning.message for warning in lint(edited.before.policy, now).warnings}
    return [str(warning) for warning in lint(edited.after.policy, now).warnings if warning.message not in known]


def _caller(session: Session, policy: Policy, aliases: tuple[str, ...]) -> str:
    """Who grants: the ARN by which the first of these clusters is administered."""
    known = policy.clusters
    cluster = next((known[alias] for alias in aliases if alias in known), next(iter(known.values())))
    return session.adapters_for(cluster).sts.caller().arn


def _end(now: datetime, lasting: timedelta | None, until: datetime | None) -> datetime | None:
    """When the grant ends, by either option; None if never."""
    if lasting is not None and until is not None:
        raise Usage("--for and --until both say when the grant ends; give one of them")
    try:
        end = now + lasting if lasting is not None else until
    except OverflowError:
        raise Usage("--for is too long; leave it out for a grant without an end") from None
    if end is not None and end <= now:
        raise Usage(f"--until {time_text(end)} is in the past; name a time to come")
    return end
