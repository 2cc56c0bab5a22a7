"""Which files a policy is made of, and their text: the only place of this room that reads from disk."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kaccess.model.policy import Place
from kaccess.policy.problems import Report

MAX_BYTES: Final = 1024 * 1024
"""The largest policy file that is read. A grant is about 100 bytes; a larger file is not a policy written by people."""

UNFINISHED: Final = ".kaccess-unfinished"
"""Stands beside the files of a policy while several of them are changed at once, and names them, one a line."""

_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True)
class PolicyFile:
    """One file of a policy and its text exactly as it is on disk, line ends included."""

    path: Path
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        """The file as it is called in places."""
        return str(self.path)


def read_files(path: Path, report: Report) -> tuple[PolicyFile, ...]:
    """The file at `path`, or every *.yaml and *.yml in the folder `path`, sorted; hidden files are not read.

    What cannot be read is noted in the report and left out.
    """
    try:
        paths = _policy_paths(path)
    except OSError as error:
        report.refuse(Place(str(path), 0, 0), _why(error))
        return ()
    if not paths:
        report.refuse(Place(str(path), 0, 0), "no policy in this folder; expected *.yaml or *.yml files")
    _warn_of_unfinished(path / UNFINISHED, report)
    texts = [(each, _read(each, report)) for each in paths]
    return tuple(PolicyFile(each, text) for each, text in texts if text is not None)


def decode(data: bytes, name: str, report: Report) -> str | None:
    """The text of a policy file's bytes, or None with the place of the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        line = good.count("\n") + 1
        column = len(good) - (good.rfind("\n") + 1) + 1
        byte = f"0x{data[error.start]:02x}"
        report.refuse(Place(name, line, column), f"the byte {byte} is not UTF-8; save the file as UTF-8")
        return None


def _policy_paths(path: Path) -> list[Path]:
    if not stat.S_ISDIR(path.stat().st_mode):
        return [path]
    return sorted(each for each in path.iterdir() if is_policy_name(each.name) and not each.is_dir())


def is_policy_name(name: str) -> bool:
    """Whether a file of this name, in the folder of a policy, is a part of it."""
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def _warn_of_unfinished(note: Path, report: Report) -> None:
    """Say so if whoever last changed several of the files was killed between the first and the last of them."""
    try:
        names = ", ".join(note.read_text("utf-8", errors="replace").split("\n"))
    except OSError:
        return
    what = f"an edit of {names} was cut short: some of these files are changed and some are not"
    report.warn(Place(str(note.parent), 0, 0), f"{what}; look at the difference in Git, and run the edit again")


def _read(path: Path, report: Report) -> str | None:
    where = Place(str(path), 0, 0)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            report.refuse(where, "not a regular file; name a policy file or a folder of them")
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        report.refuse(where, _why(error))
        return None
    if len(data) > MAX_BYTES:
        report.refuse(where, f"larger than {MAX_BYTES} bytes; split the policy into a folder of files")
        return None
    return decode(data, str(path), report)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; `kaccess init` writes a first policy"
    return f"cannot be read: {error.strerror}"
