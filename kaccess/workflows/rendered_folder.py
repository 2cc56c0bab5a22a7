"""Rendered files in a folder that others share: ours are written and removed, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kaccess.model.errors import Usage
from kaccess.workflows.whole_file import write_whole


@dataclass(frozen=True)
class Rendered:
    """The files that were written, since they were not there or said something else, and those removed; sorted."""

    written: tuple[Path, ...]
    removed: tuple[Path, ...]


def write_folder(folder: Path, files: Mapping[str, str], mark: str) -> Rendered:
    """Make the files in a folder that begin with the line `mark` be these; a file that says the same is not written.

    Raises:
        Usage: a file of such a name is somebody else's, or the folder cannot be written; the former changes nothing.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ours = {path.name: path.read_bytes() for path in _ours(folder, mark)}
    except OSError as error:
        raise Usage(f"{folder}: cannot be written: {error.strerror}; choose another folder with --out") from error
    taken = [name for name in files if name not in ours and _is_there(folder / name)]
    if taken:
        raise Usage(f"{folder / taken[0]} is there and was not rendered by kaccess; render into a folder of its own")
    written = [folder / name for name, text in sorted(files.items()) if ours.get(name) != text.encode()]
    for path in written:
        write_whole(path, files[path.name])
    removed = [folder / name for name in sorted(ours.keys() - files.keys())]
    for path in removed:
        path.unlink(missing_ok=True)
    return Rendered(tuple(written), tuple(removed))


def _ours(folder: Path, mark: str) -> Iterator[Path]:
    first = mark.encode()
    for path in folder.iterdir():
        if path.suffix == ".yaml" and path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                # Git may have checked it out with other line ends.
                if file.readline(len(first) + 2).rstrip(b"\r\n") == first:
                    yield path


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()
