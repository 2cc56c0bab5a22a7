"""`kaccess migrate`: from aws-auth to access entries, with no moment of lost access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from kaccess.cli.changes import Looked, Pending, read, report, settle, write_all
from kaccess.cli.flags import Choices, cluster_option, override_options
from kaccess.cli.options import common_options
from kaccess.cli.session import Session, chosen_clusters, utc_now
from kaccess.model.errors import KaccessError
from kaccess.model.policy import Cluster
from kaccess.workflows.fleet import Failure, Fleet, NothingRead
from kaccess.workflows.migrate import Migration, migration


@click.command()
@cluster_option
@override_options
@common_options
@click.pass_obj
def command(session: Session, /, clusters: tuple[str, ...], **overrides: bool) -> int:
    """Move from aws-auth to access entries.

    Shows what kaccess owns in aws-auth and would move, and which rows stay, and why; asks; then creates each access
    entry before it takes the row away, so that nobody loses access for a moment. Never changes a cluster's
    authenticationMode, and moves only where both are looked at (API_AND_CONFIG_MAP).
    """
    now = utc_now()
    policy = session.safe_policy(now)
    chosen = chosen_clusters(policy, clusters)
    fleet = read(session, policy, chosen, now)
    moves, failures = _migrations(fleet, {cluster.alias: cluster for cluster in chosen})
    pending = tuple(Pending(each.survey, each.survey.plan(identity_only=True)) for each in moves)
    looked = Looked((), pending, fleet.judged_at, (*fleet.failures, *failures))
    stays = list(_stays(moves))
    if stays:
        session.say("\n".join(["what stays in aws-auth:", *(f"  {line}" for line in stays)]))
    settle(session, looked, Choices.of(**overrides))
    data = {
        "stranded": [
            {"cluster": each.survey.name, "what": row.what, "reason": row.reason}
            for each in moves
            for row in each.stranded
        ]
    }
    return report(session, "Migrate", looked, write_all(session, looked), data)


def _migrations(fleet: Fleet, chosen: dict[str, Cluster]) -> tuple[list[Migration], list[Failure]]:
    """The moves of those clusters that can be moved, and why the others cannot."""
    moves, failures = [], []
    for found in fleet.clusters:
        try:
            moves.append(migration(chosen[found.name], found))
        except KaccessError as error:
            failures.append(Failure(found.name, error))
    if not moves:
        raise NothingRead((*fleet.failures, *failures))
    return moves, failures


def _stays(moves: Iterable[Migration]) -> Iterator[str]:
    return (f"{each.survey.name}: {row}" for each in moves for row in each.stranded)
