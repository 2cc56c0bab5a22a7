"""Read what is there in one cluster, and say who can do what. Needs no right to write anything."""

from __future__ import annotations

from kaccess.audit.access import effective_access
from kaccess.model.access import Access
from kaccess.model.policy import Cluster
from kaccess.model.ways_in import ways_in
from kaccess.workflows.backend import read_entries
from kaccess.workflows.ports import Adapters
from kaccess.workflows.reading import reading
from kaccess.workflows.survey import open_cluster


def audit(cluster: Cluster, adapters: Adapters) -> tuple[Access, ...]:
    """Every principal's every way to a role in `cluster`, sorted.

    Raises:
        KaccessError: the account is another one, or something could not be read: an audit with a hole is none.
    """
    opened = open_cluster(cluster, adapters)
    with reading(2) as pool:
        held = pool.submit(read_entries, cluster, opened.info, opened.eks, opened.kube, all_access_policies=True)
        rbac = pool.submit(opened.kube.rbac_objects)
        entries = [way.entry for way in ways_in(held.result().all)]
        return effective_access(entries, rbac.result())
