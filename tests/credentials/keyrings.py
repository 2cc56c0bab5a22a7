"""Keyrings for tests: one in memory, and one in a file that several processes share."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

FOLDER_VARIABLE = "TEST_KEYRING_FOLDER"


class MemoryKeyring(KeyringBackend):
    """`longest`: characters that it takes in one item, as the Windows locker has a limit."""

    priority = 5

    def __init__(self, longest: int = 1280) -> None:
        super().__init__()
        self.items: dict[tuple[str, str], str] = {}
        self.longest = longest

    def get_password(self, service: str, username: str) -> str | None:
        return self.items.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > self.longest:
            raise OSError("the stub received bad data")
        self.items[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.items.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


class FileKeyring(MemoryKeyring):
    """For subprocesses: PYTHON_KEYRING_BACKEND names it, TEST_KEYRING_FOLDER says where it is."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(os.environ[FOLDER_VARIABLE], "keyring.json")
        if self.path.exists():
            self.items = {tuple(key): value for *key, value in json.loads(self.path.read_text())}

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password)
        self._save()

    def delete_password(self, service: str, username: str) -> None:
        super().delete_password(service, username)
        self._save()

    def _save(self) -> None:
        self.path.write_text(json.dumps([[*key, value] for key, value in self.items.items()]))


class LockedKeyring(MemoryKeyring):
    """One that nobody unlocks."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    set_password = delete_password = get_password  # type: ignore[assignment]


class PlaintextKeyring(MemoryKeyring):
    """A file by another name; `keyring` itself does not recommend such a one."""

    priority = 0.5
