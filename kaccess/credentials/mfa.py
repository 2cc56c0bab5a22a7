"""One MFA code a working day: sessions of a user's own keys, opened with a code and kept in the system keyring.

The text in the keyring is JSON: for each `ACCESS_KEY_ID SERIAL` a list of the session's access key id, secret access
key, session token and end (RFC 3339). It is nowhere else; without a keyring a session lives as long as the process.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kaccess.credentials import keyring_store
from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.cache import TokenCache
from kaccess.credentials.folder import hold, replace
from kaccess.credentials.keyring_store import NoKeyring
from kaccess.model.errors import LoginNeeded

_LEAST_LIFE: Final = timedelta(minutes=1)
_TRIES: Final = 3
_NOTICE: Final = "no-keyring.notice"

Mint = Callable[[str], AwsCredentials | None]
"""Opens a session with an MFA code; None if AWS does not accept the code."""


def load_session(access_key_id: str, serial: str, now: datetime) -> AwsCredentials | None:
    """The session that the keyring keeps for a key and an MFA device, if it is good; None without a keyring."""
    try:
        return _usable(_load().get(_name(access_key_id, serial)), now)
    except NoKeyring:
        return None


class MfaSessions:
    """The sessions of the person who runs kaccess.

    `ask` asks that person for the code of a device, by its serial number, and raises `LoginNeeded` where it cannot.
    Notices go to the cache's `warn`.
    """

    def __init__(self, cache: TokenCache, ask: Callable[[str], str], clock: Callable[[], datetime]) -> None:
        self._cache = cache
        self._ask = ask
        self._clock = clock
        self._opened: dict[str, AwsCredentials] = {}

    def session(self, access_key_id: str, serial: str, mint: Mint) -> AwsCredentials:
        """The session of this key and device: the one that is kept while it lasts, else a new one.

        However many ask at the same time, on whatever thread or in whatever process, the person is asked once.

        Raises:
            LoginNeeded: nobody can be asked, or the codes were wrong.
            KaccessError: `mint` said so.
        """
        name = _name(access_key_id, serial)
        with hold(f"{self._cache.directory}/mfa") as alone:
            kept = _usable(self._opened.get(name), self._clock()) or load_session(access_key_id, serial, self._clock())
            if kept is None:
                if not alone:
                    raise LoginNeeded("another kaccess waits for an MFA code; answer that one, then run this again")
                kept = self._open(serial, mint)
                self._keep(name, kept)
            self._opened[name] = kept
            return kept

    def _open(self, serial: str, mint: Mint) -> AwsCredentials:
        for _ in range(_TRIES):
            code = self._ask(serial).strip()
            opened = mint(code) if code.isascii() and code.isdecimal() and len(code) == len("123456") else None
            if opened is not None:
                return opened
            self._cache.warn(f"that is not the code that {serial} shows now")
        raise LoginNeeded(f"no right MFA code of {serial}; wait for the next one and run this again")

    def _keep(self, name: str, session: AwsCredentials) -> None:
        try:
            others = {other: kept for other, kept in _load().items() if _usable(kept, self._clock())}
            keyring_store.write(_text({**others, name: session}))
        except NoKeyring as error:
            self._notice(str(error))

    def _notice(self, reason: str) -> None:
        """Say that sessions are not kept, once: a file in the cache's folder remembers that it was said."""
        marker = Path(self._cache.directory, _NOTICE)
        if marker.exists():
            return
        self._cache.warn(f"{reason}; without it an MFA code lasts as long as the token, 14 minutes")
        try:
            replace(str(marker), "said\n")
        except OSError:
            return  # it will be said again


def _name(access_key_id: str, serial: str) -> str:
    return f"{access_key_id} {serial}"


def _usable(session: AwsCredentials | None, now: datetime) -> AwsCredentials | None:
    if session is None or session.expires_at is None or session.expires_at < now + _LEAST_LIFE:
        return None
    return session


def _load() -> dict[str, AwsCredentials]:
    text = keyring_store.read()
    try:
        found = json.loads(text) if text else {}
        return {name: _session(*parts) for name, parts in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}  # of another version; it is written anew


def _session(access_key_id: str, secret_access_key: str, session_token: str, expires_at: str) -> AwsCredentials:
    return AwsCredentials(access_key_id, secret_access_key, session_token, datetime.fromisoformat(expires_at))


def _text(sessions: dict[str, AwsCredentials]) -> str:
    rows = {
        name: (each.access_key_id, each.secret_access_key, each.session_token, each.expires_at.isoformat())
        for name, each in sessions.items()
        if each.expires_at
    }
    return json.dumps(rows, separators=(",", ":"))
