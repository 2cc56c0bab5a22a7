"""Read clusters and their accounts for an audit. Needs no right to write anything.

What one part of an account or cluster does not tell is noted in the snapshot; a cluster that cannot be read at all is
left out with the reason, and the others are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from kaccess.audit.snapshot import AccountSnapshot, ClusterSnapshot, PolicyText, Snapshot, Unread
from kaccess.kube.aws_auth.errors import Unreadable
from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.identity import Principal
from kaccess.model.policy import Backend, Cluster
from kaccess.model.state import AwsAuth, Entry
from kaccess.workflows.backend import Held, live_backends, with_stale
from kaccess.workflows.fleet import WIDTH, Failure, NothingRead
from kaccess.workflows.ports import Adapters
from kaccess.workflows.reading import reading
from kaccess.workflows.survey import Opened, open_cluster


@dataclass(frozen=True)
class _AwsAuth:
    """aws-auth, or why it is not known."""

    found: AwsAuth | None = None
    error: str = ""


def take_snapshot(
    clusters: Iterable[Cluster],
    adapters: Callable[[Cluster], Adapters],
    now: datetime,
    policy: Iterable[PolicyText] = (),
    seen: Callable[[str], object] = bool,
) -> Snapshot:
    """Read these clusters (at least one), side by side, and IAM once for an account.

    Args:
        clusters: the clusters of the policy to read.
        adapters: the outside world, as each of them is reached.
        now: the moment (aware).
        policy: the policy's files, to be kept with it.
        seen: told the alias of each cluster when it was read.

    Raises:
        NothingRead: none of the clusters could be read.
    """
    failures: list[Failure] = []
    read: list[tuple[Opened, ClusterSnapshot]] = []
    with reading(WIDTH) as pool:
        for cluster, future in [(each, pool.submit(_read, each, adapters)) for each in clusters]:
            try:
                read.append(future.result())
                seen(cluster.alias)
            except KaccessError as error:
                failures.append(Failure(cluster.alias, error))
    if not read:
        raise NothingRead(failures)
    accounts = _accounts(read)
    by_number = {account.account: account for account in accounts}
    return Snapshot(
        now,
        tuple(_with_stale(cluster, by_number[cluster.account]) for _, cluster in read),
        accounts,
        tuple(policy),
        tuple(Unread(failure.name, str(failure.error)) for failure in failures),
    )


def _read(cluster: Cluster, adapters: Callable[[Cluster], Adapters]) -> tuple[Opened, ClusterSnapshot]:
    opened = open_cluster(cluster, adapters(cluster))
    return opened, _cluster(opened)


def _cluster(opened: Opened) -> ClusterSnapshot:
    cluster, info, kube = opened.cluster, opened.info, opened.kube
    live = live_backends(cluster, info)
    with reading(5) as pool:
        rbac, namespaces = pool.submit(kube.inventory), pool.submit(kube.namespaces)
        providers = pool.submit(_told, lambda: opened.eks.identity_providers(opened.info))
        accounts = pool.submit(_told, kube.service_accounts)
        rows = pool.submit(_aws_auth, opened) if Backend.AWS_AUTH in live else None
        entries: tuple[Entry, ...] = ()
        if Backend.ACCESS_ENTRIES in live:
            entries = opened.eks.entries(info, all_access_policies=True)
        aws_auth = rows.result() if rows else _AwsAuth()
        return ClusterSnapshot(
            cluster.alias,
            cluster.name,
            cluster.account,
            cluster.region,
            info.authentication_mode,
            entries,
            aws_auth.found,
            aws_auth.error,
            namespaces.result(),
            rbac.result(),
            *providers.result(),
            *accounts.result(),
        )


def _told(ask: Callable[[], tuple[str, ...]]) -> tuple[tuple[str, ...] | None, str]:
    """What a cluster tells when it is asked; or None, and why it is not known."""
    try:
        return ask(), ""
    except LoginNeeded:
        raise
    except KaccessError as error:
        return None, str(error)


def _aws_auth(opened: Opened) -> _AwsAuth:
    try:
        return _AwsAuth(opened.kube.aws_auth())
    except Unreadable as error:
        return _AwsAuth(error=str(error))


def _accounts(read: Iterable[tuple[Opened, ClusterSnapshot]]) -> tuple[AccountSnapshot, ...]:
    """Each account by the credentials of its first cluster, with the last use of whoever comes into one of them."""
    first: dict[str, Opened] = {}
    concerned: dict[str, set[str]] = {}
    for opened, cluster in read:
        first.setdefault(cluster.account, opened)
        concerned.setdefault(cluster.account, set()).update(entry.principal for entry in cluster.all_entries)
    return tuple(_account(opened, concerned[number]) for number, opened in first.items())


def _account(opened: Opened, concerned: set[str]) -> AccountSnapshot:
    try:
        return opened.iam.account(concerned)
    except LoginNeeded:
        raise
    except KaccessError as error:
        return AccountSnapshot(opened.cluster.account, skipped=(f"IAM is not known: {error}",), is_known=False)


def _with_stale(cluster: ClusterSnapshot, account: AccountSnapshot) -> ClusterSnapshot:
    born = {user.arn: Principal(user.arn, user.created_at) for user in account.users}
    born |= {role.arn: Principal(role.arn, role.created_at) for role in account.iam_roles}
    return replace(cluster, entries=with_stale(Held(cluster.entries), born).entries)
