"""`kaccess whoami`: who one is to AWS and to each cluster, and what that gives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kaccess.cli import completion
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.cli.targets import config_option, find_each
from kaccess.model.errors import DONE, FAILED
from kaccess.policy.shapes import time_text
from kaccess.report.own_access import entry_lines, length, own_access_json, own_access_table


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...", shell_complete=completion.own_clusters)
@config_option
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...], config: Path | None) -> int:
    """Show who you are and what that opens.

    Your AWS identity and until when its credentials last, and for each cluster the entry that lets you in, your user
    name, your groups, and the namespaces and roles that they open.
    """
    answers = find_each(session, clusters, config)
    caller, expires_at, now = session.aws.caller(), session.aws.keys().expires_at, utc_now()
    data = {
        "aws": {
            "account": caller.account,
            "arn": caller.arn,
            "userId": caller.user_id,
            "expiresAt": time_text(expires_at) if expires_at else None,
        },
        "clusters": [own_access_json(each, now) for each in answers.found],
    }
    table = own_access_table(answers.found, now)
    lines = [
        f"AWS: {caller.arn}{_expiry(expires_at, now)}",
        *entry_lines(answers.found),
        *(["", table] if table else []),
    ]
    exit_code = FAILED if answers.errors else DONE
    return session.result("Identity", "\n".join(lines), data, exit_code=exit_code, errors=answers.errors)


def _expiry(expires_at: datetime | None, now: datetime) -> str:
    return f"\n     credentials until {time_text(expires_at)}, for {length(expires_at - now)}" if expires_at else ""
