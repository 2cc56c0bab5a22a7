"""EKS: clusters and their access entries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from difflib import get_close_matches

from kaccess.aws import entry_writes
from kaccess.aws.access_entries import STANDARD, AccessEntries
from kaccess.aws.errors import AwsError, NotFound
from kaccess.aws.session import CONNECTIONS, AwsSession
from kaccess.model.errors import Missing
from kaccess.model.identity import ClusterInfo
from kaccess.model.plan import Change
from kaccess.model.state import Entry


class NoSuchCluster(NotFound, Missing):
    """EKS has no cluster of this name in this region."""


class AccessEntriesOff(AwsError):
    """The cluster's authenticationMode is CONFIG_MAP: it looks at aws-auth alone."""


class Eks:
    """The clusters of one region. Every method raises one of `kaccess.aws.errors`."""

    def __init__(self, session: AwsSession, region: str) -> None:
        self._session = session
        self._region = region

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
        sets `all_access_policies` to have them for every STANDARD entry, at one more call each.

        Raises:
            AccessEntriesOff: the cluster does not look at access entries.
        """
        api = self._access_entries(cluster)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            found = pool.map(lambda principal: _whole(api, principal, all_access_policies), api.principals())
            return tuple(sorted(entry for entry in found if entry is not None))

    def write_entry(self, cluster: ClusterInfo, change: Change) -> None:
        """Make one change of an entry; see `kaccess.aws.entry_writes.write` for its errors."""
        entry_writes.write(self._access_entries(cluster), change)

    def _access_entries(self, cluster: ClusterInfo) -> AccessEntries:
        if cluster.authentication_mode == "CONFIG_MAP":
            raise AccessEntriesOff(
                f"the cluster {cluster.name!r} uses aws-auth only: access entries are off, and this version of kaccess "
                "manages access entries; set its authenticationMode to API_AND_CONFIG_MAP",
                operation="eks:ListAccessEntries",
            )
        return AccessEntries(self._session, self._session.client("eks", self._region), cluster.name)

    def _no_cluster(self, name: str) -> str:
        try:
            close = get_close_matches(name, self.cluster_names(), 1)
        except AwsError:
            close = []
        advice = f"did you mean {close[0]!r}?" if close else "check its name, its region and the AWS account"
        return f"there is no EKS cluster {name!r} in {self._region}; {advice}"


def _whole(api: AccessEntries, principal: str, all_access_policies: bool) -> Entry | None:
    """The principal's entry; None if it was deleted since it was listed."""
    entry = api.get(principal)
    if entry is None or entry.type != STANDARD:
        return entry
    if not (entry.owned or entry.owned_groups or all_access_policies):
        return entry
    return replace(entry, access_policies=api.access_policies(principal))
