"""`kaccess plan`: what would change, and why."""

from __future__ import annotations

import click

from kaccess.cli.changes import cluster_option, look, skipped_lines
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters, utc_now
from kaccess.model.errors import DONE, FAILED, PENDING
from kaccess.report.plan import plan_json, plan_text


@click.command()
@cluster_option
@click.option("--check", is_flag=True, help="Exit with 3 if there is anything to change.")
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...], check: bool) -> int:
    """Show what would change, and why. Changes nothing."""
    now = utc_now()
    policy = session.safe_policy(now)
    pending = look(session, policy, chosen_clusters(policy, clusters), session.adapters(), now)
    changes = any(each.plan.changes for each in pending)
    errors = skipped_lines(pending)
    exit_code = FAILED if errors else PENDING if check and changes else DONE
    text = "\n".join(plan_text(each.plan) for each in pending)
    data = {"plans": [plan_json(each.plan) for each in pending]}
    return session.result("Plan", text, data, exit_code=exit_code, errors=errors)
