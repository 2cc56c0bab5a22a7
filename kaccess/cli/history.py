"""`kaccess history`: which commits granted what the policy grants."""

from __future__ import annotations

import click

from kaccess.cli import completion
from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.report.history import history_json, history_text
from kaccess.workflows.history import history


@click.command()
@click.argument("group", required=False, shell_complete=completion.groups)
@common_options
@click.pass_obj
def command(session: Session, group: str | None) -> int:
    """Show which commits granted what the policy grants.

    For each grant, of all groups or of GROUP, the commits that wrote its lines as they stand: author, date, subject,
    pull request, and who reviewed it by the commit's trailers. Needs the Git repository of the policy, and no network.
    """
    granted = history(session.load_policy(), group)
    return session.result("History", history_text(granted), {"grants": [history_json(each) for each in granted]})
