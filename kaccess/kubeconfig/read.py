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
    """What the users of ours in these files run for a token, sorted; also the script, if that is one of Python's.

    Raises:
        KubeconfigError: a file cannot be read.
    """
    users = [entry for path in paths for entry in Document.load(path).entries("users").values()]
    plugins = [get(get(user, "user"), "exec") for user in users if alias_of("users", user) is not None]
    return tuple(sorted({word for plugin in plugins for word in _started(plugin)}))


def current_context(documents: list[Document]) -> str:
    """The current context of several files together: the first one that is set. Empty if there is none."""
    return next((document.current_context for document in documents if document.current_context), "")


def _started(plugin: yaml.Node | None) -> list[str]:
    """The command of an exec plugin, and its first argument if that is a file."""
    arguments = get(plugin, "args")
    words = [get(plugin, "command"), *(arguments.value[:1] if isinstance(arguments, yaml.SequenceNode) else ())]
    command, *script = [str(word.value) if isinstance(word, yaml.ScalarNode) else "" for word in words]
    return [command, *(file for file in script if Path(file).is_absolute())] if command else []


def _context(name: str, entry: yaml.MappingNode, current: str) -> Context | None:
    alias = alias_of("contexts", entry)
    if alias is None:
        return None
    namespace = _text(entry, "namespace")
    return Context(name, alias, namespace, _text(entry, "cluster") or "", _text(entry, "user") or "", name == current)


def _text(entry: yaml.MappingNode, key: str) -> str | None:
    node = get(get(entry, "context"), key)
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.value else None
