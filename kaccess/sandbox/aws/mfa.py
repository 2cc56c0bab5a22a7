"""Whether a one-time code is good: moto keeps the devices and their seeds, and asks for no code."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.errors import AwsError, forbidden
from kaccess.sandbox.aws.totp import code_of, step_at

DRIFT: Final = 1
"""How many steps a device's clock may be off."""

_UNKNOWN: Final = (
    "MultiFactorAuthentication failed, unable to validate MFA code. "
    "Please verify your MFA serial number is valid and associated with this user."
)


@dataclass
class Mfa:
    """Checks the codes of one account's virtual devices; each code is good once."""

    account: Account
    _used: dict[str, int] = field(default_factory=dict)

    def checked(self, parameters: Mapping[str, str], caller: Principal, now: datetime) -> bool:
        """Whether a call to STS carries a code; if it does, it is a good one of a device of the caller.

        Raises:
            AwsError: AccessDenied.
        """
        serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
        if serial is None and code is None:
            return False
        if serial is None or code is None:
            raise forbidden(
                "AccessDenied",
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            )
        if caller.is_role or self.owner(serial) != caller.name:
            raise forbidden("AccessDenied", _UNKNOWN)
        step = self._step(serial, code, now)
        if step is None or step <= self._used.get(serial, -1):
            raise forbidden("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
        self._used[serial] = step
        return True

    def check_pair(self, parameters: Mapping[str, str], now: datetime) -> None:
        """Check the two codes, one after the other, by which EnableMFADevice gives a device to a user.

        Raises:
            AwsError: InvalidAuthenticationCode, or NoSuchEntity.
        """
        serial = parameters.get("SerialNumber", "")
        if serial not in self.account.iam.virtual_mfa_devices:
            raise AwsError("NoSuchEntity", f"VirtualMFADevice with serial number {serial} doesn't exist.", 404)
        first = self._step(serial, parameters.get("AuthenticationCode1", ""), now)
        second = self._step(serial, parameters.get("AuthenticationCode2", ""), now)
        if first is None or second != first + 1:
            raise forbidden("InvalidAuthenticationCode", "Authentication code for device is not valid.")

    def serial_of(self, user_name: str) -> str | None:
        """The serial number of a user's device, the first if there are more; None if they have none."""
        devices = self.account.iam.virtual_mfa_devices
        return next((serial for serial in devices if self.owner(serial) == user_name), None)

    def unused_code(self, serial: str, now: datetime) -> str | None:
        """A code of a device that was not used and is good for 30 seconds at least; None if all of these were used."""
        present, used = step_at(now), self._used.get(serial, -1)
        step = next((step for step in range(present, present + DRIFT + 1) if step > used), None)
        return None if step is None else code_of(self.seed(serial), step)

    def seed(self, serial: str) -> str:
        """The secret of a device (base32)."""
        return str(self.account.iam.virtual_mfa_devices[serial].base32_string_seed)

    def owner(self, serial: str) -> str | None:
        """The name of the user who has the device; None if nobody does."""
        device = self.account.iam.virtual_mfa_devices.get(serial)
        return device.user.name if device is not None and device.user is not None else None

    def _step(self, serial: str, code: str, now: datetime) -> int | None:
        seed, middle = self.seed(serial), step_at(now)
        steps = range(middle - DRIFT, middle + DRIFT + 1)
        return next((step for step in steps if hmac.compare_digest(code_of(seed, step).encode(), code.encode())), None)
