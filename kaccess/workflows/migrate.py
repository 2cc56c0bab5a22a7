"""Move what kaccess owns in a cluster's aws-auth to access entries, with no moment of lost access."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kaccess.model.errors import KaccessError
from kaccess.model.plan import Skipped
from kaccess.model.policy import Backend, Cluster
from kaccess.model.state import Entry
from kaccess.planning.migrate import movable, stranded
from kaccess.workflows.backend import API, CONFIG_MAP
from kaccess.workflows.survey import Survey

NOTHING_TO_MOVE = "it looks at access entries alone: whatever aws-auth says, it lets nobody in, and nothing is to move"


class CannotMigrate(KaccessError):
    """The cluster does not look at access entries, or the policy wants aws-auth."""


@dataclass(frozen=True)
class Migration:
    """One cluster's move: `survey` plans it, `stranded` are the rows that stay in aws-auth, and why."""

    survey: Survey
    stranded: tuple[Skipped, ...] = ()


def migration(cluster: Cluster, found: Survey) -> Migration:
    """The move of one cluster, which was surveyed.

    Raises:
        CannotMigrate: with what to do first.
    """
    if found.mode == CONFIG_MAP:
        raise CannotMigrate(
            f"cluster {cluster.alias} looks at aws-auth alone, and kaccess never changes a cluster's "
            "authenticationMode, because there is no way back; switch it with `aws eks update-cluster-config --name "
            f"{cluster.name} --region {cluster.region} --access-config authenticationMode=API_AND_CONFIG_MAP`, wait "
            "until it is active, and run this again"
        )
    if cluster.backend is Backend.AWS_AUTH:
        raise CannotMigrate(
            f"{cluster.place}: cluster {cluster.alias} has `backend: aws-auth`, so the next apply would move all "
            "of it back; take that out of the policy first"
        )
    if found.mode == API or found.aws_auth is None:
        return Migration(replace(found, notes=(*found.notes, NOTHING_TO_MOVE)))
    entries: Iterable[Entry] = found.actual.all(Entry)
    left = stranded(entries, found.aws_auth.accounts)
    return Migration(replace(found, desired=movable(found.desired, found.actual)), left)
