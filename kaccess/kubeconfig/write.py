"""Bringing the kubeconfig in line with what someone may use."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kaccess.kubeconfig.access import ClusterAccess
from kaccess.kubeconfig.change import Change
from kaccess.kubeconfig.document import Document
from kaccess.kubeconfig.entries import Content, content_of
from kaccess.kubeconfig.errors import KubeconfigError
from kaccess.kubeconfig.lock import locked
from kaccess.kubeconfig.paths import new_entries_path
from kaccess.kubeconfig.save import BACKUP_SUFFIX, save


@dataclass(frozen=True)
class Written:
    """What was done: `path` takes new entries, `changed` are the files rewritten; the rest are names of contexts.

    `current_context` is the current one now, None if there is none.
    """

    path: Path
    changed: tuple[Path, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    current_context: str | None

    @property
    def backups(self) -> tuple[Path, ...]:
        """Where the previous content of each changed file rests."""
        names = (Path(os.path.realpath(path)) for path in self.changed)
        return tuple(backup for name in names if (backup := name.with_name(name.name + BACKUP_SUFFIX)).exists())


def write(
    wanted: Sequence[ClusterAccess],
    *,
    program: str,
    paths: tuple[Path, ...],
    use: str | None = None,
    one_context: bool = False,
) -> Written:
    """Write the contexts of `wanted` and remove those of the same clusters that are not in it.

    `program` is the absolute path of what kubectl runs for a token.

    The current context stays unless `use` names another; the first of ours is taken if none is set. If the current one
    is removed, none is current afterwards: commands meant for one namespace must not quietly reach another.

    Raises:
        KubeconfigError: a file cannot be read or written, is locked, or has a foreign entry under a name needed here.
    """
    return _change(paths, content_of(wanted, program, one_context=one_context), use)


def text_of(wanted: Sequence[ClusterAccess], *, program: str, use: str | None = None, one_context: bool = False) -> str:
    """The text of a kubeconfig that has the contexts of `wanted` and nothing else; `use` as for `write`.

    Raises:
        KubeconfigError: there is no context `use`.
    """
    change = Change([Document.empty()], content_of(wanted, program, one_context=one_context))
    change.put_ours()
    change.choose_current(use)
    return change.edits[0].text()


def remove(paths: tuple[Path, ...], aliases: Iterable[str] | None = None) -> Written:
    """Remove what kaccess wrote for these clusters, or for all.

    Raises:
        KubeconfigError: a file cannot be read or written, or is locked.
    """
    return _change(paths, Content(granted=None if aliases is None else {alias: set() for alias in aliases}), None)


def _change(paths: tuple[Path, ...], content: Content, use: str | None) -> Written:
    if any(content.entries.values()):
        _make_folder(new_entries_path(paths))
    with locked(paths):
        documents = _load(paths)
        change = Change(documents, content)
        change.put_ours()
        change.drop_stale()
        change.choose_current(use)
        changed = [(edit.document, text) for edit in change.edits if (text := edit.text()) != edit.document.text]
        for document, text in changed:
            save(document, text)
    return Written(
        path=change.target.path,
        changed=tuple(document.path for document, _ in changed),
        added=change.added,
        removed=change.removed,
        kept=change.kept,
        current_context=change.current or None,
    )


def _make_folder(path: Path) -> None:
    """Make the folder of a kubeconfig; not the one that a link leads to, since nobody knows why it is gone."""
    target = Path(os.path.realpath(path))
    if path.is_symlink() and not target.parent.is_dir():
        raise KubeconfigError(f"{path} is a link to {target}, whose folder is not there; create it or remove the link")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KubeconfigError(f"{path.parent}: {error.strerror}; no kubeconfig can be put there") from error


def _load(paths: tuple[Path, ...]) -> list[Document]:
    """The files, each once even if two paths lead to it."""
    distinct: dict[str, Path] = {}
    for path in paths:
        distinct.setdefault(os.path.realpath(path), path)
    return [Document.load(path) for path in distinct.values()]
