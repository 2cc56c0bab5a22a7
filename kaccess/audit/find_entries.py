"""Findings about who comes in: entries, rows of aws-auth, the roles behind them, users who are not seen any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kaccess.audit.access import spoken_of
from kaccess.audit.access_policies import access_policy_rules, in_scope
from kaccess.audit.case import Case, writes_aws_auth
from kaccess.audit.trust import trust_of
from kaccess.model.finding import Finding
from kaccess.model.names import KUBE_SYSTEM, iam_role_name
from kaccess.model.policy import Backend, Group, SourceKind
from kaccess.model.state import AccessPolicy, Entry
from kaccess.model.ways_in import CLUSTER_ADMIN, MASTERS, is_node

DORMANT: Final = timedelta(days=90)
"""How long a user may not be seen; the span of the CIS AWS Foundations Benchmark is 45 to 90 days."""


def entry_words(entry: Entry) -> str:
    """An entry as it is called in a finding's `where`."""
    return f"{'aws-auth row' if entry.backend is Backend.AWS_AUTH else 'access entry'} {entry.principal}"


def orphans(case: Case) -> Iterator[Finding]:
    """Entries whose principal does not exist."""
    for entry in case.cluster.all_entries:
        if case.account.has(entry.principal) is False:
            what = f"IAM has no {entry.principal.partition('::')[2].partition(':')[2]}"
            yield case.finding("entry-orphan", entry_words(entry), what, principal=entry.principal)


def recreated(case: Case) -> Iterator[Finding]:
    """Access entries that are older than the principal of their ARN."""
    for entry in case.cluster.entries:
        if entry.stale and case.account.has(entry.principal) is not False:
            what = "the principal was made anew after the entry, which lets it in no more"
            yield case.finding("entry-recreated", entry_words(entry), what, principal=entry.principal)


def hidden_rows(case: Case) -> Iterator[Finding]:
    """Rows that an access entry hides. For nodes EKS itself writes both, and the entry's type gives their groups."""
    for way in case.ways_in:
        if way.hidden is not None and not (is_node(way.entry) and is_node(way.hidden)):
            lost = sorted(set(way.hidden.kube_groups) - set(way.entry.kube_groups))
            what = f"it still names {', '.join(lost)}, in vain" if lost else "the access entry gives all that it gives"
            yield case.finding("row-shadowed", entry_words(way.hidden), what, principal=way.entry.principal)


def odd_rows(case: Case) -> Iterator[Finding]:
    """What is odd about aws-auth."""
    if case.cluster.aws_auth_error:
        yield case.finding("aws-auth-unreadable", "ConfigMap kube-system/aws-auth", case.cluster.aws_auth_error)
    if case.cluster.aws_auth is None:
        return
    for note in case.cluster.aws_auth.notes:
        place, _, what = note.partition(": ")
        kind = "row-duplicate" if note in case.cluster.aws_auth.duplicates else "aws-auth-malformed"
        yield case.finding(kind, f"ConfigMap {place}", what)
    for number in case.cluster.aws_auth.accounts:
        what = f"mapAccounts names account {number}"
        yield case.finding("account-admitted", "ConfigMap kube-system/aws-auth", what)


def masters(case: Case) -> Iterator[Finding]:
    """Entries that make an administrator past RBAC."""
    for way in case.ways_in:
        if MASTERS in way.entry.kube_groups:
            what = f"{way.entry.principal} is in {MASTERS}"
            yield case.finding("system-masters", entry_words(way.entry), what, principal=way.entry.principal)


def cluster_admins(case: Case) -> Iterator[Finding]:
    """Entries with the access policy that allows everything, everywhere."""
    for way in case.ways_in:
        if any(policy.name == CLUSTER_ADMIN and not policy.namespaces for policy in way.entry.access_policies):
            what = f"{way.entry.principal} may do everything"
            where = entry_words(way.entry)
            yield case.finding("cluster-admin-access-policy", where, what, principal=way.entry.principal)


def writers(case: Case) -> Iterator[Finding]:
    """Access policies, but the one that allows everything, by which aws-auth can be written."""
    if not case.reads_aws_auth:
        return
    for way in case.ways_in:
        policies = (policy for policy in way.entry.access_policies if policy.name != CLUSTER_ADMIN or policy.namespaces)
        names = sorted(policy.name for policy in policies if _writes_aws_auth(policy))
        if names:
            what = f"{way.entry.principal} may write it, by {', '.join(names)}"
            yield case.finding("aws-auth-writable", entry_words(way.entry), what, principal=way.entry.principal)


def _writes_aws_auth(policy: AccessPolicy) -> bool:
    is_there = not policy.namespaces or any(in_scope(scope, KUBE_SYSTEM) for scope in policy.namespaces)
    return is_there and writes_aws_auth(access_policy_rules().get(policy.name) or ())


def wide_trust(case: Case) -> Iterator[Finding]:
    """Roles to assume that let in others than the members of their groups; account administrators are left out."""
    granted = {grant.group for grant in case.policy.grants if grant.holds_on(case.cluster.cluster, case.now)}
    for group in case.policy.groups.values():
        role = case.account.roles_by_name.get(iam_role_name(group.name)) if group.assume else None
        if role is None or group.name not in granted or group.source is not SourceKind.IAM_GROUP:
            continue
        trust = trust_of(role, case.account)
        others = sorted({each.user.arn for each in trust.assumers if not _belongs(each.user.arn, group, case)})
        others += trust.others
        if others:
            what = f"{len(others)} more may assume it, besides the members of IAM group {group.target}"
            where = f"IAM role {role.arn}"
            yield case.finding("trust-wider", where, what, principal=role.arn, place=group.place, detail=others)


def _belongs(arn: str, group: Group, case: Case) -> bool:
    user = case.account.users_by_arn[arn]
    names = (case.account.groups_by_name[name] for name in user.iam_groups if name in case.account.groups_by_name)
    return group.target in user.iam_groups or user.assuming.is_admin or any(each.assuming.is_admin for each in names)


def dormant(case: Case) -> Iterator[Finding]:
    """Users who come in and have not been seen for a long time, or ever."""
    long_ago = case.now - DORMANT
    for access in case.access:
        user = case.account.users_by_arn.get(access.principal)
        if user is None or not user.use_is_known or not any(True for _ in spoken_of(access)):
            continue
        if max(user.created_at, user.last_used or user.created_at) < long_ago:
            what = f"last seen {user.last_used:%Y-%m-%d}" if user.last_used else "never seen"
            yield case.finding("dormant", f"IAM user {user.arn}", what, principal=user.arn)


FINDERS: Final = (orphans, recreated, hidden_rows, odd_rows, masters, cluster_admins, writers, wide_trust, dormant)
