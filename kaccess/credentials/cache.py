"""The token cache: one private file for each caller and cluster.

A file has a line each for what it is, whose it is (`caller`), when it ends, and the token. Whatever is not exactly as
expected is a miss, never an error; what others could have read or put there is refused with a warning. Only tokens
rest here, which end within minutes; no credentials.
"""

from __future__ import annotations

import os
import sys
from binascii import crc32

from kaccess.credentials.caller import fingerprint, subject
from kaccess.credentials.token import Token
from kaccess.files import BINARY, NO_FOLLOW, NO_WAIT, distrust, home_folder, is_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kaccess.credentials.token import TokenRequest

MARGIN = 60
"""Seconds before its announced end from which on a token is minted anew rather than handed out."""

_LIFE = 14 * 60
"""Seconds a token is announced for: one that ends later was made while the clock was wrong."""

_MAGIC = "kaccess token 1"
_LIMIT = 16_384
"""Bytes of a cache file that are read; a token has at most 4,096."""


class TokenCache:
    """The cache of the person who runs kaccess; `warn` is told, once each, why something was not used or kept."""

    def __init__(self, environ: Mapping[str, str], warn: Callable[[str], None]) -> None:
        self._environ = environ
        self._warn = warn
        self._warned: set[str] = set()
        self.directory = directories(environ)[0]

    def slot(self, request: TokenRequest) -> Slot:
        """The place for the token of `request` by the credentials as they are chosen now."""
        return Slot(self, subject(request, self._environ), fingerprint(self._environ))

    def clear(self) -> int:
        """Remove every token kept for this person; returns how many there were."""
        from kaccess.credentials.folder import clear  # noqa: PLC0415 - not on a cache hit

        return sum(clear(directory) for directory in directories(self._environ))

    def warn(self, line: str) -> None:
        """Pass on a warning, once."""
        if line not in self._warned:
            self._warned.add(line)
            self._warn(line)


class Slot:
    """One file of the cache. The name is short; the whole subject is inside, so that a collision is just a miss."""

    def __init__(self, cache: TokenCache, subject_line: str, fingerprint_line: str) -> None:
        self._cache = cache
        self._header = f"{_MAGIC}\n{subject_line}\n{fingerprint_line}\n"
        self.path = f"{cache.directory}/{crc32(subject_line.encode()):08x}.token"

    def read(self, now: float) -> Token | None:
        """The token kept here, if it is this caller's and has more than a minute left at `now` (epoch seconds)."""
        token = _parse(self._content(), self._header)
        return token if token and now + MARGIN < token.expires <= now + _LIFE else None

    def write(self, token: Token) -> None:
        """Keep `token`; if that is impossible, say so to the cache's `warn` and go on."""
        from kaccess.credentials.folder import replace  # noqa: PLC0415 - not on a cache hit

        try:
            replace(self.path, f"{self._header}{token.expires}\n{token.text}\n")
        except OSError as error:
            self._cache.warn(f"{self.path}: {error.strerror}; the token is not kept for the next call")

    def _content(self) -> str:
        try:
            handle = os.open(self.path, os.O_RDONLY | NO_FOLLOW | NO_WAIT | BINARY)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return self._refuse(str(error.strerror))
        try:
            problem = distrust(os.fstat(handle))
            return self._refuse(problem) if problem else os.read(handle, _LIMIT).decode("ascii", "replace")
        except OSError as error:
            return self._refuse(str(error.strerror))
        finally:
            os.close(handle)

    def _refuse(self, problem: str) -> str:
        self._cache.warn(f"{self.path}: {problem}; the token in it is not used")
        return ""


def directories(environ: Mapping[str, str]) -> list[str]:
    """Where tokens may rest, the place for new ones first: the session's own memory, else the cache folder."""
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA") or f"{home_folder(environ)}\\AppData\\Local"
        return [f"{local}\\kaccess\\tokens"]
    runtime, cache = environ.get("XDG_RUNTIME_DIR", ""), environ.get("XDG_CACHE_HOME", "")
    if not cache.startswith("/"):
        cache = f"{home_folder(environ)}/.cache"
    places = [f"{cache}/kaccess/tokens"]
    if runtime.startswith("/") and _is_own(runtime):
        places.insert(0, f"{runtime}/kaccess")
    return places


def _is_own(directory: str) -> bool:
    """Whether a runtime folder is this user's: after `sudo` the variable may still name another's."""
    try:
        return is_own(os.stat(directory))  # noqa: PTH116 - not on a cache hit
    except OSError:
        return False


def _parse(content: str, header: str) -> Token | None:
    if not content.startswith(header):
        return None
    expires, _, text = content[len(header) :].partition("\n")
    text, end, rest = text.partition("\n")
    if not (end and not rest and expires.isdigit() and len(expires) < len("10000000000")):
        return None
    # `render` relies on this: a token has nothing that JSON would escape.
    is_token = text.replace("-", "").replace("_", "").replace(".", "").isalnum()
    return Token(text, int(expires)) if is_token else None
