"""What is found to be reached, as what a kubeconfig is written from."""

from __future__ import annotations

from kaccess.kubeconfig.access import ClusterAccess
from kaccess.workflows.login import OwnAccess, WayIn


def cluster_accesses(found: OwnAccess, profile: str | None) -> list[ClusterAccess]:
    """An access for each way into the cluster, with tokens by the credentials of `profile`."""
    return [_access(found, way, profile) for way in found.ways]


def _access(found: OwnAccess, way: WayIn, profile: str | None) -> ClusterAccess:
    target, info, role = found.target, found.info, way.role
    return ClusterAccess(
        alias=target.alias,
        name=target.name,
        region=target.region,
        server=info.endpoint,
        ca_data=info.ca_data,
        namespaces=way.namespaces,
        profile=profile,
        iam_role=role.iam_role if role else None,
        group=role.group if role else "",
    )
