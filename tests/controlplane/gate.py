"""Skip what needs a real control plane where there is none, with the reason; where it is required, fail instead."""

from __future__ import annotations

import os
import pathlib

import pytest

from . import binaries

REQUIRED = "KACCESS_REQUIRE_CONTROLPLANE"


def require(*names: str) -> dict[str, pathlib.Path]:
    """The programs' paths. One that cannot be had skips the test, or fails it where the variable above is 1."""
    try:
        return {name: binaries.find(name).path for name in names or binaries.ALL}
    except binaries.Unavailable as error:
        reason = f"no real control plane: {error}"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
