import pytest

from tests.git.repositories import ISOLATED, Work


@pytest.fixture
def work(tmp_path, monkeypatch):
    for name, value in ISOLATED.items():
        monkeypatch.setenv(name, value)
    return Work(tmp_path / "repository")
