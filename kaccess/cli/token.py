"""`kaccess token`: what kubectl runs, when the hot path cannot answer."""

from __future__ import annotations

import os

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.cache import TokenCache
from kaccess.credentials.exec_credential import EXEC_INFO, render
from kaccess.credentials.obtain import obtain
from kaccess.credentials.token import TokenRequest


@click.command()
@click.option("--cluster", required=True, metavar="NAME", help="The cluster's name in EKS.")
@click.option("--role-arn", metavar="ARN", help="Assume this IAM role first.")
@common_options
@click.pass_obj
def command(session: Session, cluster: str, role_arn: str | None) -> int:
    """Print a token for kubectl.

    It is an ExecCredential. This is what the kubeconfig runs; nothing but the ExecCredential goes to stdout. Needs
    --region.
    """
    region = session.required_region()

    def load() -> AwsCredentials:
        from kaccess.cli.connect import credentials_of, open_aws  # noqa: PLC0415 - a cached token needs no boto3

        return credentials_of(open_aws(session.profile, region, lambda: region, session.warn, role_arn))

    request = TokenRequest(cluster, region, session.profile, role_arn)
    token = obtain(request, load, utc_now, TokenCache(os.environ, session.warn))
    click.echo(render(token, os.environ.get(EXEC_INFO)))
    return 0
