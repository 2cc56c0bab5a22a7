"""`kaccess whoami`: who one is to AWS and to each cluster, and what that gives."""

from __future__ import annotations

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.cli.targets import find_each
from kaccess.model.errors import DONE, FAILED
from kaccess.model.names import group_of
from kaccess.report.own_access import own_access_json, own_access_table
from kaccess.workflows.login import OwnAccess


@click.command()
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...]) -> int:
    """Show who you are and what that opens.

    Your AWS identity, and for each cluster your user name, your groups and the namespaces they open.
    """
    adapters = session.adapters()
    caller = adapters.sts.caller()
    answers = find_each(session, clusters, adapters)
    data = {
        "aws": {"account": caller.account, "arn": caller.arn, "userId": caller.user_id},
        "clusters": [own_access_json(each) for each in answers.found],
    }
    lines = [f"AWS: {caller.arn}", *(_cluster_line(each) for each in answers.found), own_access_table(answers.found)]
    text = "\n".join(line for line in lines if line)
    return session.result("Identity", text, data, exit_code=FAILED if answers.errors else DONE, errors=answers.errors)


def _cluster_line(found: OwnAccess) -> str:
    groups = ", ".join(group for name in found.identity.groups if (group := group_of(name))) or "none"
    return f"{found.target.alias}: {found.identity.username}, groups of the policy: {groups}"
