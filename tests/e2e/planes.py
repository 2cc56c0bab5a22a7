"""The two control planes of the end-to-end suite, as parameters of the fixture `company`.

A test that says nothing of planes runs on the sandbox alone. A test that says nothing of the cluster's
authenticationMode has one in the mode API; `in_modes(*modes)` runs a test on both planes in each of these, and
`on(plane, mode=mode)` is one such parameter. Both planes map callers as EKS does in that mode: by access entries,
by aws-auth, or by both, entries first; in CONFIG_MAP the admin is the creator whom no list shows. `company.move(mode)`
changes the mode of a running cluster.

In the modes that read it, aws-auth and its rows are there from the start (`kaccess.sandbox.world.AWS_AUTH`). The real
authenticator watches it, so what is written there counts a moment later: ask with `company.until` or `kubectl_until`.
"""

import pytest

SANDBOX = "sandbox"
REAL = "real"
OBSERVED = "observed"
"""The real one behind a proxy, for tests that count, refuse or kill at Kubernetes requests."""

API = "API"
API_AND_CONFIG_MAP = "API_AND_CONFIG_MAP"
CONFIG_MAP = "CONFIG_MAP"


def on(plane, *values, mode=API):
    """The parameters of a test: the plane of its company with the mode of its cluster, and what else there is."""
    marks = () if plane == SANDBOX else (pytest.mark.controlplane,)
    name = plane if mode == API else f"{plane}-{mode}"
    return pytest.param((plane, mode), *values, marks=marks, id="-".join([name, *map(str, values)]))


def in_modes(*modes, real=REAL):
    """Runs a test on both planes in each of these modes; `real` may be OBSERVED."""
    places = [on(plane, mode=mode) for mode in modes for plane in (SANDBOX, real)]
    return pytest.mark.parametrize("company", places, indirect=True)


on_both_planes = in_modes(API)
observed_on_both_planes = in_modes(API, real=OBSERVED)
