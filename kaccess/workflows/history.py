"""Where the grants of a policy come from: the commits that wrote their lines as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kaccess.git.commits import Commit
from kaccess.git.repository import NoRepository, Repository
from kaccess.model.errors import Usage
from kaccess.model.policy import Grant, Place
from kaccess.policy.extents import grant_lines
from kaccess.policy.load import Loaded
from kaccess.policy.problems import did_you_mean, show


@dataclass(frozen=True)
class Granted:
    """A grant and the commits that wrote its lines, the latest first; `uncommitted` if some of them are in none."""

    grant: Grant
    commits: tuple[Commit, ...]
    uncommitted: bool


def history(loaded: Loaded, group: str | None = None) -> tuple[Granted, ...]:
    """The history of each grant, or of those to one group, in the order of the policy.

    Raises:
        Usage: the policy grants nothing to this group.
        NoRepository: the policy is in no repository, or old commits are missing there.
        GitError: git failed.
    """
    grants = [grant for grant in loaded.policy.grants if group in (None, grant.group)]
    if group is not None and not grants:
        known = {grant.group for grant in loaded.policy.grants}
        raise Usage(f"the policy grants nothing to {show(group)}{did_you_mean(group, known)}")
    path = loaded.files[0].path
    repository = Repository.around(path)
    if repository.is_shallow():
        raise NoRepository(
            f"{repository.top} is a shallow clone, which does not know who wrote a line; get the rest with "
            "`git fetch --unshallow`, or `fetch-depth: 0` in a GitHub workflow"
        )
    lines = {file.name: (grant_lines(file), repository.lines(file.path)) for file in loaded.files}
    wrote = [(grant, _authors(grant, *lines[grant.place.file])) for grant in grants]
    commits = repository.commits(hash_ for _, hashes in wrote for hash_ in hashes if hash_)
    return tuple(_granted(grant, hashes, commits) for grant, hashes in wrote)


def _authors(grant: Grant, extents: Mapping[Place, range], authors: Mapping[int, str]) -> tuple[str, ...]:
    """The hash of the commit of each line of a grant; empty for a line that is not committed."""
    return tuple(authors.get(line, "") for line in extents.get(grant.place, (grant.place.line,)))


def _granted(grant: Grant, hashes: Iterable[str], commits: Mapping[str, Commit]) -> Granted:
    found = {commits[hash_] for hash_ in hashes if hash_}
    latest_first = sorted(found, key=lambda commit: (commit.date, commit.hash), reverse=True)
    return Granted(grant, tuple(latest_first), "" in hashes)
