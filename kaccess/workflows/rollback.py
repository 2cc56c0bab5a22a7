"""The policy as it was at a commit, written into the work tree; committing it is left to people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kaccess.git.commits import Commit
from kaccess.git.repository import Repository
from kaccess.model.errors import KaccessError, Refused
from kaccess.policy.edit import Edited, FileEdit
from kaccess.policy.files import PolicyFile, decode, is_policy_name
from kaccess.policy.load import Loaded, load, load_files
from kaccess.policy.offboarded import is_offboarded
from kaccess.policy.problems import PolicyError, Report


class Uncommitted(Refused):
    """The policy has changes that only the work tree has; a rollback would lose them."""


class NoPolicyThen(KaccessError):
    """What was there at a commit is no policy that this kaccess can use."""


class WouldReinstate(Refused):
    """The older policy lets somebody in who was taken out of everything since."""


@dataclass(frozen=True)
class Rollback:
    """A policy now and as it was at `commit`; in `edited` a file that is not there has an empty text."""

    path: Path
    commit: Commit
    edited: Edited
    repository: Repository

    @property
    def reinstated(self) -> tuple[str, ...]:
        """The ARNs of those whom the policy bars now and would bar no more, sorted."""
        before, after = self.edited.before.policy, self.edited.after.policy
        return tuple(sorted(each.principal for each in before.offboarded if not is_offboarded(after, each.principal)))


def plan_rollback(path: Path, name: str) -> Rollback:
    """What going back to the commit that people call `name` does to the policy at `path`.

    Raises:
        Uncommitted: the policy has changes that are not committed.
        KaccessError: there is no such commit, no policy at it, or no repository.
    """
    repository = Repository.around(path)
    commit = repository.commit(name)
    _check_committed(repository, path)
    before = load(path)
    texts = _texts_at(repository, commit, path)
    after = _loaded(texts, commit)
    old = {file.path: file.text for file in before.files}
    edits = [FileEdit(each, old.get(each, ""), texts.get(each, "")) for each in sorted(old.keys() | texts.keys())]
    changed = tuple(edit for edit in edits if edit.before != edit.after)
    return Rollback(path, commit, Edited(before, after, changed), repository)


def refuse_reinstating(rollback: Rollback) -> None:
    """Refuse to let somebody in again who was offboarded.

    Raises:
        WouldReinstate: with the flag that allows it.
    """
    if rollback.reinstated:
        names = ", ".join(rollback.reinstated)
        raise WouldReinstate(
            f"the policy as of {rollback.commit.hash[:12]} no longer bars {names}, offboarded since; pass "
            "--allow-reinstating, or undo single grants with `kaccess revoke` and `kaccess grant`"
        )


def write_rollback(rollback: Rollback) -> None:
    """Write the files into the work tree.

    Raises:
        Uncommitted: somebody changed the policy meanwhile.
        GitError: git could not write them.
    """
    if rollback.edited.files:
        _check_committed(rollback.repository, rollback.path)
        rollback.repository.restore(rollback.commit, [edit.path for edit in rollback.edited.files])


def _check_committed(repository: Repository, path: Path) -> None:
    one = None if path.is_dir() else path.resolve().name
    changed = [name for name in repository.uncommitted(path) if name == one or is_policy_name(name)]
    if changed:
        raise Uncommitted(
            f"{path}: not committed: {', '.join(changed)}; commit or stash that first, since a rollback would lose it"
        )


def _texts_at(repository: Repository, commit: Commit, path: Path) -> dict[Path, str]:
    is_folder = path.is_dir()
    report = Report()
    texts: dict[Path, str] = {}
    for name, data in repository.files_at(commit, path).items():
        if not is_folder or is_policy_name(name):
            text = decode(data, f"{commit.hash[:12]}:{name}", report)
            if text is not None:
                texts[path / name if is_folder else path] = text
    report.raise_if_refused()
    if not texts:
        raise NoPolicyThen(f"{commit.hash[:12]} has no policy in {path}; see `git log -- {path}`")
    return texts


def _loaded(texts: dict[Path, str], commit: Commit) -> Loaded:
    try:
        return load_files(PolicyFile(path, text) for path, text in sorted(texts.items()))
    except PolicyError as error:
        raise NoPolicyThen(
            f"the policy as of {commit.hash[:12]} is none that this kaccess can use: {error.problems[0]}"
        ) from None
