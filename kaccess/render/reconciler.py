"""All manifests of a reconciler: what it may do in one cluster, what that needs to be there, and its workload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from kaccess.model.policy import Cluster, Policy
from kaccess.render.deployment import Workload, workload_documents
from kaccess.render.persona import Persona
from kaccess.render.rights import rights_documents
from kaccess.render.yaml_text import Document


def reconciler_documents(
    policy: Policy, cluster: Cluster, now: datetime, workload: Workload, *, also: Iterable[str] = ()
) -> Iterator[Document]:
    """The manifests of a reconciler that runs in `cluster`.

    Raises:
        Usage: the policy is too large for a ConfigMap.
    """
    only = workload.identity_only
    yield from rights_documents(Persona.RECONCILER, policy, cluster, now, also=also, identity_only=only)
    yield from workload_documents(workload)
