"""What the comparisons counted, for the end of the test run: a pytest plug-in, and the lines that tests give it.

The lines of the worker processes of pytest-xdist travel to the process that reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

_SENT = "kaccess-summary"


@dataclass
class Summary:
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)


KEY = pytest.StashKey[Summary]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    sent: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if sent is not None:
        sent[_SENT] = session.config.stash.get(KEY, Summary()).lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended; one that crashed has sent nothing."""
    node.config.stash.setdefault(KEY, Summary()).lines += getattr(node, "workeroutput", {}).get(_SENT, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(KEY, Summary()).lines
    if lines:
        terminalreporter.section("the real control plane")
        terminalreporter.write("".join(f"{line}\n" for line in lines))
