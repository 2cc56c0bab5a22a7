"""The one-time codes of virtual MFA devices (RFC 6238, as AWS has them: SHA-1, six digits, a new one each 30 s)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

STEP_SECONDS: Final = 30
DIGITS: Final = 6


def code_at(seed: str, now: datetime) -> str:
    """The code that a device with this seed (base32) shows at an aware time."""
    return code_of(seed, step_at(now))


def step_at(now: datetime) -> int:
    """The number of the 30 seconds that a time is in."""
    return int(now.timestamp()) // STEP_SECONDS


def code_of(seed: str, step: int) -> str:
    """The code of one step (RFC 4226)."""
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"
