"""The entry point of both console scripts, `kaccess` and `kubectl-kaccess`: the hot path first, else the command line.

This file and what it imports up front run before every kubectl call; see `kaccess.credentials.hot`.
"""

import os
import sys
import time

from kaccess.credentials.hot import serve
from kaccess.files import PATH_ALONE

_INTERRUPTED = 130
_GARBAGE = 50_000
"""New objects after which Python looks for garbage; the modules that a command loads are none."""


def main() -> int:
    """Run the command of `sys.argv`; returns the exit code."""
    try:
        answer = serve(sys.argv[1:], os.environ, time.time(), _warn)
        return _run() if answer is None else _print(answer)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except OSError as error:
        if error.filename is not None:
            raise  # a defect: what concerns files is dealt with where it happens
        from kaccess.cli.main import output_lost  # noqa: PLC0415 - as below

        return output_lost(error)


def _run() -> int:
    import gc  # noqa: PLC0415 - not on a cache hit

    gc.set_threshold(_GARBAGE)
    if sys.platform == "win32":
        _speak_utf_8()
        # Or else a repository's `git.exe` would be run for git, and the same for what AWS profiles name.
        os.environ.setdefault(*PATH_ALONE)
    from kaccess.cli.main import run  # noqa: PLC0415 - the command line costs a hundred times what a cached token does

    exit_code = run(sys.argv[1:], _usage_name(sys.argv[0]))
    if exit_code == _INTERRUPTED:
        # Python would wait for the threads that still wait for an answer; whoever interrupts does not.
        os._exit(exit_code)
    return exit_code


def _print(answer: str) -> int:
    print(answer, flush=True)  # noqa: T201 - this is the command line too
    return 0


def _warn(line: str) -> None:
    sys.stderr.write(f"kaccess: {line}\n")


def _speak_utf_8() -> None:
    """Windows would give files and pipes its code page, which lacks most of the world's names."""
    import io  # noqa: PLC0415 - not on a cache hit

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")


def _usage_name(program: str) -> str:
    """How people call this program: as itself, or through kubectl, which finds plugins by the names of their files."""
    return "kubectl kaccess" if os.path.basename(program).startswith("kubectl-kaccess") else "kaccess"  # noqa: PTH119


if __name__ == "__main__":
    sys.exit(main())
