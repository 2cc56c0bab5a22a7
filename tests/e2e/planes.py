"""The two control planes of the end-to-end suite, as parameters of the fixture `company`.

A test that says nothing of planes runs on the sandbox alone.
"""

import pytest

SANDBOX = "sandbox"
REAL = "real"
OBSERVED = "observed"
"""The real one behind a proxy, for tests that count, refuse or kill at Kubernetes requests."""


def on(plane, *values):
    """The parameters of a test: the plane of its company, and what else there is."""
    marks = () if plane == SANDBOX else (pytest.mark.controlplane,)
    return pytest.param(plane, *values, marks=marks)


on_both_planes = pytest.mark.parametrize("company", [on(SANDBOX), on(REAL)], indirect=True)
observed_on_both_planes = pytest.mark.parametrize("company", [on(SANDBOX), on(OBSERVED)], indirect=True)
