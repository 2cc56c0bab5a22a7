"""A saved plan as a file: written by `plan --out`, read by `apply PLANFILE`."""

from __future__ import annotations

import json
from pathlib import Path

from kaccess.model.errors import KaccessError, Usage
from kaccess.planning.saved import BrokenPlan, SavedPlan, saved_from_json
from kaccess.workflows.whole_file import read_whole, write_whole


def write_plan(path: Path, saved: SavedPlan) -> None:
    """Write a plan, in place of one that is there.

    Raises:
        Usage: there is a file that is no saved plan, or it cannot be written.
    """
    if path.is_file():
        try:
            read_plan(path)
        except KaccessError:
            raise Usage(f"{path} is there and is no saved plan; choose another path with --out") from None
    write_whole(path, json.dumps(saved.to_json(), indent=1, ensure_ascii=False) + "\n")


def read_plan(path: Path) -> SavedPlan:
    """Read a saved plan.

    Raises:
        Usage: the file cannot be read.
        BrokenPlan: it holds no saved plan.
    """
    text = read_whole(path)
    try:
        return saved_from_json(json.loads(text))
    except (ValueError, RecursionError):
        raise BrokenPlan(f"{path}: no JSON; write a plan with `kaccess plan --out`") from None
    except BrokenPlan as error:
        raise BrokenPlan(f"{path}: {error}") from None
