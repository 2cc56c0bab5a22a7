"""Programs that pip does not bring: what needs one is skipped where it is missing, or fails where all must be there."""

import os
import shutil

import pytest

REQUIRED = "KACCESS_REQUIRE_PROGRAMS"


def require_programs(*names):
    """The paths of the programs; with the variable above at 1, as in CI, a missing one is a failure."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        reason = f"not on PATH: {', '.join(missing)}"
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return tuple(shutil.which(name) for name in names)
