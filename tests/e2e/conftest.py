import pytest

from kaccess.sandbox.server import running_sandbox
from tests.controlplane.gate import require
from tests.e2e.company import Company
from tests.e2e.planes import OBSERVED, SANDBOX
from tests.e2e.real_plane import real_plane

CACHED_SECONDS = 15.0
"""How long the real API server may believe what is no longer so: a token for 10 s, and the machine may be slow."""


@pytest.fixture
def company(request, tmp_path, tmp_path_factory):
    """A company with a policy folder of its own, on the plane that the test is parametrized with."""
    plane = getattr(request, "param", SANDBOX)
    if plane == SANDBOX:
        with running_sandbox(tmp_path / "sandbox") as sandbox:
            yield Company(sandbox, tmp_path)
        return
    require()
    with real_plane(tmp_path_factory.mktemp("real") / "plane", observed=plane == OBSERVED) as sandbox:
        yield Company(sandbox, tmp_path, patience=CACHED_SECONDS)
