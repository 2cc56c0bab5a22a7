"""One repository: who wrote which line, what files were, and what is not committed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from kaccess.git.command import GitError, GitRefused, fields_of, run_git, text_of
from kaccess.git.commits import Commit, read_commits
from kaccess.model.errors import Usage

_UNCOMMITTED: Final = "0" * 40
_BLAMED: Final = re.compile(rb"^([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?$", re.MULTILINE)
_MOVED: Final = "if the policy was moved since, go back with `git revert`"
_PLAIN_FILES: Final = ("100644", "100755")


class NoRepository(GitError):
    """The policy is in no repository, or in one whose history is not here."""


class UnknownCommit(Usage):
    """The repository has no such commit."""


@dataclass(frozen=True)
class Repository:
    """The repository whose work tree is `top`."""

    top: Path

    @classmethod
    def around(cls, path: Path) -> Repository:
        """The repository that a file or folder is in.

        Raises:
            NoRepository: it is in none, or git does not trust its owner.
        """
        folder = path if path.is_dir() else path.parent
        try:
            return cls(Path(text_of(run_git(folder, "rev-parse", "--show-toplevel")).rstrip("\n")))
        except GitRefused as error:
            if "not a git repository" in str(error):
                raise NoRepository(f"{path}: in no Git repository; only there the policy has a history") from None
            raise NoRepository(f"{path}: {error}") from None

    def is_shallow(self) -> bool:
        """Whether old commits are missing here, as after `git clone --depth`."""
        return text_of(run_git(self.top, "rev-parse", "--is-shallow-repository")).strip() == "true"

    def lines(self, path: Path) -> dict[int, str]:
        """The hash of the commit that wrote each line of a file as it is now; without those not committed.

        Who only changed the spaces in a line, as `kaccess fmt` does, did not write it.
        """
        try:
            said = run_git(self.top, "blame", "-w", "--porcelain", "--no-textconv", "--", self._inside(path))
        except GitRefused:
            if self._is_tracked(path):
                raise
            return {}
        found = {int(number): text_of(hash_) for hash_, number in _BLAMED.findall(said)}
        return {number: hash_ for number, hash_ in found.items() if not hash_.startswith(_UNCOMMITTED)}

    def commits(self, hashes: Iterable[str]) -> dict[str, Commit]:
        """These commits; what was reviewed as a merge has the merge's number and reviewers too."""
        found = read_commits(self.top, hashes)
        brought_by = self._merges_of({hash_ for hash_, commit in found.items() if not commit.pull_request})
        merges = read_commits(self.top, brought_by.values())
        return {hash_: _with_merge(found[hash_], merges.get(brought_by.get(hash_, ""))) for hash_ in found}

    def commit(self, name: str) -> Commit:
        """The commit that people call so: a hash or the start of one, a branch, a tag, `HEAD~3`.

        Raises:
            UnknownCommit: there is none.
        """
        try:
            words = ("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
            found = text_of(run_git(self.top, *words)).strip()
        except (GitRefused, ValueError):
            hint = "; this is a shallow clone: get the rest with `git fetch --unshallow`" if self.is_shallow() else ""
            raise UnknownCommit(f"there is no commit {name!r} here{hint or '; see `git log`'}") from None
        return self.commits([found])[found]

    def files_at(self, commit: Commit, path: Path) -> dict[str, bytes]:
        """The file at `path` by its name, or the files directly in the folder, as they were at a commit.

        Raises:
            GitError: there was nothing of this kind then.
        """
        inside = self._inside(path)
        where = f"{commit.hash[:12]} has no"
        if path.is_dir():
            tree = f"{commit.hash}:{'' if inside == '.' else inside}"
            entries = self._tree(tree, f"{where} folder {inside}")
        else:
            entries = [each for each in self._tree(commit.hash, where, inside) if each[2] == inside]
            if not entries or entries[0][0] not in _PLAIN_FILES:
                raise GitError(f"{where} file {inside}; {_MOVED}")
        plain = (each for each in entries if each[0] in _PLAIN_FILES)
        return {PurePosixPath(name).name: self._blob(hash_) for _, hash_, name in plain}

    def uncommitted(self, path: Path) -> tuple[str, ...]:
        """The names of files at or below `path` that differ from the last commit, or are not in it."""
        words = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", self._inside(path))
        return tuple(sorted(PurePosixPath(field[3:]).name for field in fields_of(run_git(self.top, *words))))

    def restore(self, commit: Commit, paths: Iterable[Path]) -> None:
        """Write these files into the work tree as they were at a commit; those that were not there go."""
        names = "".join(f"{self._inside(path)}\0" for path in paths)
        words = ("restore", f"--source={commit.hash}", "--worktree", "--pathspec-from-file=-", "--pathspec-file-nul")
        run_git(self.top, *words, given=names)

    def _tree(self, tree: str, missing: str, *paths: str) -> list[tuple[str, str, str]]:
        """Mode, hash and name of each entry."""
        try:
            fields = list(fields_of(run_git(self.top, "ls-tree", "-z", "--full-tree", tree, "--", *paths)))
        except GitRefused:
            raise GitError(f"{missing}; {_MOVED}") from None
        entries = (field.partition("\t") for field in fields)
        return [(head.split(" ")[0], head.split(" ")[2], name) for head, _, name in entries]

    def _blob(self, hash_: str) -> bytes:
        return run_git(self.top, "cat-file", "blob", hash_)

    def _inside(self, path: Path) -> str:
        real = path.resolve()
        try:
            return real.relative_to(self.top.resolve()).as_posix()
        except ValueError:
            raise NoRepository(f"{path}: leads out of the repository {self.top}") from None

    def _is_tracked(self, path: Path) -> bool:
        """Whether the last commit, if there is one, has the file."""
        try:
            return bool(run_git(self.top, "ls-tree", "--full-tree", "HEAD", "--", self._inside(path)))
        except GitRefused:
            return False

    def _merges_of(self, hashes: Set[str]) -> dict[str, str]:
        """For each commit the one that brought it into the line of first parents; none for one that was made there."""
        if not hashes:
            return {}
        listed = text_of(run_git(self.top, "rev-list", "--parents", "HEAD")).splitlines()
        parents = {hash_: above for hash_, *above in map(str.split, listed)}
        line = list(_first_parents(parents, next(iter(parents), "")))
        found: dict[str, str] = {}
        seen: set[str] = set()
        for each in reversed(line):
            waiting = [each]
            while waiting:
                hash_ = waiting.pop()
                if hash_ in seen:
                    continue
                seen.add(hash_)
                waiting += parents.get(hash_, ())
                if hash_ in hashes and hash_ != each:
                    found[hash_] = each
        return found


def _first_parents(parents: Mapping[str, Sequence[str]], hash_: str) -> Iterator[str]:
    while hash_:
        yield hash_
        hash_ = next(iter(parents.get(hash_, ())), "")


def _with_merge(commit: Commit, merge: Commit | None) -> Commit:
    if merge is None:
        return commit
    reviewers = dict.fromkeys((*commit.reviewers, *merge.reviewers))
    return replace(commit, reviewers=tuple(reviewers), pull_request=merge.pull_request, merged_by=merge.author)
