"""One run of `git`: its output, or an error of ours in one line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kaccess.model.errors import KaccessError

_ALWAYS: Final = ("--no-pager", "--literal-pathspecs", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false")
_ENVIRONMENT: Final = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
_OF_A_HOOK: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""What git tells its hooks of a repository, which need not be the policy's."""


class GitError(KaccessError):
    """Git could not do what was asked."""


class GitRefused(GitError):
    """Git itself said no; the message is what it said first."""


def run_git(folder: Path, *words: str, given: str | None = None) -> bytes:
    """What `git` prints, run in a folder; `given` is what it reads.

    Raises:
        GitRefused: it ended with an error.
        GitError: it cannot be run at all.
    """
    try:
        done = subprocess.run(  # noqa: S603 - words of our own; names of others follow `--` or `--end-of-options`
            ["git", *_ALWAYS, *words],  # noqa: S607 - the git of the person's own PATH
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name not in _OF_A_HOOK} | _ENVIRONMENT,
            input=(given or "").encode(),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        what = f"the folder {folder}" if error.filename == str(folder) else "git"
        raise GitError(f"{what} was not found; history and rollback need git and the policy's repository") from error
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        raise GitRefused(_first_line(done.stderr))
    return done.stdout


def text_of(output: bytes) -> str:
    """Output as text; bytes of names and messages in another encoding are shown as such."""
    return output.decode("utf-8", "replace")


def fields_of(output: bytes) -> Iterable[str]:
    """The fields of an output that git ended by NUL, as with -z."""
    return (text_of(field) for field in output.split(b"\0")[:-1])


def _first_line(said: bytes) -> str:
    lines = [line for line in text_of(said).splitlines() if line.strip()]
    return lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else "git failed and did not say why"
