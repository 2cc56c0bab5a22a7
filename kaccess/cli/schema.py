"""`kaccess schema`: the policy's JSON Schema, for editors."""

from __future__ import annotations

import click

from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.policy.schema import schema_text


@click.command()
@common_options
@click.pass_obj
def command(session: Session) -> int:  # noqa: ARG001 - every command takes the session
    """Print the JSON Schema of the policy.

    It gives editors completion and hover texts.
    """
    click.echo(schema_text())
    return 0
