"""An MFA session in the Windows credential store, as a person on Windows has it."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from kaccess.sandbox.address import mfa_seed
from kaccess.sandbox.aws.totp import code_at
from tests.windows.machine import finish

pytestmark = pytest.mark.windows

TOKEN = ("token", "--cluster", "cardo-eks", "--region", "eu-south-1")
STORED = """
from keyring.backends.Windows import WinVaultKeyring
print(WinVaultKeyring().get_password("kaccess", "aws-sessions") or "")
"""
LONG = """
from kaccess.credentials import keyring_store
for length in (5000, 1500, 20):
    keyring_store.write("ab" * length)
    assert keyring_store.read() == "ab" * length
print(keyring_store.clear(), keyring_store.read(), keyring_store.clear())
"""


def test_what_is_longer_than_an_item_is_kept_in_several(machine):
    assert finish(machine.code({}, LONG)).out == "True None False\n"


def test_the_session_of_one_code_serves_the_day_and_rests_in_the_credential_store_alone(
    machine, company, person, console
):
    carla = person("carla-mfa")
    login = console.start(machine, carla, "login")
    console.wait_for("MFA code of arn:aws:iam::111122223333:mfa/carla: ")
    code = code_at(mfa_seed(company.sandbox.address, "carla"), datetime.now(timezone.utc))
    console.type(code)
    assert console.wait(login) == 0, console.seen
    assert "cardo-eks/staging" in console.seen
    assert code not in console.seen

    (machine.local / "kaccess").rename(machine.local / "away")  # what it minted for itself
    done = finish(machine.plugin(carla, *TOKEN))
    assert (done.code, done.err) == (0, "")
    stored = finish(machine.code({}, STORED)).out
    ((_, secret, session, _),) = json.loads(stored.split(" ", 2)[2]).values()
    assert all((secret, session))
    for path in machine.profile.parent.rglob("*"):
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        assert secret.encode() not in content, path
        assert session.encode() not in content, path

    done = machine.kaccess(carla, "logout")
    assert "forgot the sessions in the system keyring\n" in done.out
    assert finish(machine.code({}, STORED)).out == "\n"


def test_where_there_is_no_console_nobody_is_asked(machine, person):
    done = finish(machine.plugin(person("carla-mfa"), *TOKEN))
    assert (done.code, done.out) == (5, "")
    assert "there is no terminal to ask on; run `kaccess login` in one" in done.err
