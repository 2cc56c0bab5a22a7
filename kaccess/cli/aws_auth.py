"""`kaccess aws-auth`: the ConfigMap aws-auth, and the way back to its backup."""

from __future__ import annotations

from difflib import unified_diff

import click

from kaccess.cli import completion
from kaccess.cli.changes import NothingWritten
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters
from kaccess.model.errors import Usage
from kaccess.workflows.restore import Restoring, find_backup, refuse_lockout


@click.group(name="aws-auth", no_args_is_help=False)
def command() -> None:
    """The ConfigMap aws-auth of a cluster."""


@command.command(name="restore")
@click.option("--cluster", "alias", metavar="ALIAS", shell_complete=completion.clusters, help="The cluster.")
@click.option("--allow-self-removal", is_flag=True, help="Restore it even if it has no way in for you.")
@click.option("--allow-last-admin-removal", is_flag=True, help="Restore it even if it has no administrator.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_obj
def restore(session: Session, /, alias: str | None, yes: bool, **allowed: bool) -> int:
    """Go back to what aws-auth said before kaccess.

    Before a run of kaccess first writes aws-auth, it keeps what was there in a backup. This shows the difference to
    that, asks, and writes it back. What is replaced becomes the backup, so that restoring once more takes it back.
    """
    clusters = chosen_clusters(session.load_policy().policy, [alias] if alias else ())
    if len(clusters) > 1:
        raise Usage(f"which cluster? give --cluster; the policy has {', '.join(each.alias for each in clusters)}")
    wanted = find_backup(clusters[0], session.adapters_for(clusters[0]))
    differences = wanted.restoration.differences
    data = {"cluster": clusters[0].alias, "keys": [difference.key for difference in differences]}
    if not differences:
        return session.result("RestoreAwsAuth", f"{clusters[0].alias}: aws-auth is as its backup", data)
    refuse_lockout(wanted, **allowed)
    session.say(_difference(wanted))
    if not yes and not session.confirm(f"Restore aws-auth of {clusters[0].alias}?"):
        raise NothingWritten("not confirmed; nothing was changed")
    wanted.kube.restore_aws_auth(wanted.restoration)
    return session.result("RestoreAwsAuth", f"{clusters[0].alias}: aws-auth is restored", data)


def _difference(wanted: Restoring) -> str:
    """What restoring would change, as a diff of each key of the ConfigMap."""
    lines: list[str] = []
    for each in wanted.restoration.differences:
        before, after = (each.current or "").splitlines(), (each.backup or "").splitlines()
        lines += unified_diff(before, after, f"{each.key} now", f"{each.key} in the backup", n=1, lineterm="")
    return "\n".join(lines)
