"""All kinds of findings by their ids: the catalogue's own, and the hazards of roles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kaccess.model.finding import FindingKind, Severity
from kaccess.model.finding_kinds import FINDING_KINDS, GOOD_PRACTICES
from kaccess.rbac.catalogue import HAZARDS, Hazard


def _of_hazard(hazard: Hazard) -> FindingKind:
    severity = Severity.HIGH if hazard.severity == "refuse" else Severity.MEDIUM
    fix = "take the rule out of the role; in a role of the policy that means it, add the id to its `allow`"
    return FindingKind(hazard.id, severity, f"a role that {in_words(hazard.title)}", hazard.why, fix, GOOD_PRACTICES)


def in_words(title: str) -> str:
    """What a role does that has the hazard of this title: `reads secrets`."""
    return f"holds {title}" if title.startswith("every ") else title


KINDS: Final[Mapping[str, FindingKind]] = MappingProxyType(
    {kind.id: kind for kind in (*FINDING_KINDS, *map(_of_hazard, HAZARDS))}
)
"""Every kind that an audit may find."""
