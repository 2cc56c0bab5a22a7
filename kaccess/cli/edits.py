"""An edit of the policy carried through: as `grant`, `revoke` and `offboard` share it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from difflib import unified_diff

from kaccess.cli.changes import carry_out, look, read
from kaccess.cli.flags import Choices
from kaccess.cli.session import Session, chosen_clusters
from kaccess.policy.edit import Edited, write


def carry_out_edit(
    session: Session,
    kind: str,
    edited: Edited,
    group: str,
    clusters: Iterable[str],
    choices: Choices | None,
    now: datetime,
) -> int:
    """Plan for `group` alone as of `now`, show the edit and the plan, ask, write the file, then apply.

    A plan that is refused leaves the file as it was. Without `choices` only the file changes.
    """
    if choices is None:
        show(session, edited)
        write(edited)
        files = [str(file.path) for file in edited.files]
        return session.result(kind, "\n".join(f"changed {file}" for file in files), {"files": files, "clusters": []})
    policy = edited.after.policy
    fleet = read(session, policy, chosen_clusters(policy, clusters), now)
    show(session, edited)
    return carry_out(session, kind, look(fleet, frozenset({group})), choices, lambda: write(edited))


def show(session: Session, edited: Edited) -> None:
    """Show what an edit does to the policy's files, and what was odd about them as files."""
    for warning in edited.before.warnings:
        if not warning.place.line:
            session.warn(str(warning))
    for file in edited.files:
        session.say("".join(_diff(file.before, file.after, str(file.path))).rstrip())
    if not edited.files:
        session.say(f"the policy already says so: {session.policy_path()} stays as it is")


def _diff(before: str, after: str, name: str) -> Iterable[str]:
    return unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name, n=1)
