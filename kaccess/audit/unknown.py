"""Access that may be there and that nothing shows: listed with its reason, never left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kaccess.audit.snapshot import AccountSnapshot, ClusterSnapshot
from kaccess.model.access import Access, Unknown

CREATOR = "the principal that created the cluster"
_NOT_ASKED = "the audit was saved by a kaccess that did not ask"


def unknown_access(cluster: ClusterSnapshot, account: AccountSnapshot, access: Iterable[Access]) -> tuple[Unknown, ...]:
    """All that cannot be seen of a cluster, sorted."""
    found = {*_of_cluster(cluster), *_of_account(account)}
    found |= {Unknown(each.principal, reason) for each in access for reason in each.unknown}
    return tuple(sorted(found))


def _of_cluster(cluster: ClusterSnapshot) -> Iterator[Unknown]:
    if cluster.mode == "CONFIG_MAP":
        reason = "is in system:masters, in authenticationMode CONFIG_MAP, and neither aws-auth nor EKS tells who it is"
        yield Unknown(CREATOR, reason)
    if cluster.aws_auth_error:
        yield Unknown("whoever aws-auth lets in", cluster.aws_auth_error)
    for number in cluster.aws_auth.accounts if cluster.aws_auth else ():
        yield Unknown(f"everybody of account {number}", "aws-auth lets the account in as a whole")
    for name in cluster.identity_providers or ():
        reason = "come in with names and groups that the provider gives them, past IAM: any bound name may be theirs"
        yield Unknown(f"the users of OIDC provider {name}", reason)
    if cluster.identity_providers is None:
        why = cluster.identity_providers_error or _NOT_ASKED
        yield Unknown("whoever comes in by an OIDC provider", f"whether the cluster has one is not known: {why}")
    if cluster.service_accounts is None:
        why = cluster.service_accounts_error or _NOT_ASKED
        yield Unknown("service accounts that bindings name", f"whether they exist is not known: {why}")


def _of_account(account: AccountSnapshot) -> Iterator[Unknown]:
    for reason in account.skipped:
        yield Unknown(f"account {account.account}", reason)
