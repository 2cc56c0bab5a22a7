"""`kaccess revoke`: lines out of the policy, and the access gone at once."""

from __future__ import annotations

import click

from kaccess.cli import completion
from kaccess.cli.edits import carry_out_edit
from kaccess.cli.flags import Choices, namespace_option, override_options
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.policy.edit import remove_grants


@click.command()
@click.argument("group", shell_complete=completion.groups)
@click.option("--role", shell_complete=completion.roles, help="Only this role; all roles if not given.")
@namespace_option("Only here (repeatable); everywhere if not given.")
@click.option("--no-apply", is_flag=True, help="Change the policy file alone.")
@override_options
@common_options
@click.pass_obj
def command(
    session: Session, /, group: str, role: str | None, namespaces: tuple[str, ...], no_apply: bool, **overrides: bool
) -> int:
    """Revoke what a group was granted.

    Takes it from the policy, comments kept, then plans and applies only what concerns GROUP. The access ends with
    the next request that anyone makes. A service account's token that someone minted meanwhile lives on until its
    own end.
    """
    edited = remove_grants(session.policy_path(), group, role, namespaces or None)
    choices = None if no_apply else Choices.of(**overrides)
    return carry_out_edit(session, "Revoke", edited, group, (), choices, utc_now())
