import pytest

from kaccess.sandbox.server import running_sandbox
from tests.e2e.company import Company


@pytest.fixture
def company(tmp_path):
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        yield Company(sandbox, tmp_path)
