"""Why aws-auth is not read, or not written."""

from __future__ import annotations

from typing import Final

from kaccess.kube.errors import KubeError

PLACE: Final = "kube-system/aws-auth"


class Unreadable(KubeError):
    """The file, or its backup, is not what it should be; kaccess changes nothing in it until it is."""


def unreadable(section: str, line: int, what: str, remedy: str) -> Unreadable:
    """The error for a place in a section; `line` counts from 1 in the section's own text."""
    return Unreadable(
        f"{PLACE}: {section}, line {line}: {what}; {remedy} (kubectl edit configmap aws-auth -n kube-system); "
        "kaccess changes nothing in it until then"
    )
