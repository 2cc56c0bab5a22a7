"""kaccess as a process of its own that need not import itself, since the tests run it by the thousand.

A server that has imported every command forks for each run. The program as it is installed is started by the pages of
docs/, by the README, by kubectl, and by tests of what it imports.
"""

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

from kaccess.cli.commands import COMMANDS

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["kaccess.__main__", "kaccess.cli.main", "tests.e2e.warm", *(listed.module for listed in COMMANDS.values())]
)
SECONDS = 60


def start(folder, environment, words, out=os.devnull, err=os.devnull):
    """Start the command in this folder and environment, with nothing on stdin; what it says goes to these files."""
    process = FORKS.Process(target=_run, args=(folder, environment, words, out, err), name="kaccess")
    process.start()
    return process


def run(folder, environment, words):
    """Run the command to its end; its exit code as subprocess gives it, its output and what it said besides."""
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        code = finish(start(folder, environment, words, out, err))
        return code, out.read_text(), err.read_text()


def finish(process):
    """The exit code of what was started, as subprocess gives it."""
    process.join(SECONDS)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError("a kaccess that does not end")
    return process.exitcode


def _run(folder, environment, words, out, err):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    sys.argv = ["kaccess", *words]
    from kaccess.__main__ import main  # noqa: PLC0415 - the test's own process has no use for it

    sys.exit(main())
