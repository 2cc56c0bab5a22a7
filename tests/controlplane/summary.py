"""What the comparisons counted, for the end of the test run."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest


@dataclass
class Summary:
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)


KEY = pytest.StashKey[Summary]()
