"""Reading back which contexts are ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from kaccess.kubeconfig.document import Document
from kaccess.kubeconfig.entries import alias_of
from kaccess.yamltext.nodes import get


@dataclass(frozen=True, order=True)
class Context:
    """A context that kaccess wrote. `namespace` is None where it presets none."""

    name: str
    alias: str
    namespace: str | None
    cluster: str
    user: str
    current: bool


def read(paths: tuple[Path, ...]) -> tuple[Context, ...]:
    """The contexts of ours in these files, as kubectl sees them: of two with one name the first counts.

    Raises:
        KubeconfigError: a file cannot be read.
    """
    documents = [Document.load(path) for path in paths]
    current = current_context(documents)
    found: dict[str, Context | None] = {}
    for document in documents:
        for name, entry in document.entries("contexts").items():
            found.setdefault(name, _context(name, entry, current))
    return tuple(context for context in found.values() if context is not None)


def programs(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """What the users of ours in these files run for a token, sorted.

    Raises:
        KubeconfigError: a file cannot be read.
    """
    users = [entry for path in paths for entry in Document.load(path).entries("users").values()]
    commands = [get(get(get(user, "user"), "exec"), "command") for user in users if alias_of("users", user) is not None]
    return tuple(sorted({str(command.value) for command in commands if isinstance(command, yaml.ScalarNode)}))


def current_context(documents: list[Document]) -> str:
    """The current context of several files together: the first one that is set. Empty if there is none."""
    return next((document.current_context for document in documents if document.current_context), "")


def _context(name: str, entry: yaml.MappingNode, current: str) -> Context | None:
    alias = alias_of("contexts", entry)
    if alias is None:
        return None
    namespace = _text(entry, "namespace")
    return Context(name, alias, namespace, _text(entry, "cluster") or "", _text(entry, "user") or "", name == current)


def _text(entry: yaml.MappingNode, key: str) -> str | None:
    node = get(get(entry, "context"), key)
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.value else None
