"""EKS: clusters and their access entries."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from kaccess.aws import entry_writes
from kaccess.aws.access_entries import AUTO_MODE, STANDARD, AccessEntries
from kaccess.aws.errors import AccessDenied, AwsError, NotFound
from kaccess.aws.session import CONNECTIONS, AwsSession
from kaccess.model.errors import Missing
from kaccess.model.identity import ClusterInfo
from kaccess.model.plan import Change
from kaccess.model.state import AccessPolicy, Entry

_MANY: Final = 50
"""From so many entries on, it takes fewer calls to ask which entries each access policy is on than the other way
round: AWS has some two dozen access policies."""


class NoSuchCluster(NotFound, Missing):
    """EKS has no cluster of this name in this region."""


class AccessEntriesOff(AwsError):
    """The cluster's authenticationMode is CONFIG_MAP: it looks at aws-auth alone, and has no access entries."""


class Eks:
    """The clusters of one region. Every method raises one of `kaccess.aws.errors`."""

    def __init__(self, session: AwsSession, region: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._session = session
        self._region = region
        self._sleep = sleep

    def cluster(self, name: str) -> ClusterInfo:
        """What EKS says of the cluster of this name.

        Raises:
            NoSuchCluster: there is none of that name in this region.
            AwsError: it has no endpoint yet.
        """
        operation, client = "eks:DescribeCluster", self._session.client("eks", self._region)
        try:
            with self._session.calling(operation):
                raw = client.describe_cluster(name=name)["cluster"]
                arn, status = raw["arn"], raw["status"]
        except NotFound as error:
            raise NoSuchCluster(self._no_cluster(name), operation=operation, code=error.code) from None
        endpoint, ca_data = raw.get("endpoint"), raw.get("certificateAuthority", {}).get("data")
        if not endpoint or not ca_data:
            raise AwsError(f"the cluster {name!r} is {status} and has no endpoint; wait for it", operation=operation)
        return ClusterInfo(
            name=name,
            arn=arn,
            endpoint=endpoint,
            ca_data=ca_data,
            # Clusters older than access entries say nothing of their mode.
            authentication_mode=raw.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP"),
            status=status,
            version=raw.get("version", ""),
        )

    def cluster_names(self) -> tuple[str, ...]:
        """The names of all clusters of the region, sorted."""
        client = self._session.client("eks", self._region)
        with self._session.calling("eks:ListClusters"):
            pages = client.get_paginator("list_clusters").paginate()
            return tuple(sorted(name for page in pages for name in page["clusters"]))

    def entries(self, cluster: ClusterInfo, *, all_access_policies: bool = False) -> tuple[Entry, ...]:
        """All access entries of the cluster, sorted, whoever made them.

        Their access policies are asked for where a plan needs them: on the entries that kaccess may change. An audit
        sets `all_access_policies` to have them for every entry that can have one. One call for each entry is not to be
        had cheaper, because EKS lists entries by their ARNs alone.

        Raises:
            AccessEntriesOff: the cluster does not look at access entries.
        """
        api = self._access_entries(cluster)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            # Who is listed and is not there any more was deleted in between.
            found = [entry for entry in pool.map(api.get, api.principals()) if entry is not None]
            concerned = _may_have_policies if all_access_policies else _may_change
            policies = _access_policies(api, [entry.principal for entry in found if concerned(entry)], pool)
        return tuple(sorted(replace(entry, access_policies=policies.get(entry.principal, ())) for entry in found))

    def identity_providers(self, cluster: ClusterInfo) -> tuple[str, ...]:
        """The names of the OIDC providers whose users the cluster lets in beside IAM's, sorted."""
        client = self._session.client("eks", self._region)
        with self._session.calling("eks:ListIdentityProviderConfigs"):
            pages = client.get_paginator("list_identity_provider_configs").paginate(clusterName=cluster.name)
            return tuple(sorted(each["name"] for page in pages for each in page["identityProviderConfigs"]))

    def write_entry(self, cluster: ClusterInfo, change: Change) -> None:
        """Make one change of an entry; see `kaccess.aws.entry_writes.write` for its errors."""
        entry_writes.write(self._access_entries(cluster), change)

    def _access_entries(self, cluster: ClusterInfo) -> AccessEntries:
        if cluster.authentication_mode == "CONFIG_MAP":
            raise AccessEntriesOff(
                f"the cluster {cluster.name!r} has no access entries, because its authenticationMode is CONFIG_MAP; "
                "who comes in is said by the aws-auth ConfigMap alone",
                operation="eks:ListAccessEntries",
            )
        client = self._session.client("eks", self._region)
        return AccessEntries(self._session, client, cluster.name, self._sleep)

    def _no_cluster(self, name: str) -> str:
        try:
            close = get_close_matches(name, self.cluster_names(), 1)
        except AwsError:
            close = []
        advice = f"did you mean {close[0]!r}?" if close else "check its name, its region and the AWS account"
        return f"there is no EKS cluster {name!r} in {self._region}; {advice}"


def _may_have_policies(entry: Entry) -> bool:
    """EKS gives the other types of nodes their rights by itself; those of EKS Auto Mode get a policy."""
    return entry.type in {STANDARD, AUTO_MODE}


def _may_change(entry: Entry) -> bool:
    return entry.type == STANDARD and (entry.owned or bool(entry.owned_groups))


def _access_policies(api: AccessEntries, asked: list[str], pool: Executor) -> dict[str, tuple[AccessPolicy, ...]]:
    """The access policies of these principals' entries, as far as they have any."""
    if len(asked) >= _MANY:
        asked = _with_access_policies(api, asked, pool)
    return dict(zip(asked, pool.map(api.access_policies, asked), strict=True))


def _with_access_policies(api: AccessEntries, asked: list[str], pool: Executor) -> list[str]:
    """Those of the principals whose entry has an access policy; all of them if the caller may not find that out."""
    try:
        arns = api.policy_arns()
    except AccessDenied:
        return asked
    having = {principal for found in pool.map(api.principals, arns) for principal in found}
    return [principal for principal in asked if principal in having]
