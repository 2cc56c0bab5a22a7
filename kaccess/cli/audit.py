"""`kaccess audit`: who can do what, where, and by which way."""

from __future__ import annotations

import click

from kaccess.cli.flags import cluster_option
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters
from kaccess.report.access import access_json, access_table
from kaccess.workflows.audit import audit


@click.command()
@cluster_option
@common_options
@click.pass_obj
def command(session: Session, clusters: tuple[str, ...]) -> int:
    """Show who can do what, and how they come in.

    A line for each principal, way in, namespace and role, in every cluster. Changes nothing. Everything counts that
    lets somebody in, also what kaccess did not make.
    """
    policy = session.load_policy().policy
    rows = [
        (cluster.alias, access)
        for cluster in chosen_clusters(policy, clusters)
        for access in audit(cluster, session.adapters_for(cluster))
    ]
    data = {"access": [access_json(cluster, access) for cluster, access in rows]}
    return session.result("Audit", access_table(rows), data)
