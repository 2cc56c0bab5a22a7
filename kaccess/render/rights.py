"""What a persona may do in one cluster, as manifests, with the namespaces that these are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from kaccess.kube.manifests import to_manifest
from kaccess.model.names import RECONCILER, SYSTEM_NAMESPACE
from kaccess.model.policy import Cluster, Policy
from kaccess.model.state import Namespace
from kaccess.render.persona import Persona
from kaccess.render.rbac import kube_access
from kaccess.render.yaml_text import Document

_ADVICE = f"""\
What the group {RECONCILER} may do. It holds no more than the roles of the policy, where they are
granted, so that whoever steals its identity can give no more than these. So Kubernetes refuses it a policy that grants
more than the one this was rendered from: as an administrator, render and apply this anew when roles or namespaces
change. Where EKS keeps the cluster's entries in aws-auth, name `backend: aws-auth` in the policy first.

An access entry that someone else made is not joined: EKS replaces all groups of an entry at once, and the IAM policy of
the reconciler lets it write groups of kaccess alone. Let an administrator apply the policy for such people."""


def rights_documents(
    persona: Persona,
    policy: Policy,
    cluster: Cluster,
    now: datetime,
    *,
    also: Iterable[str] = (),
    identity_only: bool = False,
) -> Iterator[Document]:
    """The persona's RBAC, in the order in which it can be applied; see `kube_access` for the parameters.

    A reconciler may not create namespaces; those that the policy creates are here instead.
    """
    creates = persona is Persona.RECONCILER and not identity_only
    created = [each for each in policy.namespaces.values() if each.create and creates]
    for namespace in (Namespace(SYSTEM_NAMESPACE), *(Namespace(each.name, each.labels) for each in created)):
        yield Document(to_manifest(namespace))
    access = kube_access(persona, policy, cluster, now, also=also, identity_only=identity_only)
    first, *rest = access.documents()
    yield replace(first, comment=_ADVICE) if persona is Persona.RECONCILER else first
    yield from rest
