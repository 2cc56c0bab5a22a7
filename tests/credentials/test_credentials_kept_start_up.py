"""What a miss loads when the credentials are there already: neither botocore nor the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import keyring
import pytest

from kaccess.credentials import mfa
from kaccess.credentials.aws_credentials import AwsCredentials
from tests.aws.fake_sts import SERIAL
from tests.credentials.keyrings import FOLDER_VARIABLE, FileKeyring
from tests.credentials.mfa_person import words
from tests.credentials.terminal import ROOT
from tests.credentials.test_credentials_cli_cache import NAMED, configure, keep, role_key

PROGRAM = """
import sys
from kaccess.__main__ import main
code = main()
print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""
SLOW = {"boto3", "botocore", "click", "kubernetes", "ruamel", "yaml"}


def loaded(environ: dict[str, str], *argv: str) -> set[str]:
    command = [sys.executable, "-c", PROGRAM, *argv]
    environ = {**environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["kind"] == "ExecCredential"
    return set(found.stderr.split())


def test_with_what_the_aws_cli_keeps(environ: dict[str, str]) -> None:
    configure(environ, **NAMED)
    keep(environ, role_key(RoleSessionName="ana"), now=datetime.now(timezone.utc))
    assert not loaded(environ, *words(profile="dev")) & (SLOW | {"keyring"})


def test_with_what_the_keyring_keeps(person: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeyring())
    try:
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        mfa.keyring_store.write(mfa._text({f"AKIAANA {SERIAL}": AwsCredentials("ASIA", "s", "t", end)}))
    finally:
        keyring.set_keyring(before)
    assert not loaded(person, *words()) & SLOW
