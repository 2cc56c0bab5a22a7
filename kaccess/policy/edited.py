"""What an edit of a policy is: the policy before and after, and the files that differ; checked before it is handed out.

An edit is made in the text and meant in the policy. It is read again, and stands only if the two agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaccess.model.policy import Policy
from kaccess.policy.document import Mapping as Document
from kaccess.policy.document import Sequence, parse
from kaccess.policy.files import PolicyFile
from kaccess.policy.load import Loaded, load_files
from kaccess.policy.problems import PolicyError, Report
from kaccess.policy.surgery import owns_its_items
from kaccess.policy.write import EditError, FileEdit

_LISTS: Final = ("grants", "offboarded")
_DERIVED: Final = "groups"
"""Follows from the rest: a group that is only granted to goes with its last grant."""

_BY_HAND: Final = "edit the file by hand"


@dataclass(frozen=True)
class Edited:
    """A policy before and after an edit, and the files that differ; none if there was nothing to do."""

    before: Loaded
    after: Loaded
    files: tuple[FileEdit, ...]


def edited(loaded: Loaded, texts: Mapping[Path, str], expected: Policy) -> Edited:
    """The edit that gives some files these texts.

    Raises:
        EditError: it would do to the policy something else than what was meant.
    """
    files = tuple(PolicyFile(file.path, texts.get(file.path, file.text)) for file in loaded.files)
    try:
        after = load_files(files)
    except PolicyError as error:
        raise EditError(f"the edit would leave a policy with a problem: {error.problems[0]}; {_BY_HAND}") from error
    if not _same(expected, after.policy):
        changed = (file.path for file in loaded.files if texts.get(file.path, file.text) != file.text)
        where = next(changed, loaded.files[0].path)
        raise EditError(f"{where}: the policy is written in a way that kaccess cannot edit; {_BY_HAND}")
    pairs = zip(loaded.files, files, strict=True)
    edits = tuple(FileEdit(old.path, old.text, new.text) for old, new in pairs if old.text != new.text)
    return Edited(loaded, after, edits)


def root_of(file: PolicyFile) -> Document:
    """The document of a file that was loaded."""
    root = parse(file.text, file.name, Report())
    if root is None:
        raise ValueError(f"{file.name} was loaded and cannot be parsed")
    return root


def check_own(sequence: Sequence) -> None:
    """Make sure that what is cut from a list is not cut from another, which it repeats.

    Raises:
        EditError: it is an alias.
    """
    if not owns_its_items(sequence):
        raise EditError(f"{sequence.place}: this list is an alias of another; {_BY_HAND}")


def _same(expected: Policy, found: Policy) -> bool:
    fixed: Iterable[str] = vars(expected).keys() - {*_LISTS, _DERIVED}
    return all(getattr(expected, part) == getattr(found, part) for part in fixed) and all(
        Counter(getattr(expected, part)) == Counter(getattr(found, part)) for part in _LISTS
    )
