"""`kaccess plan`: what would change, and why."""

from __future__ import annotations

import click

from kaccess.cli.changes import look, read
from kaccess.cli.flags import cluster_option
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters, utc_now
from kaccess.model.errors import DONE, FAILED, PENDING
from kaccess.report.plan import plan_text


@click.command()
@cluster_option
@click.option("--check", is_flag=True, help="Exit with 3 if there is anything to change.")
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...], check: bool) -> int:
    """Show what would change, and why.

    Changes nothing. A cluster that does not answer is reported, and the others are planned for.
    """
    now = utc_now()
    policy = session.safe_policy(now)
    looked = look(read(session, policy, chosen_clusters(policy, clusters), now))
    changes = any(each.plan.changes for each in looked.all)
    exit_code = FAILED if looked.errors else PENDING if check and changes else DONE
    text = "\n".join(plan_text(each.plan) for each in looked.all)
    return session.result("Plan", text, looked.to_json(), exit_code=exit_code, errors=looked.errors)
