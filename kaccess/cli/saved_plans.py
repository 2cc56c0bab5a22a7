"""Saved plans between the command line and their file: what `plan --out` and `apply PLANFILE` share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kaccess.cli.changes import Looked, look, read
from kaccess.cli.session import Session, chosen_clusters, refuse_unsafe
from kaccess.model.errors import KaccessError
from kaccess.planning.saved import SavedPlan, StalePlan, refuse_stale
from kaccess.planning.saved import save as saved_plan
from kaccess.policy.load import Loaded
from kaccess.workflows.plan_file import read_plan, write_plan


class HalfPlan(KaccessError):
    """A plan of only some of the clusters that were asked for is not saved."""


def save(path: Path, loaded: Loaded, looked: Looked, now: datetime) -> None:
    """Save the plans for `look_as_saved`.

    Raises:
        KaccessError: some cluster could not be read, or the file cannot be written.
    """
    if looked.failures:
        names = ", ".join(failure.name for failure in looked.failures)
        lines = [*map(str, looked.failures), f"{path} is not written; leave {names} out with --cluster, or plan again"]
        raise HalfPlan("\n".join(lines))
    write_plan(path, _saved(loaded, looked, now))


def look_as_saved(session: Session, path: Path, now: datetime) -> Looked:
    """The plans made anew from the policy, which are those of a saved plan.

    Raises:
        StalePlan: they are others now.
        KaccessError: the plan cannot be read, or not be made anew.
    """
    saved, loaded = read_plan(path), session.load_policy()
    policy = loaded.policy
    refuse_unsafe(policy, now)
    gone = sorted(saved.clusters.keys() - policy.clusters.keys())
    if gone:
        raise StalePlan(f"since this plan was made, the policy lost the cluster {gone[0]}; make and review a new plan")
    looked = look(read(session, policy, chosen_clusters(policy, saved.clusters), now))
    if looked.failures:
        raise HalfPlan(
            "\n".join([*map(str, looked.failures), "nothing was changed; a saved plan is applied as a whole"])
        )
    refuse_stale(saved, _saved(loaded, looked, now), policy)
    return looked


def _saved(loaded: Loaded, looked: Looked, now: datetime) -> SavedPlan:
    return saved_plan(
        now,
        {file.path.name: file.text for file in loaded.files},
        {each.survey.name: each.survey.arn for each in looked.clusters},
        [each.plan for each in looked.all],
    )
