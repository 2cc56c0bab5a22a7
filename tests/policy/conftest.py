"""Fixtures of the tests of the policy room."""

import pytest


@pytest.fixture
def policy(tmp_path):
    """Writes a policy file and returns its path."""

    def write_policy(text, name="p.yaml"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write_policy
