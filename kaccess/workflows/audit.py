"""From a snapshot to what an audit says: the policy of its moment is resolved as for a plan. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from kaccess.audit.access import effective_access
from kaccess.audit.case import Case
from kaccess.audit.findings import judge
from kaccess.audit.given import Sources
from kaccess.audit.result import Audit, ClusterAudit
from kaccess.audit.snapshot import ClusterSnapshot, Snapshot
from kaccess.model.access import Step, StepKind
from kaccess.model.errors import Usage
from kaccess.model.identity import ClusterInfo, Principal
from kaccess.model.names import SYSTEM_NAMESPACE, kube_group
from kaccess.model.plan import Change
from kaccess.model.policy import Group, Policy, SourceKind
from kaccess.model.state import Binding, Card, Item, Key, KubeRole, State
from kaccess.planning.plan import make_plan
from kaccess.planning.scope import Scope
from kaccess.policy.files import PolicyFile
from kaccess.policy.load import load_files
from kaccess.policy.resolve import desired, groups_in_force
from kaccess.workflows.backend import live_backends
from kaccess.workflows.snapshot_people import principals_of

_STEPS: Final = {
    SourceKind.IAM_GROUP: StepKind.IAM_GROUP,
    SourceKind.IAM_ROLE: StepKind.IAM_ROLE,
    SourceKind.PERMISSION_SET: StepKind.PERMISSION_SET,
}


def audit(snapshot: Snapshot, aliases: Iterable[str] = (), policy: Policy | None = None) -> Audit:
    """Everything that can be said of the clusters of a snapshot.

    Args:
        snapshot: what was read.
        aliases: only of these clusters.
        policy: the one that was kept with it, for who has it read already.

    Raises:
        Usage: it has no such cluster.
        PolicyError: the policy that was kept with it is not one.
    """
    wanted = tuple(aliases) or tuple(each.cluster for each in snapshot.clusters)
    by_alias = {each.cluster: each for each in snapshot.clusters}
    unread = {each.cluster for each in snapshot.unread}
    missing = next((alias for alias in wanted if alias not in by_alias and alias not in unread), None)
    if missing is not None:
        raise Usage(f"the audit has no cluster {missing!r}; it has {', '.join(by_alias) or 'none'}")
    policy = policy or load_files([PolicyFile(Path(each.name), each.text) for each in snapshot.policy]).policy
    chosen = (by_alias[alias] for alias in wanted if alias in by_alias)
    return Audit(snapshot, tuple(_audit_one(each, snapshot, policy) for each in chosen))


def _audit_one(cluster: ClusterSnapshot, snapshot: Snapshot, policy: Policy) -> ClusterAudit:
    about = policy.clusters[cluster.cluster]
    account = snapshot.account_of(cluster)
    people = {
        group.name: principals_of(group, account, cluster.region)
        for group in groups_in_force(policy, about, snapshot.taken_at)
    }
    wanted = _desired(cluster, policy, people, snapshot)
    bindings = {binding.key: binding.origin for binding in wanted.all(Binding)}
    sources = Sources(bindings, _first_steps(policy.groups[name] for name in people))
    return judge(
        Case(
            cluster,
            account,
            policy,
            effective_access(cluster, account, sources),
            snapshot.taken_at,
            _drift(cluster, wanted, people),
            sources,
            frozenset(key.namespace for key in bindings if key.namespace != SYSTEM_NAMESPACE),
        )
    )


def _desired(
    cluster: ClusterSnapshot, policy: Policy, people: Mapping[str, tuple[Principal, ...] | None], snapshot: Snapshot
) -> State:
    about = policy.clusters[cluster.cluster]
    live = live_backends(about, _info(cluster))
    return desired(
        policy,
        about,
        backend=about.backend if about.backend in live else live[0],
        namespaces={each.name: dict(each.labels) for each in cluster.namespaces if not each.terminating},
        members={name: principals for name, principals in people.items() if principals is not None},
        now=snapshot.taken_at,
    ).state


def _info(cluster: ClusterSnapshot) -> ClusterInfo:
    return ClusterInfo(cluster.name, "", "", "", cluster.mode)


def _drift(
    cluster: ClusterSnapshot, wanted: State, people: Mapping[str, tuple[Principal, ...] | None]
) -> tuple[Change, ...]:
    """What a plan would change; the directory's cards are not read, and so not compared."""
    if cluster.aws_auth_error:
        return ()
    owned = cluster.rbac.owned
    objects: tuple[KubeRole | Binding, ...] = (*cluster.rbac.roles, *cluster.rbac.bindings)
    held = {each.key: each for each in objects if each.key in owned}
    agreed = _agreed({each.key: each for each in wanted.items if isinstance(each, KubeRole | Binding)}, held)
    rest = State.of(each for key, each in wanted.by_key.items() if key not in agreed and not isinstance(each, Card))
    items: list[Item] = [*cluster.all_entries, *(each for each in cluster.namespaces if not each.terminating)]
    items += (each for key, each in held.items() if key not in agreed)
    frozen = frozenset(kube_group(name) for name, principals in people.items() if principals is None)
    return make_plan(cluster.cluster, rest, State.of(items), scope=Scope(frozen=frozen)).changes


def _agreed(wanted: Mapping[Key, KubeRole | Binding], held: Mapping[Key, KubeRole | Binding]) -> frozenset[Key]:
    """Roles that are as they should be, with all their bindings: a plan has nothing to say of these thousands."""
    equal = {key for key, each in held.items() if wanted.get(key) == each}
    touched = {_role_key(each) for side in (wanted, held) for key, each in side.items() if key not in equal}
    return frozenset(key for key in equal if _role_key(held[key]) not in touched)


def _role_key(item: KubeRole | Binding) -> tuple[str, str, str]:
    if isinstance(item, KubeRole):
        return "Role", item.namespace, item.name
    return item.role_ref.kind, item.namespace, item.role_ref.name


def _first_steps(groups: Iterable[Group]) -> dict[str, Step]:
    return {kube_group(group.name): Step(_STEPS[group.source], group.target, str(group.place)) for group in groups}
