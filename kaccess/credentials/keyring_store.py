"""The system keyring: Secret Service, macOS Keychain, Windows Credential Locker. Only this file imports `keyring`.

kaccess keeps one text there, under the service `kaccess` in the items `aws-sessions`, `aws-sessions.1`, ... The Windows
locker takes 2,560 bytes an item at two bytes a character, so the text is cut. An item is `INDEX/COUNT CHECKSUM PART`;
COUNT and CHECKSUM (CRC-32 of the whole text) are the same in all, so items of different writes never pass for a text.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kaccess.credentials.errors import CredentialError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "kaccess"
ITEM: Final = "aws-sessions"
PART: Final = 1000
"""Characters of the text in one item."""

_LEAST_PRIORITY: Final = 1
"""What `keyring` recommends for use; files, encrypted or not, are below."""

_MOST: Final = 64
"""Items that are ever looked for."""


class NoKeyring(CredentialError):
    """There is no system keyring here, or it does not let itself be used."""


def read() -> str | None:
    """The text that is kept; None if there is none, or not the whole of one.

    Raises:
        NoKeyring: there is no keyring to use.
    """
    with _keyring() as keyring:
        first = keyring.get_password(SERVICE, ITEM)
        count = _count(first)
        items = [first, *(keyring.get_password(SERVICE, _name(index)) for index in range(1, count))]
        text = "".join(item.split(" ", 2)[-1] for item in items if item)
        return text if count and items == _cut(text) else None


def write(text: str) -> None:
    """Keep `text` instead of what is kept.

    Raises:
        NoKeyring: there is no keyring to use.
    """
    items = _cut(text)
    with _keyring() as keyring:
        for index in range(len(items), _count(keyring.get_password(SERVICE, ITEM))):
            _delete(keyring, index)
        for index, item in enumerate(items):
            keyring.set_password(SERVICE, _name(index), item)


def clear() -> bool:
    """Forget what is kept; returns whether there was anything. Where there is no keyring, there was nothing."""
    try:
        with _keyring() as keyring:
            first = keyring.get_password(SERVICE, ITEM)
            for index in reversed(range(max(_count(first), 1) if first else 0)):
                _delete(keyring, index)
            return first is not None
    except NoKeyring:
        return False


@contextmanager
def _keyring() -> Iterator[KeyringBackend]:
    try:
        yield _backend()
    except NoKeyring:
        raise
    except Exception as error:  # noqa: BLE001 - backends raise whatever D-Bus and the like do, and may quote an item
        raise NoKeyring(f"the system keyring cannot be used ({type(error).__name__}); unlock it") from None


def _backend() -> KeyringBackend:
    import keyring  # noqa: PLC0415 - loads slowly
    from keyring.backends.chainer import ChainerBackend  # noqa: PLC0415

    found = keyring.get_keyring()
    candidates = found.backends if isinstance(found, ChainerBackend) else [found]
    for candidate in candidates:
        if candidate.priority >= _LEAST_PRIORITY:
            return candidate
    raise NoKeyring("there is no system keyring here")


def _name(index: int) -> str:
    return f"{ITEM}.{index}" if index else ITEM


def _cut(text: str) -> list[str]:
    parts = [text[start : start + PART] for start in range(0, len(text), PART)]
    return [f"{index}/{len(parts)} {crc32(text.encode()):08x} {part}" for index, part in enumerate(parts)]


def _count(first: str | None) -> int:
    """How many items the text takes by its first one; 0 if that is none of ours."""
    count = (first or "").split(" ", 1)[0].partition("/")[2]
    return min(int(count), _MOST) if count.isdecimal() else 0


def _delete(keyring: KeyringBackend, index: int) -> None:
    if keyring.get_password(SERVICE, _name(index)) is not None:
        keyring.delete_password(SERVICE, _name(index))
