"""The sandbox as a process of its own: `python -m kaccess.sandbox.daemon FOLDER MODE`, started by `kaccess sandbox up`.

It detaches from whoever starts it, and the starter returns when the sandbox answers or has failed. As long as it lives
it holds a lock on a file in the folder, which the system lets go whatever way the process ends; so the lock, and not a
number that may have passed to another process, says whether the sandbox runs.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from kaccess.sandbox.address import NOT_ON_WINDOWS, SandboxError
from kaccess.sandbox.lock import RunLock
from kaccess.sandbox.server import running_sandbox

LOG = logging.getLogger(__name__)

READY = b"1"


def main(folder: Path, authentication_mode: str) -> int:
    """Start the sandbox of `folder` in the background; 0 when it answers, 1 when it did not come up."""
    if sys.platform == "win32":
        raise SandboxError(NOT_ON_WINDOWS)
    reading, writing = os.pipe()
    if os.fork() > 0:
        os.close(writing)
        return 0 if os.read(reading, 1) == READY else 1
    os.close(reading)
    os.setsid()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        _serve(folder, authentication_mode, writing)
    except Exception:
        LOG.exception("the sandbox ended")
        return 1
    return 0


def _serve(folder: Path, authentication_mode: str, ready: int) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    RunLock(folder).take()
    with running_sandbox(folder, authentication_mode=authentication_mode) as sandbox:
        sandbox.address.save()
        LOG.info("the sandbox answers: AWS at %s, Kubernetes at %s", sandbox.aws_url, sandbox.kube_url)
        os.write(ready, READY)
        os.close(ready)
        ended.wait()
        LOG.info("the sandbox ends")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
