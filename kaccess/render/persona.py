"""Those who run kaccess, each with what they may need."""

from __future__ import annotations

from enum import Enum


class Persona(str, Enum):
    """`DEVELOPER` logs in; `ADMIN` applies and edits; `RECONCILER` applies on its own; `AUDITOR` reads."""

    DEVELOPER = "developer"
    ADMIN = "admin"
    RECONCILER = "reconciler"
    AUDITOR = "auditor"
