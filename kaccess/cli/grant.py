"""`kaccess grant`: one more line in the policy, applied at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from kaccess.cli import completion
from kaccess.cli.edits import carry_out_edit
from kaccess.cli.flags import Choices, cluster_option, namespace_option, override_options
from kaccess.cli.options import Moment, Span, common_options
from kaccess.cli.session import Session, refuse_unsafe, utc_now
from kaccess.model.errors import Usage
from kaccess.model.policy import Grant, NamespaceChoice
from kaccess.policy.edit import add_grant
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

    Adds the line to the policy, comments kept, then plans and applies only what concerns GROUP.
    """
    now = utc_now()
    if problem := wrong_group(group):
        raise Usage(problem)
    end = _end(now, lasting, until)
    by = "" if no_apply else _caller(session, clusters)
    grant = Grant(group, role, NamespaceChoice(names=namespaces), clusters, end, reason, by)
    edited = add_grant(session.policy_path(), grant)
    refuse_unsafe(edited.after.policy, now)
    return carry_out_edit(session, "Grant", edited, group, clusters, None if no_apply else Choices.of(**overrides))


def _caller(session: Session, aliases: tuple[str, ...]) -> str:
    """Who grants: the ARN by which the first of these clusters is administered."""
    known = session.load_policy().policy.clusters
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
