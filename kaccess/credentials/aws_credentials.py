"""AWS credentials, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class AwsCredentials:
    """An access key, with a session token if it is a temporary one.

    `expires_at` is an aware datetime; None means that the end is not known. The representation shows no secret.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
