"""Playing a story: each person's commands in their own shell environment, with real kubectl."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaccess.sandbox.address import SandboxAddress, SandboxError, environment
from kaccess.sandbox.story import Step

STEP_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Played:
    """What a step printed, both streams as they came, and what was wrong with it; empty if nothing was."""

    output: str
    wrong: str


def play(step: Step, address: SandboxAddress, folder: Path) -> Played:
    """Run one step in `folder`, where the policy is and each person has a home.

    Raises:
        SandboxError: the command does not exist or does not end.
    """
    home = folder / "homes" / step.person
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        done = subprocess.run(  # noqa: S603 - the commands of our own story
            shlex.split(step.command),
            cwd=folder,
            env=_environment(step.person, address, home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"`{step.command}` could not be run: {error}") from error
    return Played(done.stdout.rstrip(), _wrong(step, done.stdout, done.returncode))


def _environment(person: str, address: SandboxAddress, home: Path) -> dict[str, str]:
    """A shell of this person's own: nothing of the real user's AWS or Kubernetes settings reaches it."""
    programs = Path(sys.executable).parent
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOME": str(home),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        **environment(address, person),
    }


def _wrong(step: Step, output: str, exit_code: int) -> str:
    if exit_code != step.exit_code:
        return f"it ended with {exit_code}, not {step.exit_code}"
    for words in step.says:
        if words.lower() not in output.lower():
            return f"it does not say {words!r}"
    for words in step.never_says:
        if words.lower() in output.lower():
            return f"it says {words!r}"
    return ""
