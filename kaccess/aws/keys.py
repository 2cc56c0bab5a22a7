"""The keys that sign requests to AWS."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Keys(NamedTuple):
    """The keys that sign requests. `session_token` is None for an IAM user's own; `expires_at` is aware, if known."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    expires_at: datetime | None

    def __repr__(self) -> str:
        return f"Keys(access_key_id={self.access_key_id!r}, ..., expires_at={self.expires_at!r})"
