"""What the doctor found, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kaccess.workflows.doctor import Checked, Outcome

_WIDTH: Final = max(len(outcome.value) for outcome in Outcome)


def doctor_json(found: Iterable[Checked]) -> dict[str, Any]:
    """The checks, for machines."""
    return {
        "checks": [
            {"check": each.what, "outcome": each.outcome.value, "says": each.says, "next": each.next_step or None}
            for each in found
        ]
    }


def doctor_line(checked: Checked) -> str:
    """One check, as a line that begins with its outcome."""
    return f"{checked.outcome.value:<{_WIDTH}}  {checked}"
