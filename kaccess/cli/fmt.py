"""`kaccess fmt`: the policy in its canonical layout."""

from __future__ import annotations

import click

from kaccess.cli.edits import show
from kaccess.cli.options import common_options
from kaccess.cli.session import Session
from kaccess.model.errors import DONE, PENDING
from kaccess.policy.edit import lay_out, write


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit with 3 if there is anything to change.")
@common_options
@click.pass_obj
def command(session: Session, check: bool) -> int:
    """Lay the policy out as kaccess would.

    Changes indentation, spaces and empty lines. What the files say stays, in its order and quoting, and so do comments
    and anchors. A policy with problems is not changed.
    """
    edited = lay_out(session.policy_path())
    names = [str(file.path) for file in edited.files]
    if not check:
        write(edited)
    elif names:
        show(session, edited)
    text = "\n".join(f"{'would change' if check else 'changed'} {name}" for name in names) or "nothing to change"
    return session.result("Layout", text, {"files": names}, exit_code=PENDING if check and names else DONE)
