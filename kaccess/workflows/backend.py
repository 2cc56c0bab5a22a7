"""In which backend a cluster's entries are written, and what both backends hold.

The cluster's authenticationMode decides which backends it looks at at all; kaccess never changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from kaccess.model.errors import KaccessError
from kaccess.model.identity import ClusterInfo, Principal
from kaccess.model.policy import Backend, Cluster
from kaccess.model.state import AwsAuth, Entry
from kaccess.workflows.ports import Eks, Kube

API: Final = "API"
CONFIG_MAP: Final = "CONFIG_MAP"
BOTH: Final = "API_AND_CONFIG_MAP"

MANY_ENTRIES: Final = 500
"""Access entries from which on a plan says why reading them takes its time."""

_LIVE: Final[Mapping[str, tuple[Backend, ...]]] = {
    API: (Backend.ACCESS_ENTRIES,),
    CONFIG_MAP: (Backend.AWS_AUTH,),
    BOTH: (Backend.ACCESS_ENTRIES, Backend.AWS_AUTH),
}
"""The backends a cluster looks at, by its authenticationMode; the first is the one to write."""


class WrongBackend(KaccessError):
    """The policy names a backend that the cluster does not look at."""


@dataclass(frozen=True)
class Held:
    """The entries of one cluster, in all backends it looks at. `aws_auth` is None where it looks at none."""

    entries: tuple[Entry, ...] = ()
    aws_auth: AwsAuth | None = None

    @property
    def all(self) -> tuple[Entry, ...]:
        """Access entries and rows."""
        return (*self.entries, *(self.aws_auth.rows if self.aws_auth else ()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of them, a line each."""
        many = len(self.entries) >= MANY_ENTRIES
        count = f"{len(self.entries)} access entries described one by one: EKS lists ARNs alone"
        return (*((count,) if many else ()), *(self.aws_auth.notes if self.aws_auth else ()))


def written_backend(cluster: Cluster, info: ClusterInfo) -> Backend:
    """The backend in which entries are written: the one the policy names, else that of the cluster's mode.

    Raises:
        WrongBackend: the cluster does not look at the backend that the policy names.
    """
    live = live_backends(cluster, info)
    if cluster.backend is Backend.AUTO:
        return live[0]
    if cluster.backend not in live:
        raise WrongBackend(
            f"{cluster.place}: cluster {cluster.alias} has `backend: {cluster.backend.value}`, at which it does not "
            f"look in its authenticationMode {info.authentication_mode}; write `backend: {live[0].value}`, or leave it "
            "out"
        )
    return cluster.backend


def live_backends(cluster: Cluster, info: ClusterInfo) -> tuple[Backend, ...]:
    """The backends the cluster looks at.

    Raises:
        WrongBackend: EKS names an authenticationMode that this version of kaccess does not know.
    """
    try:
        return _LIVE[info.authentication_mode]
    except KeyError:
        raise WrongBackend(
            f"cluster {cluster.alias} has the authenticationMode {info.authentication_mode!r}, which kaccess does not "
            "know; use a newer kaccess"
        ) from None


def read_entries(
    cluster: Cluster, info: ClusterInfo, eks: Eks, kube: Kube, *, all_access_policies: bool = False
) -> Held:
    """What the backends hold that the cluster looks at; see `Eks.entries` for `all_access_policies`."""
    live = live_backends(cluster, info)
    entries: tuple[Entry, ...] = ()
    if Backend.ACCESS_ENTRIES in live:
        entries = eks.entries(info, all_access_policies=all_access_policies)
    return Held(entries, kube.aws_auth() if Backend.AWS_AUTH in live else None)


def with_stale(held: Held, principals: Mapping[str, Principal]) -> Held:
    """The same entries, those marked stale whose principal is younger: they are bound to one that is gone.

    `principals` are the known ones by their ARNs.
    """
    return replace(held, entries=tuple(_marked(entry, principals.get(entry.principal)) for entry in held.entries))


def _marked(entry: Entry, principal: Principal | None) -> Entry:
    born = principal.created_at if principal else None
    return replace(entry, stale=_is_older(entry.created_at, born))


def _is_older(created_at: datetime | None, born: datetime | None) -> bool:
    # IAM tells whole seconds, cut off. So who is made anew within the second in which their entry was made is not seen
    # to be: they stay locked out, which harms nobody else, until the entry is deleted.
    return created_at is not None and born is not None and created_at < born
