"""Go back to the backup of aws-auth, which kaccess makes before a run of it first writes there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaccess.model.errors import KaccessError, Refused
from kaccess.model.policy import Backend, Cluster
from kaccess.model.state import Entry
from kaccess.model.ways_in import is_administrator, way_in, ways_in
from kaccess.workflows.backend import live_backends
from kaccess.workflows.ports import Adapters, Kube
from kaccess.workflows.survey import open_cluster, principal_of

if TYPE_CHECKING:
    from kaccess.kube.aws_auth.restore import Restoration


class DeadAwsAuth(KaccessError):
    """The cluster does not look at aws-auth."""


@dataclass(frozen=True)
class Restoring:
    """One cluster's way back: what would change, the access entries there, and who would do it (an ARN)."""

    cluster: Cluster
    kube: Kube
    restoration: Restoration
    entries: tuple[Entry, ...]
    caller: str


def find_backup(cluster: Cluster, adapters: Adapters) -> Restoring:
    """Compare aws-auth with its backup.

    Raises:
        DeadAwsAuth: the cluster does not look at aws-auth.
        KaccessError: there is no backup, it must not be restored, or something could not be read.
    """
    opened = open_cluster(cluster, adapters)
    live = live_backends(cluster, opened.info)
    if Backend.AWS_AUTH not in live:
        raise DeadAwsAuth(
            f"cluster {cluster.alias} does not look at aws-auth (its authenticationMode is "
            f"{opened.info.authentication_mode}), so restoring it would change nothing"
        )
    entries = opened.eks.entries(opened.info) if Backend.ACCESS_ENTRIES in live else ()
    caller = principal_of(opened.caller, opened.iam)
    return Restoring(cluster, opened.kube, opened.kube.aws_auth_restoration(), entries, caller)


def refuse_lockout(wanted: Restoring, *, allow_self_removal: bool, allow_last_admin_removal: bool) -> None:
    """Refuse to go back to where nobody could come in who can repair it.

    Raises:
        Refused: with the flag that overrides it.
    """
    current = wanted.restoration.current
    before = (*wanted.entries, *(current.rows if current else ()))
    after = (*wanted.entries, *wanted.restoration.backup.rows)
    where = f"{wanted.cluster.alias}: refused: the backup has"
    if not allow_self_removal and way_in(before, wanted.caller) and not way_in(after, wanted.caller):
        raise Refused(f"{where} no way in for you ({wanted.caller}); pass --allow-self-removal to restore it anyway")
    if not allow_last_admin_removal and _has_administrator(before) and not _has_administrator(after):
        raise Refused(f"{where} no administrator; pass --allow-last-admin-removal to restore it anyway")


def _has_administrator(entries: Iterable[Entry]) -> bool:
    return any(is_administrator(way.entry) for way in ways_in(entries))
