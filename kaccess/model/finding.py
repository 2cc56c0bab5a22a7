"""What an audit finds: something that is there and should be looked at, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from kaccess.model.policy import NOWHERE, Place, Suppression


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class FindingKind:
    """One line of the catalogue of findings. `why` it matters, how to `fix` it, and a `reference` to read more."""

    id: str
    severity: Severity
    title: str
    why: str
    fix: str
    reference: str


@dataclass(frozen=True)
class Finding:
    """One instance of a kind.

    `where` names the thing in the cluster or in AWS (`RoleBinding production/oncall`), `what` says what is the matter
    in one sentence, `principal` whose access it is (an ARN or a subject; empty: nobody's in particular). `place` points
    into the policy file, if something there causes it.
    """

    kind: FindingKind
    cluster: str
    where: str
    what: str
    principal: str = ""
    place: Place = NOWHERE
    detail: tuple[str, ...] = field(default=(), compare=False)

    @property
    def id(self) -> str:
        """The id of its kind."""
        return self.kind.id

    @property
    def severity(self) -> Severity:
        """The severity of its kind."""
        return self.kind.severity

    @property
    def order(self) -> tuple[int, str, str, str, str]:
        """What to sort by: the worst first."""
        return -self.severity, self.id, self.cluster, self.where, self.principal


@dataclass(frozen=True)
class Suppressed:
    """A finding that the policy accepts, and the line that says so."""

    finding: Finding
    by: Suppression
