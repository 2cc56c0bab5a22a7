"""Read everything a plan needs of one cluster: the policy's wish, and what AWS and the API server hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from kaccess.model.arn import Arn
from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.identity import Caller, ClusterInfo
from kaccess.model.names import kube_group
from kaccess.model.plan import Change, Plan, Skipped
from kaccess.model.policy import Backend, Cluster, Group, Policy, SourceKind
from kaccess.model.state import AwsAuth, Entry, Namespace, State, without_role_path
from kaccess.planning.plan import make_plan
from kaccess.planning.scope import Scope
from kaccess.policy.resolve import desired, groups_in_force
from kaccess.workflows.backend import Held, read_entries, with_stale, written_backend
from kaccess.workflows.people import PeopleByGroup, known, left_out, only
from kaccess.workflows.ports import Adapters, Eks, Iam, Kube
from kaccess.workflows.reading import reading


class WrongAccount(KaccessError):
    """The credentials belong to another account than the policy's cluster."""


@dataclass(frozen=True)
class Survey:
    """A cluster, or the IAM half of an account (`account ID`), as it is and as the policy wants it.

    `write` makes one change of its plan. `arn` is the cluster's, empty for an account. `frozen` are Kubernetes groups
    whose people are not known. `mode` is the cluster's authenticationMode, and `aws_auth` what that ConfigMap says,
    None where the cluster does not look at it.
    """

    name: str
    caller: Caller
    iam: Iam
    desired: State
    actual: State
    write: Callable[[Change], None]
    frozen: frozenset[str] = frozenset()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    mode: str = ""
    aws_auth: AwsAuth | None = None
    arn: str = ""

    def plan(
        self, groups: frozenset[str] | None = None, *, principal: str | None = None, identity_only: bool = False
    ) -> Plan:
        """The plan for this cluster or account.

        Args:
            groups: limits it to these groups of the policy.
            principal: limits it to the entries of the principal with this ARN.
            identity_only: limits it to entries.
        """
        scope = Scope(None if groups is None else frozenset(map(kube_group, groups)), self.frozen)
        scope = replace(scope, principal=principal, identity_only=identity_only)
        skipped = () if principal else (each for each in self.skipped if _concerns(each, groups))
        return make_plan(self.name, self.desired, self.actual, scope=scope, skipped=tuple(skipped), notes=self.notes)

    def principal(self) -> str:
        """The ARN of the IAM user or role behind the caller; that of the session if IAM does not tell more."""
        return principal_of(self.caller, self.iam)


def _concerns(skipped: Skipped, groups: frozenset[str] | None) -> bool:
    return groups is None or not skipped.groups or bool(groups & set(skipped.groups))


@dataclass(frozen=True)
class Opened:
    """A cluster whose account was checked and whose API can be asked."""

    cluster: Cluster
    info: ClusterInfo
    caller: Caller
    iam: Iam
    eks: Eks
    kube: Kube


def open_cluster(cluster: Cluster, adapters: Adapters) -> Opened:
    """Find the cluster, in the account that the policy says.

    Raises:
        KaccessError: the account is another one, or AWS did not answer.
    """
    caller = caller_of(cluster, adapters)
    eks = adapters.eks(cluster.region)
    info = eks.cluster(cluster.name)
    return Opened(cluster, info, caller, adapters.iam, eks, adapters.connect(info))


@dataclass(frozen=True)
class ClusterState:
    """What an opened cluster holds. `backend` is the one in which its entries are written."""

    opened: Opened
    backend: Backend
    held: Held
    rest: State


def read_cluster(opened: Opened) -> ClusterState:
    """Read what the cluster holds.

    Raises:
        KaccessError: AWS or the API server did not answer what no plan can go without.
    """
    backend = written_backend(opened.cluster, opened.info)
    kube = opened.kube
    with reading(3) as pool:
        held = pool.submit(read_entries, opened.cluster, opened.info, opened.eks, kube)
        owned, namespaces = pool.submit(kube.owned), pool.submit(kube.namespaces)
        # The entries first: what AWS says tells more than whatever the API server answers.
        entries = held.result()
        there = [namespace for namespace in namespaces.result() if not namespace.terminating]
        return ClusterState(opened, backend, entries, State.of([*owned.result(), *there]))


def survey(policy: Policy, state: ClusterState, people: PeopleByGroup, now: datetime) -> Survey:
    """The survey of one cluster, whose groups' people are among `people`."""
    opened, cluster = state.opened, state.opened.cluster
    groups = groups_in_force(policy, cluster, now)
    people = only(people, groups)
    unknown = left_out(people)
    held = with_stale(state.held, {each.arn: each for those in known(people).values() for each in those})
    resolved = desired(
        policy, cluster, backend=state.backend, namespaces=_labels(state.rest), members=known(people), now=now
    )
    return Survey(
        name=cluster.alias,
        caller=opened.caller,
        iam=opened.iam,
        desired=resolved.state,
        actual=State.of([*held.all, *state.rest.items]),
        write=_writer(opened),
        frozen=frozenset(map(kube_group, unknown)),
        skipped=(*resolved.skipped, *unknown.values()),
        notes=(*held.notes, *_provisioned_anew(groups, people, held)),
        mode=opened.info.authentication_mode,
        aws_auth=held.aws_auth,
        arn=opened.info.arn,
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


def principal_of(caller: Caller, iam: Iam) -> str:
    """The ARN of the IAM user or role behind the caller; that of the session, without a path, if IAM does not tell."""
    name = Arn.parse(caller.arn).iam_role_name
    if name is None:
        return caller.arn
    try:
        return iam.role(name).arn
    except LoginNeeded:
        raise
    except KaccessError:
        return caller.arn


def _writer(opened: Opened) -> Callable[[Change], None]:
    def write(change: Change) -> None:
        if isinstance(change.item, Entry) and change.item.backend is not Backend.AWS_AUTH:
            opened.eks.write_entry(opened.info, change)
        else:
            opened.kube.write(change)

    return write


def _labels(state: State) -> dict[str, dict[str, str]]:
    return {namespace.name: dict(namespace.labels) for namespace in state.all(Namespace)}


def _provisioned_anew(groups: Iterable[Group], people: PeopleByGroup, held: Held) -> Iterator[str]:
    """Permission sets whose role has another suffix than the one that our entry is for."""
    for group in groups:
        for role in people[group.name].principals if group.source is SourceKind.PERMISSION_SET else ():
            now = without_role_path(role.arn)
            for entry in held.all:
                before = without_role_path(entry.principal)
                if entry.owned and before != now and before.rpartition("_")[0] == now.rpartition("_")[0]:
                    old, new = Arn.parse(before).name, Arn.parse(now).name
                    yield f"permission set {group.target} was provisioned anew: its role {old} is {new} now"
