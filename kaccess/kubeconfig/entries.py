"""The entries that kaccess writes, and how it knows them again.

Each carries an extension named `kaccess.io` with the cluster's alias. kubectl and other tools keep extensions; what
lost its mark is foreign from then on, which is the safe way to be wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from kaccess.kubeconfig.access import ClusterAccess, named_contexts
from kaccess.kubeconfig.document import KINDS
from kaccess.yamltext.nodes import from_plain, get, put

MARK: Final = "kaccess.io"

EXEC_API_VERSION: Final = "client.authentication.k8s.io/v1beta1"
"""Every client that knows v1 knows v1beta1 too, and older ones know nothing else; they are equal in what we use."""

_INSTALL_HINT: Final = "kaccess is not where it was when it wrote this file. Install it, then run: kaccess login"


@dataclass(frozen=True)
class Content:
    """What a kubeconfig shall hold of ours: by kind and name, the content of each entry.

    `granted` has the clusters it speaks of and the namespaces of each; None: it speaks of all, and grants nothing.
    """

    entries: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    granted: dict[str, set[str]] | None = None

    def speaks_of(self, alias: str) -> bool:
        """Whether what is there of the cluster `alias` and not in `entries` is to go."""
        return self.granted is None or alias in self.granted

    def grants(self, alias: str, namespace: str | None) -> bool:
        """Whether `namespace` of the cluster is granted; None stands for any."""
        granted = (self.granted or {}).get(alias, set())
        return bool(granted) if namespace is None else namespace in granted


def content_of(wanted: Sequence[ClusterAccess], program: str, *, one_context: bool) -> Content:
    """The entries for these accesses."""
    granted: dict[str, set[str]] = {}
    for access in wanted:
        granted.setdefault(access.alias, set()).update(access.namespaces)
    content = Content(granted=granted)
    for context in named_contexts(wanted, one_context=one_context):
        access = context.access
        content.entries["contexts"][context.name] = _context(access, context.namespace)
        content.entries["clusters"][access.cluster_entry] = _cluster(access)
        content.entries["users"][access.user_entry] = _user(access, program)
    return content


def alias_of(kind: str, entry: yaml.MappingNode) -> str | None:
    """The alias of the cluster that an entry of ours belongs to; None if it is foreign."""
    extensions = get(get(entry, KINDS[kind]), "extensions")
    for extension in extensions.value if isinstance(extensions, yaml.SequenceNode) else ():
        alias = get(get(extension, "extension"), "alias")
        if _name(extension) == MARK and isinstance(alias, yaml.ScalarNode):
            return str(alias.value)
    return None


def merged(kind: str, name: str, content: dict[str, Any], entry: yaml.MappingNode | None) -> yaml.MappingNode:
    """A new node for the entry `name`: `content` over what `entry` has; fields that kaccess does not set are kept.

    A field whose value in `content` is None is taken away.
    """
    outer, old = _copy(entry), get(entry, KINDS[kind])
    inner = _copy(old)
    for key, value in content.items():
        put(inner, key, None if value is None else from_plain(value))
    others = get(old, "extensions")
    if isinstance(others, yaml.SequenceNode):
        extensions = from_plain(content["extensions"])
        extensions.value[:0] = [item for item in others.value if _name(item) != MARK]
        put(inner, "extensions", extensions)
    put(outer, KINDS[kind], inner)
    put(outer, "name", from_plain(name))
    return outer


def _name(extension: yaml.Node) -> str | None:
    node = get(extension, "name")
    return None if node is None else str(node.value)


def _copy(node: yaml.Node | None) -> yaml.MappingNode:
    pairs = list(node.value) if isinstance(node, yaml.MappingNode) else []
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)


def _mark(access: ClusterAccess) -> list[dict[str, Any]]:
    return [{"name": MARK, "extension": {"alias": access.alias}}]


def _cluster(access: ClusterAccess) -> dict[str, Any]:
    return {"certificate-authority-data": access.ca_data, "server": access.server, "extensions": _mark(access)}


def _context(access: ClusterAccess, namespace: str | None) -> dict[str, Any]:
    return {
        "cluster": access.cluster_entry,
        "namespace": namespace,
        "user": access.user_entry,
        "extensions": _mark(access),
    }


def _user(access: ClusterAccess, program: str) -> dict[str, Any]:
    command, *arguments = _started(program)
    arguments += ["token", "--cluster", access.name, "--region", access.region]
    arguments += ["--profile", access.profile] if access.profile else []
    arguments += ["--role-arn", access.iam_role] if access.iam_role else []
    plugin = {
        "apiVersion": EXEC_API_VERSION,
        "args": arguments,
        "command": command,
        "env": None,
        "installHint": _INSTALL_HINT,
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": False,
    }
    return {"exec": plugin, "extensions": _mark(access)}


def _started(program: str) -> tuple[str, ...]:
    """The command that starts `program`: Windows starts no scripts, so there Python starts it."""
    is_script = sys.platform == "win32" and not Path(program).suffix
    return (sys.executable, program) if is_script else (program,)
