"""One kubeconfig file as it was read: its text, its nodes, and the named entries in it."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from kaccess.files import BINARY, NO_WAIT
from kaccess.kubeconfig.errors import KubeconfigError
from kaccess.yamltext.nodes import compose, get, is_null

KINDS: Final = {"clusters": "cluster", "contexts": "context", "users": "user"}
"""The three lists of a kubeconfig, and the key under which an item of each holds its content."""

CURRENT_CONTEXT: Final = "current-context"
EMPTY: Final = "apiVersion: v1\nkind: Config\n"


@dataclass(frozen=True)
class Document:
    """A file's path as it was given, its text and root node; `status` is None if there is no such file."""

    path: Path
    text: str
    root: yaml.MappingNode
    status: os.stat_result | None

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read and check a file; one that does not exist or is empty is an empty kubeconfig.

        Raises:
            KubeconfigError: it cannot be read, or kubectl could not read it.
        """
        content, status = _read(path)
        try:
            text = content.decode()
            root = compose(text)
            if root is None or is_null(root):
                text = (f"{text.rstrip()}\n" if root is None and text.strip() else "") + EMPTY
                root = compose(text)
        except UnicodeDecodeError as error:
            raise KubeconfigError(f"{path}: not UTF-8 (byte {error.start}); nothing was changed") from error
        except (yaml.YAMLError, RecursionError) as error:
            raise KubeconfigError(f"{path}: not YAML ({_first_line(error)}); repair or move the file") from error
        if not isinstance(root, yaml.MappingNode):
            raise KubeconfigError(f"{path}: not a kubeconfig: it holds no mapping; repair or move the file")
        document = cls(path, text, root, status)
        document._check()
        return document

    @classmethod
    def empty(cls) -> Document:
        """A kubeconfig of no file."""
        root = compose(EMPTY)
        assert isinstance(root, yaml.MappingNode)  # noqa: S101 - by its text
        return cls(Path(), EMPTY, root, None)

    def entries(self, kind: str) -> dict[str, yaml.MappingNode]:
        """The items of one of the `KINDS` by name."""
        return {_name(item): item for item in self._items(kind)}

    @property
    def current_context(self) -> str:
        """The name of the current context; empty if this file sets none."""
        node = get(self.root, CURRENT_CONTEXT)
        return "" if node is None or is_null(node) else str(node.value)

    def _items(self, kind: str) -> list[yaml.MappingNode]:
        node = get(self.root, kind)
        return list(node.value) if isinstance(node, yaml.SequenceNode) else []

    def _check(self) -> None:
        problem = _odd_key(self.root) or _twice([str(key.value) for key, _ in self.root.value])
        for key, expected in (("kind", "Config"), ("apiVersion", "v1")):
            found = get(self.root, key)
            if found is not None and found.value != expected:
                problem = f"{key} is not {expected}"
        for kind in KINDS:
            problem = problem or self._problem(kind)
        if problem:
            raise KubeconfigError(f"{self.path}: not a kubeconfig: {problem}; repair or move the file")

    def _problem(self, kind: str) -> str:
        node = get(self.root, kind)
        if node is None or is_null(node):
            return ""
        if not isinstance(node, yaml.SequenceNode) or not all(
            isinstance(item, yaml.MappingNode) for item in node.value
        ):
            return f"{kind} is not a list of mappings"
        twice = _twice([_name(item) for item in node.value])
        return f"{kind}: {twice}" if twice else ""


def _read(path: Path) -> tuple[bytes, os.stat_result | None]:
    try:
        handle = os.open(path, os.O_RDONLY | NO_WAIT | BINARY)
    except FileNotFoundError:
        return b"", None
    except OSError as error:
        raise KubeconfigError(f"{path}: {error.strerror}; nothing was changed") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise KubeconfigError(f"{path}: not a regular file; set KUBECONFIG to one")
    try:
        with open(handle, "rb") as file:  # noqa: PTH123 - an open descriptor
            return file.read(), status
    except OSError as error:
        raise KubeconfigError(f"{path}: {error.strerror}; nothing was changed") from error


def _odd_key(root: yaml.Node) -> str:
    """What is wrong with a key, anywhere: kubectl reads text alone, and not lists or mappings."""
    seen: set[int] = set()  # each node once: aliases can make a small document endless
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if not isinstance(node, yaml.MappingNode):
            nodes += node.value
            continue
        odd = next((key for key, _ in node.value if not isinstance(key, yaml.ScalarNode)), None)
        if odd is not None:
            return f"line {odd.start_mark.line + 1}: a key is not text"
        nodes += (value for _, value in node.value)
    return ""


def _name(item: yaml.MappingNode) -> str:
    node = get(item, "name")
    return "" if node is None else str(node.value)


def _twice(names: list[str]) -> str:
    repeated = next((name for name, count in Counter(names).items() if count > 1), None)
    return "" if repeated is None else f"{repeated!r} is there twice"


def _first_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark else ""
    return where + str(getattr(error, "problem", None) or error).splitlines()[0]
