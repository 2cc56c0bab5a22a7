"""Find out what the caller may reach in a cluster, without any right to list it, and prove it.

There are several ways in: one's own credentials, and the roles of one's groups. For each of them the API server says
who the caller is (SelfSubjectReview); the caller's kaccess groups each have a card in the directory that names
namespaces and roles; each line of a card is proven by a SelfSubjectAccessReview before it counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kaccess.model.arn import Arn
from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.identity import ClusterInfo, KubeIdentity
from kaccess.model.names import group_of
from kaccess.model.plan import Skipped
from kaccess.model.policy import Group
from kaccess.model.state import CardLine
from kaccess.rbac.request import Request
from kaccess.workflows.own_roles import FoundRoles, OwnRoles, RoleToAssume
from kaccess.workflows.ports import Adapters, Kube
from kaccess.workflows.reading import reading

ASK: Final = "ask an administrator for `kaccess grant GROUP ...`, naming your IAM group"
GUESS: Final = "get pods"
"""What a line without a probe is asked for: it binds a ClusterRole whose rules the policy cannot know."""


@dataclass(frozen=True)
class Target:
    """A cluster to log in to: its name here, its name in EKS, its region.

    `account` is where it must be, if that is known. `info` is what EKS would say of it; None: ask EKS. `iam_role` is a
    role that the person named for it. `groups` are those of the policy that have a role to assume and a grant on it;
    None: there is no policy to tell.
    """

    alias: str
    name: str
    region: str
    account: str = ""
    info: ClusterInfo | None = None
    iam_role: str = ""
    groups: tuple[Group, ...] | None = None


@dataclass(frozen=True)
class Credentials:
    """One set of AWS credentials: what it sees, the roles of its owner, and what is seen as one of these."""

    adapters: Adapters
    roles: OwnRoles
    as_role: Callable[[str], Adapters]


@dataclass(frozen=True)
class Reached:
    """One proven line of a card: this group has this role in this namespace."""

    group: str
    line: CardLine


@dataclass(frozen=True)
class WayIn:
    """One way into a cluster: by one's own credentials, or (`role`) by those of a role.

    `skipped` are lines of cards that the API server does not confirm.
    """

    identity: KubeIdentity
    reached: tuple[Reached, ...]
    skipped: tuple[Skipped, ...] = ()
    role: RoleToAssume | None = None

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces reached, sorted."""
        return tuple(sorted({each.line.namespace for each in self.reached}))


@dataclass(frozen=True)
class OwnAccess:
    """What the caller may reach in one cluster: at least one way in, one's own first."""

    target: Target
    info: ClusterInfo
    ways: tuple[WayIn, ...]
    other_skipped: tuple[Skipped, ...] = ()

    @property
    def reached(self) -> tuple[Reached, ...]:
        """What all ways lead to."""
        return tuple(each for way in self.ways for each in way.reached)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was not confirmed, and roles that cannot be assumed."""
        return (*(each for way in self.ways for each in way.skipped), *self.other_skipped)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces reached, sorted."""
        return tuple(sorted({each.line.namespace for each in self.reached}))


class NoEntry(KaccessError):
    """AWS knows the caller; the cluster called `alias` does not."""

    def __init__(self, line: str, alias: str) -> None:
        super().__init__(line)
        self.alias = alias


def find_access(target: Target, credentials: Credentials) -> OwnAccess:
    """What the caller may reach in `target`.

    Raises:
        NoEntry: the cluster has no entry for the caller, nor for a role of theirs.
        KaccessError: AWS or the API server did not answer, or the cluster is in another account.
    """
    adapters, info = credentials.adapters, open_target(target, credentials)
    with reading(1) as pool:
        own = pool.submit(_way_in, adapters.connect(info), None)
        found = roles_of(target, info, credentials)
        by_roles = [_way_in(credentials.as_role(role.iam_role).connect(info), role) for role in found.roles]
        ways = tuple(way for way in (own.result(), *by_roles) if way is not None)
    if not ways:
        raise no_entry(target, adapters, found)
    return OwnAccess(target, info, ways, found.skipped)


def open_target(target: Target, credentials: Credentials) -> ClusterInfo:
    """Where the cluster is: as is known here, or as EKS says.

    Raises:
        KaccessError: EKS did not answer, or it is in another account than it should be.
    """
    info = target.info or credentials.adapters.eks(target.region).cluster(target.name)
    found = Arn.parse(info.arn).account
    if target.account and found != target.account:
        raise KaccessError(
            f"cluster {target.alias} is in the AWS account {target.account} and your credentials are of {found}; "
            "use another profile with --profile"
        )
    return info


def roles_of(target: Target, info: ClusterInfo, credentials: Credentials) -> FoundRoles:
    """The roles by which the caller may come in: the one that they named, else those of their groups."""
    account = Arn.parse(info.arn).account
    if target.iam_role:
        return FoundRoles((RoleToAssume(target.iam_role),))
    return credentials.roles.find(account, target.region, target.groups) if account else FoundRoles()


def no_entry(target: Target, adapters: Adapters, found: FoundRoles) -> NoEntry:
    """The error for a caller without a way in; AWS's own error if it does not know them either."""
    reasons = "".join(f"; {reason}" for reason in (*found.skipped, found.advice) if reason)
    return NoEntry(
        f"cluster {target.alias} does not know {adapters.sts.caller().arn}: you are in no group with a grant there, or "
        f"the policy was not applied since you joined{reasons}; {ASK}",
        target.alias,
    )


def _way_in(kube: Kube, role: RoleToAssume | None) -> WayIn | None:
    """What is reached in this way; None if the cluster has no entry for it."""
    try:
        identity = kube.identity()
    except LoginNeeded:
        return None
    return WayIn(identity, *_proven(kube, identity), role)


def _proven(kube: Kube, identity: KubeIdentity) -> tuple[tuple[Reached, ...], tuple[Skipped, ...]]:
    groups = [group for name in identity.groups if (group := group_of(name)) is not None]
    claimed = [Reached(card.group, line) for card in kube.cards(groups) for line in card.lines]
    answers = kube.allowed_each([_probe(each.line) for each in claimed])
    pairs = list(zip(claimed, answers, strict=True))
    return (
        tuple(each for each, allowed in pairs if allowed),
        tuple(
            Skipped(
                f"namespace {each.line.namespace}, role {each.line.role}",
                f"the directory names it for group {each.group}, but the cluster refuses `{each.line.probe or GUESS}`",
            )
            for each, allowed in pairs
            if not allowed
        ),
    )


def _probe(line: CardLine) -> Request:
    verb, _, resource = (line.probe or GUESS).partition(" ")
    return Request.asked(verb, resource, line.namespace)
