"""A change to one kubeconfig file, and the text of the file after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from kaccess.kubeconfig.document import CURRENT_CONTEXT, KINDS, Document
from kaccess.kubeconfig.json_text import is_json, json_text
from kaccess.kubeconfig.splice import spliced
from kaccess.yamltext.nodes import compose, from_plain, get, put, same, serialize, to_plain


@dataclass
class Edit:
    """What to put and drop in `document`, by kind and name, and the current context to set (None: leave it)."""

    document: Document
    put: dict[str, dict[str, yaml.MappingNode]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    drop: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    current: str | None = None

    def put_entry(self, kind: str, name: str, node: yaml.MappingNode) -> None:
        """Add or replace an entry, unless it says the same already."""
        old = self.document.entries(kind).get(name)
        if old is None or to_plain(old) != to_plain(node):
            self.put[kind][name] = node

    def set_current(self, name: str) -> None:
        """Make `name` the current context, unless it is."""
        if self.document.current_context != name:
            self.current = name

    @property
    def result_context(self) -> str:
        """The current context that this file sets after the change; empty if it sets none."""
        return self.document.current_context if self.current is None else self.current

    def text(self) -> str:
        """The text of the file after this change; the text as it was if there is none.

        Only the lines that change are touched; JSON stays JSON. If the layout of the file does not allow that (flow
        style, oddities), the whole file is written anew with the same content, as kubectl does.
        """
        lists = {kind: self._items(kind) for kind in KINDS if self.put[kind] or self.drop[kind]}
        if not lists and self.current is None:
            return self.document.text
        root = self._root(lists)
        if is_json(self.document.text):
            return json_text(root, self.document.text)
        text = spliced(self.document, root)
        return text if text is not None and _says(text, root) else serialize(root)

    def _items(self, kind: str) -> list[yaml.MappingNode]:
        """The items of a list after this change; those that stay are the same objects."""
        old, new = self.document.entries(kind), self.put[kind]
        kept = [new.get(name, node) for name, node in old.items() if name not in self.drop[kind]]
        return kept + [node for name, node in new.items() if name not in old]

    def _root(self, lists: dict[str, list[yaml.MappingNode]]) -> yaml.MappingNode:
        old = self.document.root
        root = yaml.MappingNode(old.tag, list(old.value), flow_style=old.flow_style)
        for kind, items in lists.items():
            node = get(old, kind)
            flow = bool(node.flow_style) if isinstance(node, yaml.SequenceNode) and node.value else not items
            put(root, kind, yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=flow))
        if self.current is not None:
            put(root, CURRENT_CONTEXT, from_plain(self.current))
        return root


def _says(text: str, root: yaml.MappingNode) -> bool:
    try:
        found = compose(text)
    except (yaml.YAMLError, RecursionError):
        return False
    return found is not None and same(found, root)
