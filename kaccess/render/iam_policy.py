"""The IAM policy of each persona: what its verbs ask of AWS, for the clusters and groups of one policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kaccess.model.policy import Cluster, Policy
from kaccess.render import statements
from kaccess.render.persona import Persona
from kaccess.render.statements import AccountScope, Statement


def iam_policy(
    persona: Persona,
    policy: Policy,
    clusters: Iterable[Cluster],
    *,
    account: str | None = None,
    list_clusters: bool = False,
    former: Iterable[str] = (),
) -> dict[str, Any]:
    """The policy document that `persona` needs for these clusters.

    Args:
        persona: who has it.
        policy: decides which IAM groups are read, and whether roles to assume are written.
        clusters: the clusters to reach. For one with an `iam_role` the document allows to assume that role.
        account: gives the document of those roles themselves instead: what is needed within this account.
        list_clusters: lets developers find clusters that no policy names.
        former: IAM groups that the policy names no more, and that may still be allowed to assume a role.
    """
    chosen = tuple(clusters)
    direct = [each for each in chosen if (each.account == account if account else not each.iam_role)]
    found = [part for scope in _scopes(policy, direct, frozenset(former)) for part in _for(persona, scope)]
    reached = [] if account else [each.iam_role for each in chosen if each.iam_role]
    if reached:
        found.append(statements.assume(reached))
    if persona is Persona.DEVELOPER and list_clusters:
        found.append(statements.allow("ListClusters", ["eks:ListClusters"], ["*"]))
    return {"Version": "2012-10-17", "Statement": _with_own_sids(found)}


def _for(persona: Persona, scope: AccountScope) -> Iterator[Statement]:
    yield statements.describe_clusters(scope)
    if persona is Persona.DEVELOPER:
        if scope.assuming:
            yield statements.read_own_groups(scope)
        return
    yield from statements.read_entries(scope)
    yield from statements.read_people(scope)
    if persona is not Persona.RECONCILER:
        yield from statements.read_for_audits(scope)
        yield statements.read_users(scope)
    if persona is Persona.AUDITOR:
        return
    yield from statements.write_entries(scope, joining=persona is Persona.ADMIN)
    yield from statements.write_roles_to_assume(scope)


def _scopes(policy: Policy, clusters: Iterable[Cluster], former: frozenset[str]) -> Iterator[AccountScope]:
    by_account: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        by_account.setdefault(cluster.account, []).append(cluster)
    for account, those in by_account.items():
        aliases = {each.alias for each in those}
        granted = {grant.group for grant in policy.grants if not grant.clusters or aliases & set(grant.clusters)}
        groups = tuple(policy.groups[name] for name in sorted(granted))
        assuming = {group.target for group in policy.groups.values() if group.assume}
        left = (assuming | former) - {group.target for group in groups if group.assume}
        yield AccountScope(account, tuple(those), groups, tuple(sorted(left)))


def _with_own_sids(found: list[Statement]) -> list[Statement]:
    """IAM wants each Sid once; those of a second account are numbered."""
    seen: dict[str, int] = {}
    numbered = []
    for statement in found:
        sid = statement["Sid"]
        seen[sid] = seen.get(sid, 0) + 1
        numbered.append(statement if seen[sid] == 1 else {**statement, "Sid": f"{sid}{seen[sid]}"})
    return numbered
