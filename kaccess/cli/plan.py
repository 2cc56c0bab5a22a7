"""`kaccess plan`: what would change, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from kaccess.cli.changes import Looked, look, read
from kaccess.cli.flags import cluster_option
from kaccess.cli.options import common_options_and
from kaccess.cli.saved_plans import save
from kaccess.cli.session import Session, chosen_clusters, refuse_unsafe, utc_now
from kaccess.model.errors import DONE, FAILED, PENDING
from kaccess.report.plan import plan_text
from kaccess.report.plan_markdown import plan_markdown

MARKDOWN: Final = "markdown"


@click.command()
@cluster_option
@click.option("--check", is_flag=True, help="Exit with 3 if there is anything to change.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the plan here, for `kaccess apply FILE`.",
)
@common_options_and(MARKDOWN)
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...], check: bool, out: Path | None) -> int:
    """Show what would change, and why.

    Changes nothing. A cluster that does not answer is reported, and the others are planned for. With -o markdown the
    plan is text for a comment on a pull request; with --out it is saved, and `kaccess apply FILE` carries out this
    plan and no other.
    """
    now, loaded = utc_now(), session.load_policy()
    policy = loaded.policy
    refuse_unsafe(policy, now)
    looked = look(read(session, policy, chosen_clusters(policy, clusters), now))
    if out is not None:
        save(out, loaded, looked, now)
    changes = any(each.plan.changes for each in looked.all)
    exit_code = FAILED if looked.errors else PENDING if check and changes else DONE
    text = _markdown(looked) if session.output == MARKDOWN else "\n".join(plan_text(each.plan) for each in looked.all)
    return session.result("Plan", text, looked.to_json(), exit_code=exit_code, errors=looked.errors)


def _markdown(looked: Looked) -> str:
    return plan_markdown((each.plan for each in looked.all), [str(failure) for failure in looked.failures])
