"""`kaccess apply`: make the clusters agree with the policy."""

from __future__ import annotations

import click

from kaccess.cli.changes import carry_out, look, read
from kaccess.cli.flags import Choices, cluster_option, override_options
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters, utc_now


@click.command()
@cluster_option
@override_options
@common_options
@click.pass_obj
def command(session: Session, /, clusters: tuple[str, ...], **overrides: bool) -> int:
    """Make the clusters agree with the policy.

    Shows the plan, asks, and carries it out, several clusters side by side. Goes on past a change that fails where
    that is safe, and past a cluster that does not answer, and says what became of each. Running it again finishes
    what was left.
    """
    now = utc_now()
    policy = session.safe_policy(now)
    fleet = read(session, policy, chosen_clusters(policy, clusters), now)
    return carry_out(session, "Apply", look(fleet), Choices.of(**overrides))
