"""Read everything a plan needs of one cluster: the policy's wish, and what AWS and the API server hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kaccess.model.arn import Arn
from kaccess.model.errors import KaccessError, LoginNeeded, Missing
from kaccess.model.identity import Caller, ClusterInfo
from kaccess.model.names import kube_group
from kaccess.model.plan import Plan, Skipped
from kaccess.model.policy import Cluster, Group, Policy, SourceKind
from kaccess.model.state import Namespace, State
from kaccess.planning.plan import make_plan
from kaccess.planning.settle import Scope
from kaccess.policy.resolve import desired, groups_in_force
from kaccess.workflows.ports import Adapters, Eks, Iam, Kube
from kaccess.workflows.reading import reading

IAM_READERS: Final = 8
"""IAM groups read side by side; AWS publishes no rate for GetGroup, and the client slows down when it is told to."""


class WrongAccount(KaccessError):
    """The credentials belong to another account than the policy's cluster."""


@dataclass(frozen=True)
class Survey:
    """One cluster as it is and as the policy wants it. `frozen`: Kubernetes groups whose people are not known."""

    cluster: Cluster
    info: ClusterInfo
    caller: Caller
    eks: Eks
    kube: Kube
    desired: State
    actual: State
    frozen: frozenset[str]
    skipped: tuple[Skipped, ...]

    def plan(self, only: frozenset[str] | None = None) -> Plan:
        """The plan for this cluster; `only` limits it to these policy groups."""
        scope = Scope(None if only is None else frozenset(map(kube_group, only)), self.frozen)
        concerned = (each for each in self.skipped if only is None or not each.groups or only & set(each.groups))
        return make_plan(self.cluster.alias, self.desired, self.actual, scope=scope, skipped=tuple(concerned))


def survey(policy: Policy, cluster: Cluster, adapters: Adapters, now: datetime) -> Survey:
    """Read one cluster.

    Raises:
        KaccessError: the account is another one, or AWS or the API server did not answer what nothing can go without.
    """
    caller = caller_of(cluster, adapters)
    eks = adapters.eks(cluster.region)
    info = eks.cluster(cluster.name)
    kube = adapters.connect(info)
    with reading(IAM_READERS) as pool:
        held = pool.submit(eks.entries, info)
        owned = pool.submit(kube.owned)
        all_namespaces = pool.submit(kube.namespaces)
        read = list(pool.map(lambda group: _people(group, adapters.iam), groups_in_force(policy, cluster, now)))
        # The entries first: where EKS has them turned off, that says more than whatever the API server answers.
        entries = held.result()
        namespaces = [namespace for namespace in all_namespaces.result() if not namespace.terminating]
        actual = State.of([*entries, *owned.result(), *namespaces])
    members = {people.group: people.arns for people in read if people.skipped is None}
    resolved = desired(policy, cluster, namespaces=_labels(namespaces), members=members, now=now)
    return Survey(
        cluster=cluster,
        info=info,
        caller=caller,
        eks=eks,
        kube=kube,
        desired=resolved.state,
        actual=actual,
        frozen=frozenset(kube_group(people.group) for people in read if people.skipped),
        skipped=(*resolved.skipped, *(people.skipped for people in read if people.skipped)),
    )


def caller_of(cluster: Cluster, adapters: Adapters) -> Caller:
    """Whose credentials these are.

    Raises:
        WrongAccount: they are not of the cluster's account.
    """
    caller = adapters.sts.caller()
    if caller.account != cluster.account:
        raise WrongAccount(
            f"{cluster.place}: cluster {cluster.alias} is in account {cluster.account}, but these credentials are of "
            f"account {caller.account} ({caller.arn}); choose another with --profile"
        )
    return caller


def principal_of(caller: Caller, iam: Iam) -> str | None:
    """The full ARN of the IAM user or role behind the caller; None if IAM does not let the caller know it."""
    name = Arn.parse(caller.arn).iam_role_name
    if name is None:
        return caller.arn
    try:
        return iam.role_arn(name)
    except LoginNeeded:
        raise
    except KaccessError:
        return None


def _labels(namespaces: Iterable[Namespace]) -> dict[str, dict[str, str]]:
    return {namespace.name: dict(namespace.labels) for namespace in namespaces}


@dataclass(frozen=True)
class _People:
    """The principals of one group, or why they are not known."""

    group: str
    arns: tuple[str, ...] = ()
    skipped: Skipped | None = None


def _people(group: Group, iam: Iam) -> _People:
    """An error of AWS is never an empty answer: the group is left out with its reason (design.md, section 4)."""
    if group.source is SourceKind.IAM_ROLE:
        return _People(group.name, (group.target,))
    if group.source is SourceKind.PERMISSION_SET or group.assume:
        reason = "this version grants to members of IAM groups and to IAM roles; this source is left out"
        return _People(group.name, skipped=_left_out(group, reason))
    try:
        return _People(group.name, iam.members(group.target))
    except LoginNeeded:
        raise
    except KaccessError as error:
        return _People(group.name, skipped=_left_out(group, str(error), missing=isinstance(error, Missing)))


def _left_out(group: Group, reason: str, *, missing: bool = False) -> Skipped:
    return Skipped(f"group {group.name}", reason, missing, (group.name,))
