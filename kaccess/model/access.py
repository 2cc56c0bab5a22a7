"""Effective access: who can do what where, and by which chain of steps they come to it.

What many share is there once: a `Reach` is what one Kubernetes subject or access policy is given in one place, and an
`Arrival` how one principal comes to it. Each pair of the two is a `Way`; they are made when they are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum

from kaccess.model.rule import Rule

EVERYWHERE = ""
"""The namespace of what holds in the whole cluster."""


class Level(IntEnum):
    """What someone can do in a namespace, in words that people understand; each level is worse than the one before.

    VIEW reads anything but secrets, EDIT writes something, SECRETS reads secrets, EXEC runs commands in pods or acts as
    their service accounts, ADMIN can give itself more. UNKNOWN is what kaccess cannot see: it may be anything.
    """

    NONE = 0
    VIEW = 1
    EDIT = 2
    SECRETS = 3
    EXEC = 4
    UNKNOWN = 5
    ADMIN = 6

    def __str__(self) -> str:
        return self.name.lower()


class StepKind(str, Enum):
    """What a step of a chain is; the order is the one in which a chain has them."""

    IAM_GROUP = "IAM group"
    PERMISSION_SET = "permission set"
    IAM_ROLE = "IAM role"
    ACCESS_ENTRY = "access entry"
    AWS_AUTH = "aws-auth row"
    ACCOUNT = "aws-auth account"
    SERVICE_ACCOUNT = "service account"
    KUBE_USER = "Kubernetes user"
    KUBE_GROUP = "Kubernetes group"
    ACCESS_POLICY = "access policy"
    BINDING = "binding"
    ROLE = "role"


@dataclass(frozen=True, order=True)
class Step:
    """One link of a chain: `IAM group payments-developers`. `place` is the file and line that cause it, if ours."""

    kind: StepKind
    name: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}{f' ({self.place})' if self.place else ''}"


@dataclass(frozen=True)
class Reach:
    """What is given in one place: by a binding, or by an access policy.

    `namespace` is empty for the whole cluster; that of an access policy may end in `*`. `rules` is None where kaccess
    cannot see them. `origin` is the file and line of the grant, where it is ours, and `is_foreign` that it is not;
    `is_stock` is what comes with every cluster, of which reports need not speak.
    """

    steps: tuple[Step, ...]
    namespace: str
    role: str
    rules: tuple[Rule, ...] | None
    level: Level
    origin: str = ""
    is_foreign: bool = True
    is_stock: bool = False


@dataclass(frozen=True)
class Arrival:
    """How a principal comes to be one subject, and all that this subject is given. `steps` end with the subject."""

    steps: tuple[Step, ...]
    reaches: tuple[Reach, ...]


@dataclass(frozen=True)
class Way:
    """One principal's one way to one role: the chain from IAM to the rules."""

    principal: str
    steps: tuple[Step, ...]
    namespace: str
    role: str
    rules: tuple[Rule, ...] | None
    level: Level
    origin: str = ""

    @property
    def verbs(self) -> tuple[str, ...]:
        """All verbs the rules hold, sorted."""
        return tuple(sorted({verb for rule in self.rules or () for verb in rule.verbs}))


def way_by(principal: str, arrival: Arrival, reach: Reach) -> Way:
    """The way of a principal by one arrival to one reach of it."""
    steps = (*arrival.steps, *reach.steps)
    return Way(principal, steps, reach.namespace, reach.role, reach.rules, reach.level, reach.origin)


@dataclass(frozen=True)
class Access:
    """All that one principal can do in one cluster.

    `principal` is an ARN, or `User NAME`, `Group NAME`, `ServiceAccount NAMESPACE/NAME` for a Kubernetes subject.
    `unknown` says, a line each, what about it kaccess cannot see.
    """

    principal: str
    arrivals: tuple[Arrival, ...] = ()
    unknown: tuple[str, ...] = ()

    def ways(self) -> Iterator[Way]:
        """Each way to each role, arrival by arrival."""
        for arrival in self.arrivals:
            for reach in arrival.reaches:
                yield way_by(self.principal, arrival, reach)

    def reaches(self) -> Iterator[Reach]:
        """What it is given, arrival by arrival."""
        for arrival in self.arrivals:
            yield from arrival.reaches


@dataclass(frozen=True, order=True)
class Unknown:
    """Access that may be there and that kaccess cannot see: whose it is, and why."""

    who: str
    reason: str
