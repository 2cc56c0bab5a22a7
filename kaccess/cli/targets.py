"""Which clusters a developer means: named ones, those of the policy, or those that EKS lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kaccess.cli.session import Session
from kaccess.model.errors import KaccessError, LoginNeeded, Usage
from kaccess.model.policy import Cluster
from kaccess.workflows.login import NoEntry, OwnAccess, Target, find_access
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


@dataclass
class Answers:
    """What several clusters said of the caller.

    `found` is what may be reached; `unknown_in` the aliases of clusters that do not know the caller; `errors` a line
    for each cluster that could not say, or does not know them.
    """

    found: list[OwnAccess] = field(default_factory=list)
    unknown_in: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def find_each(session: Session, names: Iterable[str], adapters: Adapters) -> Answers:
    """What the caller may reach in each of these clusters; one that does not answer does not stop the others.

    Raises:
        LoginNeeded: the AWS credentials are no good, so no cluster can answer.
    """
    answers = Answers()
    for target in targets(session, names, adapters):
        session.detail(f"asking cluster {target.alias} ({target.name}, {target.region})")
        try:
            answers.found.append(find_access(target, adapters))
        except LoginNeeded:
            raise
        except KaccessError as error:
            answers.errors.append(str(error))
            if isinstance(error, NoEntry):
                answers.unknown_in.append(error.alias)
    return answers


def _target(session: Session, name: str, known: dict[str, Cluster]) -> Target:
    cluster = known.get(name)
    if cluster is not None:
        return Target(cluster.alias, cluster.name, cluster.region)
    return Target(name, name, session.required_region())


def _policy_clusters(session: Session) -> dict[str, Cluster]:
    """The policy's clusters; none where there is no policy, since developers need not have it."""
    return dict(session.load_policy().policy.clusters) if session.has_policy() else {}
