"""Ask for an MFA code: on the terminal, if there is one and this call is what the person is looking at."""

from __future__ import annotations

import getpass
import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping

from kaccess.credentials.exec_credential import EXEC_INFO
from kaccess.model.errors import LoginNeeded


def mfa_prompt(profile: str | None, environ: Mapping[str, str]) -> Callable[[str], str]:
    """A question for the code of an MFA device, by its serial number; `profile` is named in the advice.

    It never touches stdout, and the answer is not echoed. Where nobody can answer, it raises `LoginNeeded`.
    """

    def ask(serial: str) -> str:
        if not (_client_permits(environ.get(EXEC_INFO)) and _in_foreground()):
            login = f"kaccess login{f' --profile {shlex.quote(profile)}' if profile else ''}"
            raise LoginNeeded(
                f"AWS wants an MFA code of {serial} and there is no terminal to ask on; run `{login}` in one"
            )
        try:
            return getpass.getpass(f"MFA code of {serial}: ")
        except EOFError:
            raise LoginNeeded(f"no MFA code of {serial} was given; run this again") from None

    return ask


def _client_permits(exec_info: str | None) -> bool:
    """Whether the Kubernetes client, if one called, lets its plugin talk to a person."""
    if not exec_info:
        return True
    try:
        return json.loads(exec_info).get("spec", {}).get("interactive") is not False
    except (ValueError, AttributeError):
        return False


def _in_foreground() -> bool:
    """Whether there is a terminal whose reader is this job: one in the background would be stopped for reading it."""
    if sys.platform == "win32":
        return _on_console()
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _on_console() -> bool:
    """Whether stdin is a terminal, and there is a console to read: NUL passes for a terminal on Windows."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    try:
        os.close(os.open("CONIN$", os.O_RDWR))
    except OSError:
        return False
    return True
