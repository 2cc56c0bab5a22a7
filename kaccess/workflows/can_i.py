"""May one do something? The answer of a cluster, by any of the ways in; or that of the policy, by its grants alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from kaccess.model.errors import LoginNeeded, Usage
from kaccess.model.policy import Cluster, Grant, Policy
from kaccess.policy.placement import chooses
from kaccess.policy.resolve import grants_in_force
from kaccess.policy.roles import rules_of
from kaccess.rbac.allow import rules_allow
from kaccess.rbac.request import Request
from kaccess.workflows.login import Credentials, Target, no_entry, open_target, roles_of
from kaccess.workflows.ports import Kube


@dataclass(frozen=True)
class OfflineAnswer:
    """What the policy says of one cluster; `allowed` is None, with the reason, where only the cluster can tell."""

    cluster: str
    allowed: bool | None
    reason: str = ""


def live_answer(target: Target, credentials: Credentials, request: Request) -> bool:
    """Whether the cluster lets the caller do it: by their own entry, or as a role of one of their groups.

    Raises:
        NoEntry: the cluster has no entry for them.
        KaccessError: AWS or the API server did not answer.
    """
    info = open_target(target, credentials)
    answers = [_asked(credentials.adapters.connect(info), request)]
    if answers[0]:
        return True
    found = roles_of(target, info, credentials)
    answers += [_asked(credentials.as_role(role.iam_role).connect(info), request) for role in found.roles]
    if all(answer is None for answer in answers):
        raise no_entry(target, credentials.adapters, found)
    return any(answers)


def offline_answers(
    policy: Policy, request: Request, groups: Iterable[str], clusters: Iterable[str], now: datetime
) -> tuple[OfflineAnswer, ...]:
    """Whether the grants in force at `now` (aware) let someone in these groups do it, for each of these clusters.

    Without clusters: for all that the policy has.

    Raises:
        Usage: the policy has no such group or cluster.
    """
    mine = [_known(name, policy.groups, "group") for name in groups]
    wanted = [policy.clusters[_known(name, policy.clusters, "cluster")] for name in clusters]
    return tuple(_offline(policy, cluster, mine, request, now) for cluster in wanted or list(policy.clusters.values()))


def _asked(kube: Kube, request: Request) -> bool | None:
    """The answer of the API server; None if it does not know the caller."""
    try:
        (allowed,) = kube.allowed_each([request])
    except LoginNeeded:
        return None
    return allowed


def _offline(policy: Policy, cluster: Cluster, groups: list[str], request: Request, now: datetime) -> OfflineAnswer:
    reason = ""
    for grant in grants_in_force(policy, cluster, now):
        if grant.group not in groups:
            continue
        reached, rules = _reaches(grant, request.namespace, policy), rules_of(policy.roles[grant.role])
        if reached and rules is not None and rules_allow(rules, request):
            return OfflineAnswer(cluster.alias, True)
        if reached is None:
            reason = f"the grant at {grant.place} chooses namespaces by labels that only the cluster knows"
        elif reached and rules is None:
            reason = f"the role {grant.role} binds a ClusterRole whose rules only the cluster knows"
    return OfflineAnswer(cluster.alias, None if reason else False, reason)


def _reaches(grant: Grant, namespace: str, policy: Policy) -> bool | None:
    """Whether the grant is for this namespace; None if that depends on labels that the policy does not know."""
    declared = policy.namespaces.get(namespace)
    labels = dict(declared.labels) if declared else {}
    if chooses(grant.namespaces, namespace, labels):
        return True
    hoped = {**dict(grant.namespaces.selector or ()), **labels}
    return None if chooses(grant.namespaces, namespace, hoped) else False


def _known(name: str, names: Iterable[str], what: str) -> str:
    known = sorted(names)
    if name not in known:
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known) or 'none'}"
        raise Usage(f"the policy has no {what} {name!r}; {hint}")
    return name
