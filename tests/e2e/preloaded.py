"""kaccess as a process of its own that need not import itself: for tests that run it hundreds of times."""

import multiprocessing
import os
import sys

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["kaccess.cli.main", "kaccess.cli.apply", "kaccess.cli.connect"])


def start(company, person, *words):
    """Start the command; what it says goes to the file `said` in the company's folder."""
    run = (company.folder, company.environment(person), words)
    process = FORKS.Process(target=_run, args=run, name="kaccess")
    process.start()
    return process


def _run(folder, environment, words):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    said = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(said, stream)
    sys.argv = ["kaccess", *words]
    from kaccess.__main__ import main  # noqa: PLC0415 - the test's own process has no use for it

    sys.exit(main())
