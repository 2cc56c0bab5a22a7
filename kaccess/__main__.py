"""The entry point of both console scripts, `kaccess` and `kubectl-kaccess`: the hot path first, else the command line.

This file and what it imports up front run before every kubectl call; see `kaccess.credentials.hot`.
"""

import os
import sys
import time

from kaccess.credentials.hot import serve

_INTERRUPTED = 130


def main() -> int:
    """Run the command of `sys.argv`; returns the exit code."""
    try:
        answer = serve(sys.argv[1:], os.environ, time.time(), _warn)
    except KeyboardInterrupt:
        return _INTERRUPTED
    if answer is not None:
        sys.stdout.write(f"{answer}\n")
        return 0
    from kaccess.cli.main import run  # noqa: PLC0415 - the command line costs a hundred times what a cached token does

    return run(sys.argv[1:], _usage_name(sys.argv[0]))


def _warn(line: str) -> None:
    sys.stderr.write(f"kaccess: {line}\n")


def _usage_name(program: str) -> str:
    """How people call this program: as itself, or through kubectl, which finds plugins by the names of their files."""
    return "kubectl kaccess" if os.path.basename(program).startswith("kubectl-kaccess") else "kaccess"  # noqa: PTH119


if __name__ == "__main__":
    sys.exit(main())
