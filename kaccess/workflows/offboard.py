"""Take one person out of everything kaccess owns, and say what is left of them that it does not own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kaccess.model.arn import Arn, partition_of
from kaccess.model.errors import Missing, Usage
from kaccess.model.identity import UserFacts
from kaccess.model.names import iam_role_name
from kaccess.model.plan import Plan
from kaccess.model.policy import Backend, Cluster, Group, Policy, SourceKind
from kaccess.model.state import Entry
from kaccess.policy.offboarded import person_of
from kaccess.policy.shapes import wrong_iam_user, wrong_principal
from kaccess.workflows.fleet import Fleet
from kaccess.workflows.ports import Iam
from kaccess.workflows.survey import Survey

TOKEN_LIFE = timedelta(minutes=15)
"""How long aws-iam-authenticator takes a token for good, whatever else has ended."""


@dataclass(frozen=True)
class Leaver:
    """Who is taken out. `facts` is None where IAM knows nothing of them, and `unknown` says why."""

    arn: str
    facts: UserFacts | None = None
    unknown: str = ""

    def is_of(self, entry: Entry) -> bool:
        """Whether an entry lets this person in, whatever path its ARN has."""
        try:
            return person_of(entry.principal) == person_of(self.arn)
        except Usage:
            return False

    def may_assume(self, group: Group) -> bool:
        """Whether they can be in the IAM group of this group; also if IAM cannot tell."""
        known = self.facts.iam_groups if self.facts else None
        return group.assume and (known is None or group.target in known)


@dataclass(frozen=True)
class Left:
    """Something of a leaver that kaccess does not own, and what to do about it."""

    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.what}: {self.advice}"


def find_leaver(user: str, policy: Policy, iam: Callable[[Cluster], Iam]) -> Leaver:
    """The person with this ARN or IAM user name; one that IAM no longer has, too.

    Raises:
        Usage: the name could mean users of several accounts, or `user` is neither.
        KaccessError: IAM did not answer.
    """
    if problem := wrong_principal(user) if user.startswith("arn:") else wrong_iam_user(user):
        raise Usage(problem)
    accounts = {cluster.account: cluster for cluster in reversed(list(policy.clusters.values()))}
    if user.startswith("arn:"):
        arn = Arn.parse(user)
        cluster = accounts.get(arn.account)
        if cluster is None or arn.kind != "user":
            return Leaver(user, unknown="it is no user of an account of the policy")
        return _leaver(arn.name, user, iam(cluster))
    asked = {
        account: _leaver(user, f"arn:{partition_of(cluster.region)}:iam::{account}:user/{user}", iam(cluster))
        for account, cluster in accounts.items()
    }
    found = {account: leaver for account, leaver in asked.items() if leaver.facts is not None} or asked
    if len(found) > 1:
        raise Usage(f"{user!r} may be a user of the accounts {', '.join(sorted(found))}; give the ARN of the one meant")
    (leaver,) = found.values()
    return leaver


def _leaver(name: str, arn: str, iam: Iam) -> Leaver:
    """The user of this name; under the ARN that IAM says, or this one."""
    try:
        facts = iam.user_facts(name)
    except Missing as error:
        return Leaver(arn, unknown=str(error))
    return Leaver(facts.principal.arn if facts.principal else arn, facts)


def plan_leaving(leaver: Leaver, found: Survey) -> Plan:
    """The plan for one cluster that takes this person out and touches nothing else."""
    paths = {entry.identity: entry.principal for entry in found.actual.all(Entry) if leaver.is_of(entry)}
    plans = [found.plan(principal=principal) for _, principal in sorted(paths.items())]
    first, *others = plans or [found.plan(principal=leaver.arn)]
    for other in others:  # of a user that was deleted and made again under another path
        moved = [
            replace(each, needs=frozenset(need + len(first.changes) for need in each.needs)) for each in other.changes
        ]
        first = replace(first, changes=(*first.changes, *moved))
    return first


def plan_barring(leaver: Leaver, policy: Policy, found: Survey) -> Plan:
    """The plan for one account that bars this person from the roles that they may assume."""
    return found.plan(frozenset(group.name for group in policy.groups.values() if leaver.may_assume(group)))


def what_is_left(leaver: Leaver, policy: Policy, fleet: Fleet, now: datetime) -> tuple[Left, ...]:
    """All that kaccess does not own of this person, or cannot know of, as it was at `now` (aware)."""
    return (
        *_in_iam(leaver),
        *(left for each in fleet.clusters for left in _in_cluster(leaver, each)),
        *_sessions(leaver, policy, now),
        Left(
            "tokens of service accounts",
            "whoever could create pods or tokens may have kept some, and kaccess cannot know; rotate those of the "
            "namespaces they worked in",
        ),
    )


def _in_iam(leaver: Leaver) -> Iterator[Left]:
    facts = leaver.facts
    if facts is None:
        yield Left("IAM groups and access keys", f"nothing is known of them: {leaver.unknown}")
        return
    for group in facts.iam_groups or ():
        yield Left(f"member of IAM group {group}", "take them out of it, or delete the user")
    for key in facts.access_keys or ():
        used = f"last used {_moment(key.last_used)}" if key.last_used else "no use known"
        yield Left(f"access key {key.id} ({'active' if key.active else 'inactive'}, {used})", "delete it")
    if facts.console_password:
        yield Left("password for the AWS console", "delete the login profile")
    for device in facts.mfa_devices or ():
        yield Left(f"MFA device {device}", "deactivate it")
    for skipped in facts.skipped:
        yield Left(skipped.what, f"could not be read: {skipped.reason}")


def _in_cluster(leaver: Leaver, found: Survey) -> Iterator[Left]:
    for entry in found.actual.all(Entry):
        is_foreign = bool(entry.foreign_groups or entry.access_policies) or not (entry.owned or entry.owned_groups)
        if leaver.is_of(entry) and is_foreign:
            kind = "row of aws-auth" if entry.backend is Backend.AWS_AUTH else "access entry"
            gives = [*sorted(entry.foreign_groups), *(policy.name for policy in entry.access_policies)]
            what = f"{found.name}: {kind} of someone else's on {entry.principal}"
            yield Left(f"{what} ({', '.join(gives) or 'no groups'})", "ask whoever made it to remove it")


def _sessions(leaver: Leaver, policy: Policy, now: datetime) -> Iterator[Left]:
    for group in _in_use(policy.groups, policy):
        if leaver.may_assume(group):
            ends = _moment(now + timedelta(seconds=group.session_seconds) + TOKEN_LIFE)
            yield Left(
                f"sessions of the role {iam_role_name(group.name)} that they may have open, until {ends} at the latest",
                "revoke the role's active sessions in IAM to end them now",
            )
        elif group.source is SourceKind.IAM_ROLE:
            yield Left(
                f"the role {group.target} (group {group.name})", "check who may assume it: kaccess does not know"
            )
        elif group.source is SourceKind.PERMISSION_SET:
            yield Left(
                f"the permission set {group.target} (group {group.name})", "check who has it in IAM Identity Center"
            )


def _in_use(groups: Mapping[str, Group], policy: Policy) -> Iterable[Group]:
    granted = {grant.group for grant in policy.grants}
    return (group for name, group in sorted(groups.items()) if name in granted)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
