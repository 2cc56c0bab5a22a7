"""`kaccess expire`: grants that are over, out of the policy's files."""

from __future__ import annotations

import click

from kaccess.cli.edits import show
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, utc_now
from kaccess.model.errors import DONE, FAILED, PENDING
from kaccess.model.policy import Grant
from kaccess.policy.edit import remove_ended, write
from kaccess.policy.shapes import time_text


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit with 3 if a grant is over.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_obj
def command(session: Session, check: bool, yes: bool) -> int:
    """Take grants that have ended out of the policy.

    They have no effect any more: this tidies the files and changes nobody's access. That a grant has ended is judged
    by the clock of this machine, as in every other command; the result names the time.
    """
    now = utc_now()
    edited = remove_ended(session.policy_path(), now)
    ended = [grant for grant in edited.before.policy.grants if grant.ended(now)]
    data = {
        "judged_at": time_text(now),
        "ended": [_grant_json(grant) for grant in ended],
        "files": [str(file.path) for file in edited.files],
    }
    if not ended:
        return session.result("Expiry", f"no grant has ended by {time_text(now)}", data)
    show(session, edited)
    lines = [f"{grant.place}: {_grant_text(grant)}" for grant in ended]
    if check:
        return session.result("Expiry", "\n".join(lines), data, exit_code=PENDING)
    if not yes and not session.confirm(f"Take {len(ended)} grants out that had ended by {time_text(now)}?"):
        return session.result("Expiry", "", data, exit_code=FAILED, errors=["not confirmed; nothing was changed"])
    write(edited)
    return session.result("Expiry", "\n".join(f"removed {line}" for line in lines), data, exit_code=DONE)


def _grant_text(grant: Grant) -> str:
    end = time_text(grant.until) if grant.until else ""
    return f"{grant.role} to {grant.group} in {grant.namespaces}, ended at {end}"


def _grant_json(grant: Grant) -> dict[str, str]:
    return {
        "place": str(grant.place),
        "group": grant.group,
        "role": grant.role,
        "namespaces": str(grant.namespaces),
        "until": time_text(grant.until) if grant.until else "",
        "reason": grant.reason,
        "by": grant.by,
        "at": time_text(grant.at) if grant.at else "",
    }
