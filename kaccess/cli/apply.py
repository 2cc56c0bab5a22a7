"""`kaccess apply`: make the clusters agree with the policy."""

from __future__ import annotations

import click

from kaccess.cli.changes import Overrides, carry_out, cluster_option, look, override_options
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters, utc_now


@click.command()
@cluster_option
@override_options
@common_options
@click.pass_obj
def command(session: Session, /, clusters: tuple[str, ...], **overrides: bool) -> int:
    """Make the clusters agree with the policy.

    Shows the plan, asks, and carries it out change by change. Goes on past a change that fails where that is safe,
    and says of each what became of it. Running it again finishes what was left.
    """
    now = utc_now()
    policy = session.safe_policy(now)
    adapters = session.adapters()
    pending = look(session, policy, chosen_clusters(policy, clusters), adapters, now)
    return carry_out(session, "Apply", pending, adapters, Overrides(**overrides))
