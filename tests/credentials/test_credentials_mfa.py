"""One MFA code a working day: what is asked, kept, handed out and forgotten."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from kaccess.credentials import folder, keyring_store, mfa
from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.cache import TokenCache
from kaccess.credentials.folder import hold
from kaccess.credentials.kept import load_kept
from kaccess.credentials.mfa import MfaSessions, load_session
from kaccess.model.errors import LoginNeeded
from tests.credentials.keyrings import MemoryKeyring

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=timezone.utc)
KEY, SERIAL = "AKIAANA", "arn:aws:iam::111122223333:mfa/ana"
OPENED = AwsCredentials("ASIA1", "the-secret", "the-session-token" * 60, NOW + timedelta(hours=12))


class Person:
    """Gives codes in turn; `moment` is the clock."""

    def __init__(self, cache: TokenCache, *codes: str) -> None:
        self.codes = list(codes)
        self.asked = 0
        self.minted: list[str] = []
        self.moment = NOW
        self.sessions = MfaSessions(cache, self.ask, lambda: self.moment)

    def ask(self, serial: str) -> str:
        assert serial == SERIAL
        self.asked += 1
        return self.codes.pop(0)

    def mint(self, code: str) -> AwsCredentials | None:
        self.minted.append(code)
        return OPENED if code == "123456" else None

    def session(self, key: str = KEY) -> AwsCredentials:
        return self.sessions.session(key, SERIAL, self.mint)


pytestmark = pytest.mark.usefixtures("memory")


def test_a_code_is_asked_for_once_and_the_session_rests_in_the_keyring_alone(
    cache: TokenCache, runtime: Path, memory: MemoryKeyring
) -> None:
    person = Person(cache, "123456")
    assert [person.session(), person.session(), Person(cache).session()] == [OPENED] * 3
    assert person.asked == 1
    assert "the-secret" in "".join(memory.items.values())
    for path in runtime.rglob("*"):
        assert path.is_dir() or path.read_bytes() == b""


def test_after_its_end_a_code_is_asked_for_again(cache: TokenCache) -> None:
    person = Person(cache, "123456", "123456")
    person.session()
    person.moment = NOW + timedelta(hours=11, minutes=58)
    person.session()
    assert person.asked == 1
    person.moment = NOW + timedelta(hours=12)
    assert person.session() == OPENED
    assert person.asked == 2


def test_each_key_has_a_session_of_its_own_and_ended_ones_are_dropped(cache: TokenCache) -> None:
    person = Person(cache, "123456", "123456")
    person.session()
    person.session("AKIAOTHER")
    assert person.asked == 2
    assert load_session(KEY, SERIAL, NOW) == load_session("AKIAOTHER", SERIAL, NOW) == OPENED
    assert load_session(KEY, "another device", NOW) is None
    late = Person(cache, "123456")
    late.moment = NOW + timedelta(days=1)
    late.session("AKIATHIRD")
    assert KEY not in str(keyring_store.read())


def test_what_is_no_code_is_not_sent_and_a_wrong_one_is_asked_for_again(cache: TokenCache, warnings: list[str]) -> None:
    person = Person(cache, "12345", "000000", " 123456\n")
    assert person.session() == OPENED
    assert person.minted == ["000000", "123456"]
    assert warnings == [f"that is not the code that {SERIAL} shows now"]


def test_after_three_wrong_codes_it_ends(cache: TokenCache) -> None:
    with pytest.raises(LoginNeeded, match="no right MFA code"):
        Person(cache, "1", "2", "3").session()


def test_many_at_once_ask_once(cache: TokenCache) -> None:
    person = Person(cache, "123456")
    threads = [threading.Thread(target=person.session) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert person.asked == 1


def test_who_has_waited_in_vain_does_not_ask_as_well(cache: TokenCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "PATIENCE", 0.1)
    person = Person(cache, "123456")
    with hold(f"{cache.directory}/mfa"), pytest.raises(LoginNeeded, match="another kaccess waits"):
        person.session()
    assert person.asked == 0


def test_without_a_keyring_it_says_so_once_and_keeps_the_session_for_the_process(
    cache: TokenCache, warnings: list[str], environ: dict[str, str], runtime: Path
) -> None:
    keyring.set_keyring(fail.Keyring())
    person = Person(cache, "123456")
    assert [person.session(), person.session()] == [OPENED] * 2
    again: list[str] = []
    Person(TokenCache(environ, again.append), "123456").session()

    assert len(warnings) == 1
    assert "14 minutes" in warnings[0]
    assert again == []
    assert "the-secret" not in "".join(p.read_text() for p in runtime.rglob("*") if p.is_file())


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"a": 1}', '{"a": ["k", "s", "t", "no time"]}'])
def test_what_another_version_kept_is_no_session(text: str, memory: MemoryKeyring) -> None:
    if text:
        keyring_store.write(text)
    assert mfa.load_session(KEY, SERIAL, NOW) is None


def test_a_miss_signs_with_the_session_of_the_keyring(cache: TokenCache, environ: dict[str, str]) -> None:
    del environ["AWS_ACCESS_KEY_ID"]
    config = f"[profile me]\nmfa_serial = {SERIAL}\naws_access_key_id = {KEY}\naws_secret_access_key = s\n"
    Path(environ["AWS_CONFIG_FILE"]).write_text(config)
    assert load_kept("me", environ, NOW) is None
    Person(cache, "123456").session()
    assert load_kept("me", environ, NOW) == OPENED


def test_nothing_shows_the_secrets(cache: TokenCache) -> None:
    person = Person(cache, "123456")
    person.session()
    for text in (repr(OPENED), repr(person.sessions), repr(load_session(KEY, SERIAL, NOW))):
        assert "the-secret" not in text
        assert "the-session-token" not in text
