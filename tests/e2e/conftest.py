from contextlib import ExitStack

import pytest

from kaccess.sandbox.server import running_sandbox
from tests.controlplane.gate import require
from tests.e2e.company import Company
from tests.e2e.planes import API, OBSERVED, SANDBOX
from tests.e2e.real_plane import RealCluster, real_plane

CACHED_SECONDS = 15.0
"""How long the real API server may believe what is no longer so: a token for 10 s, and the machine may be slow."""


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory):
    """The servers of a real cluster, for all tests of this process."""
    require()
    with ExitStack() as started:
        yield RealCluster(tmp_path_factory.mktemp("real-cluster"), started)


@pytest.fixture
def company(request, tmp_path, tmp_path_factory):
    """A company with a policy folder of its own, on the plane and in the mode that the test is parametrized with."""
    plane, mode = getattr(request, "param", (SANDBOX, API))
    if plane == SANDBOX:
        with running_sandbox(tmp_path / "sandbox", authentication_mode=mode) as sandbox:
            yield Company(sandbox, tmp_path)
        return
    cluster = request.getfixturevalue("real_cluster")
    folder = tmp_path_factory.mktemp("real") / "plane"
    with real_plane(cluster, folder, observed=plane == OBSERVED, mode=mode) as (sandbox, feed):
        yield Company(sandbox, tmp_path, patience=CACHED_SECONDS, mode_changed=feed.follow_mode)
