"""The console scripts: exit codes, and the name they go by."""

from __future__ import annotations

import sys

import pytest

import kaccess.__main__ as entry_point
from kaccess.cli import main as command_line


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("/usr/bin/kaccess", "kaccess"),
        ("/usr/bin/kubectl-kaccess", "kubectl kaccess"),
        ("/lib/kaccess/__main__.py", "kaccess"),
    ],
)
def test_what_the_hot_path_does_not_answer_goes_to_the_command_line(monkeypatch, program, name):
    calls = []
    monkeypatch.setattr(command_line, "run", lambda argv, prog: calls.append((argv, prog)) or 3)
    monkeypatch.setattr(sys, "argv", [program, "audit", "--fail-on", "high"])

    assert entry_point.main() == 3
    assert calls == [(["audit", "--fail-on", "high"], name)]


def test_an_answer_goes_to_stdout_and_warnings_to_stderr(monkeypatch, capsys):
    def serve(argv, environ, now, warn):
        warn("something")
        return "the answer"

    monkeypatch.setattr(entry_point, "serve", serve)

    assert entry_point.main() == 0
    assert capsys.readouterr() == ("the answer\n", "kaccess: something\n")


def test_an_interruption_is_quiet(monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(entry_point, "serve", interrupt)

    assert entry_point.main() == 130
    assert capsys.readouterr() == ("", "")
