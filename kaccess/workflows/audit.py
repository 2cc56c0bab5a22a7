"""Read what is there in one cluster, and say who can do what. Needs no right to write anything."""

from __future__ import annotations

from kaccess.audit.access import effective_access
from kaccess.model.access import Access
from kaccess.model.policy import Cluster
from kaccess.workflows.ports import Adapters
from kaccess.workflows.reading import reading
from kaccess.workflows.survey import caller_of


def audit(cluster: Cluster, adapters: Adapters) -> tuple[Access, ...]:
    """Every principal's every way to a role in `cluster`, sorted.

    Raises:
        KaccessError: the account is another one, or something could not be read: an audit with a hole is none.
    """
    caller_of(cluster, adapters)
    eks = adapters.eks(cluster.region)
    info = eks.cluster(cluster.name)
    with reading(2) as pool:
        entries = pool.submit(eks.entries, info, all_access_policies=True)
        rbac = pool.submit(adapters.connect(info).rbac_objects)
        return effective_access(entries.result(), rbac.result())
