"""Find out what the caller may reach in a cluster, without any right to list it, and prove it.

The API server says who the caller is (SelfSubjectReview); the caller's kaccess groups each have a card in the directory
that names namespaces and roles; each line of a card is proven by a SelfSubjectAccessReview before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.identity import ClusterInfo, KubeIdentity
from kaccess.model.names import group_of
from kaccess.model.plan import Skipped
from kaccess.model.state import CardLine
from kaccess.rbac.request import Request
from kaccess.workflows.ports import Adapters, Kube

ASK: Final = "ask an administrator for `kaccess grant GROUP ...`, naming your IAM group"
GUESS: Final = "get pods"
"""What a line without a probe is asked for: it binds a ClusterRole whose rules the policy cannot know."""


@dataclass(frozen=True)
class Target:
    """A cluster to log in to: its name here, its name in EKS, its region."""

    alias: str
    name: str
    region: str


@dataclass(frozen=True)
class Reached:
    """One proven line of a card: this group has this role in this namespace."""

    group: str
    line: CardLine


@dataclass(frozen=True)
class OwnAccess:
    """What the caller may reach in one cluster. `skipped` are lines of cards that the API server does not confirm."""

    target: Target
    info: ClusterInfo
    identity: KubeIdentity
    reached: tuple[Reached, ...]
    skipped: tuple[Skipped, ...]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces reached, sorted."""
        return tuple(sorted({each.line.namespace for each in self.reached}))


class NoEntry(KaccessError):
    """AWS knows the caller; the cluster called `alias` does not."""

    def __init__(self, line: str, alias: str) -> None:
        super().__init__(line)
        self.alias = alias


def find_access(target: Target, adapters: Adapters) -> OwnAccess:
    """What the caller may reach in `target`.

    Raises:
        NoEntry: the cluster has no entry for the caller.
        KaccessError: AWS or the API server did not answer.
    """
    info = adapters.eks(target.region).cluster(target.name)
    kube = adapters.connect(info)
    try:
        identity = kube.identity()
    except LoginNeeded as error:
        caller = adapters.sts.caller()
        raise NoEntry(
            f"cluster {target.alias} does not know {caller.arn}: you are in no group with a grant there, or the policy "
            f"was not applied since you joined; {ASK}",
            target.alias,
        ) from error
    reached, skipped = _proven(kube, identity)
    return OwnAccess(target, info, identity, reached, skipped)


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
