"""`kaccess token`: what kubectl runs, when the hot path cannot answer."""

from __future__ import annotations

import os

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.credentials.cache import TokenCache
from kaccess.credentials.exec_credential import EXEC_INFO, render
from kaccess.credentials.obtain import obtain
from kaccess.credentials.token import TokenRequest


@click.command()
@click.option("--cluster", required=True, metavar="NAME", help="The cluster's name in EKS.")
@common_options
@click.pass_obj
def command(session: Session, cluster: str) -> int:
    """Print a token for kubectl.

    It is an ExecCredential. This is what the kubeconfig runs; nothing but the ExecCredential goes to stdout. Needs
    --region.
    """
    from kaccess.cli.connect import credentials_of  # noqa: PLC0415 - a cached token needs no boto3

    request = TokenRequest(cluster, session.required_region(), session.profile)
    cache = TokenCache(os.environ, session.warn)
    token = obtain(request, lambda: credentials_of(session.aws), utc_now, cache)
    click.echo(render(token, os.environ.get(EXEC_INFO)))
    return 0
