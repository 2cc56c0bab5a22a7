"""From the members of groups to their entries: who is in which Kubernetes groups, by which ARN, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kaccess.model.arn import Arn
from kaccess.model.identity import Principal
from kaccess.model.names import kube_group
from kaccess.model.policy import Backend, Cluster, Group, Policy, SourceKind
from kaccess.model.state import Entry, without_role_path
from kaccess.policy.assume import assume_role_arn
from kaccess.policy.offboarded import person_of


def entries_of(
    members: Mapping[Group, tuple[Principal, ...]], policy: Policy, cluster: Cluster, backend: Backend
) -> Iterator[Entry]:
    """One entry for each of the members who is not offboarded, in all the groups they are members of.

    A principal whose ARN is spelled in several ways has one entry, as the first of its groups spells it.
    """
    spelled: dict[str, str] = {}
    groups: dict[str, dict[Group, str]] = {}
    gone = {person_of(each.principal) for each in policy.offboarded}
    for group, principals in members.items():
        for arn in _arns(group, principals, cluster):
            if person_of(arn) not in gone:
                identity = without_role_path(arn.lower())
                spelled.setdefault(identity, arn)
                groups.setdefault(identity, {})[group] = _origin(group, arn)
    for identity, those in groups.items():
        arn = without_role_path(spelled[identity]) if backend is Backend.AWS_AUTH else spelled[identity]
        kube_groups = tuple(sorted(kube_group(group.name) for group in those))
        yield Entry(arn, kube_groups, origin=", ".join(those.values()), backend=backend)


def _arns(group: Group, principals: tuple[Principal, ...], cluster: Cluster) -> tuple[str, ...]:
    if group.assume:
        return (assume_role_arn(group, cluster.account, cluster.region),)
    return tuple(principal.arn for principal in principals)


def _origin(group: Group, arn: str) -> str:
    if group.source is SourceKind.IAM_ROLE:
        return f"IAM role {group.target}"
    if group.source is SourceKind.PERMISSION_SET:
        return f"permission set {group.target} by role {Arn.parse(arn).name}"
    return f"{'role of' if group.assume else 'member of'} IAM group {group.target}"
