"""The errors a person may meet: one line that says what is wrong, where, and what to do next.

Each room derives its own small family from `KaccessError`; the command line prints `str(error)` and exits with
`error.exit_code`. Anything else that reaches the command line is a defect of kaccess.
"""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
PENDING: Final = 3
REFUSED: Final = 4
LOGIN_NEEDED: Final = 5
INTERRUPTED: Final = 130


class KaccessError(Exception):
    """Something expected went wrong; the message is the one line that is shown."""

    exit_code: int = FAILED


class Usage(KaccessError):
    """The command was given something it cannot work with."""

    exit_code = USAGE


class Refused(KaccessError):
    """The command was understood and is unsafe; the message names the flag that overrides it."""

    exit_code = REFUSED


class LoginNeeded(KaccessError):
    """The AWS credentials are absent, expired, or not known to the cluster."""

    exit_code = LOGIN_NEEDED


class Missing(KaccessError):
    """The policy names something that does not exist: an IAM group, a cluster."""
