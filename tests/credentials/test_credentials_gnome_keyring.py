"""An MFA session in a real Secret Service, as a person on a Linux desktop has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.fake_sts import CODE, FakeSts
from tests.credentials.keyrings import FOLDER_VARIABLE
from tests.credentials.mfa_person import PROMPT, words
from tests.credentials.secret_service import PROGRAMS, secret_service
from tests.credentials.terminal import PATIENCE, ROOT, Terminal, run
from tests.programs import require_programs

CLEAR = "from kaccess.credentials import keyring_store; print(keyring_store.clear())"


@pytest.fixture
def desktop(person: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The person's environment, with the keyring of a desktop."""
    require_programs(*PROGRAMS)
    with secret_service(tmp_path / "desktop") as found:
        yield {
            name: value
            for name, value in {**person, **found}.items()
            if name not in ("PYTHON_KEYRING_BACKEND", FOLDER_VARIABLE)
        }


def test_the_session_of_one_code_serves_the_day(
    terminal: Terminal, desktop: dict[str, str], sts: FakeSts, tmp_path: Path
) -> None:
    call = terminal.start(desktop, *words())
    terminal.wait_for(PROMPT)
    terminal.type(CODE)
    _, stderr = call.communicate(timeout=PATIENCE)
    assert (call.returncode, stderr) == (0, b"")

    for cluster, profile in (("other-eks", "me"), ("other-eks", "dev"), ("third-eks", "dev")):
        found = run(desktop, *words(cluster, profile))
        assert (found.returncode, found.stderr) == (0, "")
    assert sts.count("GetSessionToken") == 1

    assert list((tmp_path / "desktop").rglob("*.keyring"))
    for path in tmp_path.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"secret-of-" not in content, path
        assert b"token-of-" not in content, path

    environ = {**desktop, "PYTHONPATH": str(ROOT)}
    cleared = [subprocess.check_output([sys.executable, "-c", CLEAR], env=environ, text=True) for _ in range(2)]
    assert cleared == ["True\n", "False\n"]
    assert run(desktop, *words("fourth-eks")).returncode == 5
