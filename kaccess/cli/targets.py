"""Which clusters a developer means: named ones, those of the policy, or those that EKS lists."""

from __future__ import annotations

from collections.abc import Iterable

from kaccess.cli.session import Session
from kaccess.model.errors import KaccessError, LoginNeeded, Usage
from kaccess.model.policy import Cluster
from kaccess.workflows.login import OwnAccess, Target, find_access
from kaccess.workflows.ports import Adapters


def targets(session: Session, names: Iterable[str], adapters: Adapters) -> list[Target]:
    """The clusters of these names: aliases of the policy if there is one here, else names in EKS.

    Without names: all clusters of the policy, else all that EKS lists in the region.

    Raises:
        KaccessError: a cluster is not known, or its region is not.
    """
    known = _policy_clusters(session)
    wanted = list(dict.fromkeys(names))
    if not wanted and known:
        return [Target(each.alias, each.name, each.region) for each in known.values()]
    if not wanted:
        region = session.required_region()
        wanted = list(adapters.eks(region).cluster_names())
        if not wanted:
            raise Usage(f"EKS has no cluster in {region}; name another --region")
    return [_target(session, name, known) for name in wanted]


def find_each(session: Session, names: Iterable[str], adapters: Adapters) -> tuple[list[OwnAccess], list[str]]:
    """What the caller may reach in each of these clusters, and a line for each cluster that could not say.

    Raises:
        LoginNeeded: the AWS credentials are no good, so no cluster can answer.
    """
    found, errors = [], []
    for target in targets(session, names, adapters):
        session.detail(f"asking cluster {target.alias} ({target.name}, {target.region})")
        try:
            found.append(find_access(target, adapters))
        except LoginNeeded:
            raise
        except KaccessError as error:
            errors.append(str(error))
    return found, errors


def _target(session: Session, name: str, known: dict[str, Cluster]) -> Target:
    cluster = known.get(name)
    if cluster is not None:
        return Target(cluster.alias, cluster.name, cluster.region)
    return Target(name, name, session.required_region())


def _policy_clusters(session: Session) -> dict[str, Cluster]:
    """The policy's clusters; none where there is no policy, since developers need not have it."""
    return dict(session.load_policy().policy.clusters) if session.has_policy() else {}
