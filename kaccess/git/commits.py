"""Commits as people tell of them: who, when, what for, and who looked at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kaccess.git.command import fields_of, run_git
from kaccess.model.shown import one_line

_REVIEW: Final = ("Reviewed-by", "Approved-by", "Acked-by")
_SHARED: Final = ("Co-authored-by",)

_NUMBER: Final = re.compile(r"\(#(\d+)\)\s*$|^Merge pull request #(\d+)\b|\(!(\d+)\)\s*$")
"""How GitHub's squashes and merges, and Gerrit- or GitLab-like subjects, name what was reviewed."""

_LIST_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True)
class Commit:
    """A commit. `author` is `NAME <MAIL>`, `date` (aware) when it was written.

    `reviewers` are those whom trailers name as such, `co_authors` those who wrote with the author. `pull_request` is
    the number that the subject gives, or that of the merge that brought the commit; empty if neither has one.
    `merged_by` is the author of that merge.
    """

    hash: str
    author: str
    date: datetime
    subject: str
    reviewers: tuple[str, ...] = ()
    co_authors: tuple[str, ...] = ()
    pull_request: str = ""
    merged_by: str = ""


def read_commits(folder: Path, hashes: Iterable[str]) -> dict[str, Commit]:
    """These commits by their full hashes, each once."""
    wanted = list(dict.fromkeys(hashes))
    if not wanted:
        return {}
    form = "%x00".join(("%H", "%an <%ae>", "%aI", "%s", _trailers(_REVIEW), _trailers(_SHARED)))
    words = ("log", "--no-walk=unsorted", "--no-show-signature", f"--format=format:{form}%x00", "--stdin")
    fields = [field.lstrip("\n") for field in fields_of(run_git(folder, *words, given="\n".join(wanted)))]
    records = zip(*[iter(fields)] * 6, strict=True)
    return {first: _commit(first, *rest) for first, *rest in records}


def _commit(hash_: str, author: str, date: str, subject: str, reviewers: str, co_authors: str) -> Commit:
    return Commit(
        hash_,
        one_line(author),
        datetime.fromisoformat(date.replace("Z", "+00:00")),
        one_line(subject),
        tuple(_listed(reviewers)),
        tuple(_listed(co_authors)),
        number_of(subject),
    )


def number_of(subject: str) -> str:
    """The number of the pull request that a subject names; empty if it names none."""
    found = _NUMBER.search(subject)
    return next(filter(None, found.groups()), "") if found else ""


def _trailers(keys: Iterable[str]) -> str:
    named = ",".join(f"key={key}" for key in keys)
    return f"%(trailers:{named},valueonly,separator=%x1f)"


def _listed(text: str) -> Iterator[str]:
    yield from (one_line(part.strip()) for part in text.split(_LIST_SEPARATOR) if part.strip())
