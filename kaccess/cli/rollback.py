"""`kaccess rollback`: back to the policy of a commit."""

from __future__ import annotations

from typing import Any

import click

from kaccess.cli.changes import carry_out, look, read
from kaccess.cli.edits import show
from kaccess.cli.flags import Choices, override_options
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters, refuse_unsafe, utc_now
from kaccess.workflows.rollback import Rollback, plan_rollback, refuse_reinstating, write_rollback


@click.command()
@click.argument("commit")
@click.option("--no-apply", is_flag=True, help="Change the policy's files alone.")
@click.option("--allow-reinstating", is_flag=True, help="Go back even to where somebody was not offboarded yet.")
@override_options
@common_options
@click.pass_obj
def command(session: Session, /, commit: str, no_apply: bool, allow_reinstating: bool, **overrides: bool) -> int:
    """Go back to the policy of a commit.

    Shows what that changes in the policy's files, plans, asks, writes the files into the work tree, and applies. It
    commits nothing: look at it, then commit it yourself. Grants that have ended since stay ended. Refused while the
    policy has changes that are not committed.
    """
    now = utc_now()
    back = plan_rollback(session.policy_path(), commit)
    session.say(f"the policy as of {back.commit.hash[:12]} ({back.commit.date:%Y-%m-%d}, {back.commit.subject})")
    show(session, back.edited)
    policy = back.edited.after.policy
    refuse_unsafe(policy, now)
    if not allow_reinstating:
        refuse_reinstating(back)
    if no_apply:
        write_rollback(back)
        data = _data(back)
        text = "\n".join(f"changed {file}" for file in data["files"])
        return session.result("Rollback", text, {**data, "clusters": []})
    fleet = read(session, policy, chosen_clusters(policy, ()), now)
    return carry_out(session, "Rollback", look(fleet), Choices.of(**overrides), lambda: write_rollback(back))


def _data(back: Rollback) -> dict[str, Any]:
    return {"commit": back.commit.hash, "files": [str(file.path) for file in back.edited.files]}
