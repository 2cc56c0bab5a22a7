"""`kaccess apply`: make the clusters agree with the policy."""

from __future__ import annotations

from pathlib import Path

import click

from kaccess.cli.changes import carry_out, look, read
from kaccess.cli.flags import Choices, cluster_option, override_options
from kaccess.cli.options import common_options
from kaccess.cli.saved_plans import look_as_saved
from kaccess.cli.session import Session, chosen_clusters, utc_now
from kaccess.model.errors import Usage


@click.command()
@click.argument("planfile", required=False, type=click.Path(path_type=Path, dir_okay=False))
@cluster_option
@override_options
@common_options
@click.pass_obj
def command(session: Session, /, planfile: Path | None, clusters: tuple[str, ...], **overrides: bool) -> int:
    """Make the clusters agree with the policy.

    Shows the plan, asks, and carries it out, several clusters side by side. Goes on past a change that fails where
    that is safe, and past a cluster that does not answer, and says what became of each. Running it again finishes
    what was left.

    PLANFILE is a plan that `kaccess plan --out` saved: it is carried out if it is still, change by change, what the
    policy asks for, and refused if anything changed since.
    """
    now, choices = utc_now(), Choices.of(**overrides)
    if planfile is not None:
        if clusters:
            raise Usage("a saved plan names its clusters; leave out --cluster")
        return carry_out(session, "Apply", look_as_saved(session, planfile, now), choices)
    policy = session.safe_policy(now)
    fleet = read(session, policy, chosen_clusters(policy, clusters), now)
    return carry_out(session, "Apply", look(fleet), choices)
