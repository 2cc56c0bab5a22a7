"""Deciding what changes in which file.

By kubectl's rules for several files: an entry is edited where it stands, new ones go where kubectl would put them, and
of two entries with one name the first file's counts.
"""

from __future__ import annotations

from typing import Any

import yaml

from kaccess.kubeconfig.access import is_context_name
from kaccess.kubeconfig.document import KINDS, Document
from kaccess.kubeconfig.edit import Edit
from kaccess.kubeconfig.entries import Content, alias_of, merged
from kaccess.kubeconfig.errors import KubeconfigError
from kaccess.kubeconfig.read import current_context
from kaccess.yamltext.nodes import get, is_null


class Change:
    """The edits that bring `documents` in line with `content`, found step by step; writes nothing."""

    def __init__(self, documents: list[Document], content: Content) -> None:
        self._content = content
        self.edits = [Edit(document) for document in documents]
        self.target = next((document for document in documents if document.status is not None), documents[-1])
        self.current = current_context(documents)
        self.added: tuple[str, ...] = ()
        self.kept: tuple[str, ...] = ()
        self.removed: tuple[str, ...] = ()

    def put_ours(self) -> None:
        """Add what is missing and update what is there.

        Raises:
            KubeconfigError: a foreign entry has a name that is needed.
        """
        for kind, wanted in self._content.entries.items():
            for name, content in wanted.items():
                edit = self._owner(kind, name)
                old = edit.document.entries(kind).get(name)
                node = merged(kind, name, self._with_chosen_namespace(content, old), old)
                self._refuse_foreign(kind, name, alias_of(kind, node))
                edit.put_entry(kind, name, node)
        contexts = self._content.entries["contexts"]
        there = {name for edit in self.edits for name in edit.document.entries("contexts")}
        self.added = tuple(name for name in contexts if name not in there)
        self.kept = tuple(name for name in contexts if name in there)

    def drop_stale(self) -> None:
        """Drop what is ours, of the clusters the content speaks of, and not in it."""
        for edit in self.edits:
            for kind in KINDS:
                edit.drop[kind] |= {
                    name for name, entry in edit.document.entries(kind).items() if self._is_stale(kind, name, entry)
                }
        self.removed = tuple(
            name for edit in self.edits for name in edit.document.entries("contexts") if name in edit.drop["contexts"]
        )

    def choose_current(self, use: str | None) -> None:
        """Settle the current context, as `write` promises."""
        contexts = self._content.entries["contexts"]
        if use is not None:
            self._use(use)
        elif self.current in self.removed:
            for edit in self.edits:
                if edit.document.current_context == self.current:
                    edit.set_current("")
            self.current = next((name for edit in self.edits if (name := edit.result_context)), "")
        elif not self.current and contexts:
            self._use(next(iter(contexts)))

    def _use(self, name: str) -> None:
        known = {context for edit in self.edits for context in edit.document.entries("contexts")} - set(self.removed)
        if name not in known | set(self._content.entries["contexts"]):
            yours = ", ".join(self._content.entries["contexts"]) or "none"
            raise KubeconfigError(f"there is no context {name!r} to use; yours are: {yours}")
        self._edit_of(self.target).set_current(name)
        self.current = name

    def _is_stale(self, kind: str, name: str, entry: yaml.MappingNode) -> bool:
        alias = alias_of(kind, entry)
        if alias is None or not self._content.speaks_of(alias) or name in self._content.entries[kind]:
            return False
        is_renamed = kind == "contexts" and not is_context_name(name, alias)
        # A person may have given a context of ours a name they like better; it goes with its grant, not before.
        return not (is_renamed and self._content.grants(alias, _namespace(entry)))

    def _owner(self, kind: str, name: str) -> Edit:
        """Where an entry stands, or where a new one goes."""
        return next((edit for edit in self.edits if name in edit.document.entries(kind)), self._edit_of(self.target))

    def _edit_of(self, document: Document) -> Edit:
        return next(edit for edit in self.edits if edit.document is document)

    def _refuse_foreign(self, kind: str, name: str, alias: str | None) -> None:
        for edit in self.edits:
            entry = edit.document.entries(kind).get(name)
            if entry is not None and alias_of(kind, entry) != alias:
                raise KubeconfigError(
                    f"{edit.document.path}: the {KINDS[kind]} {name!r} is not kaccess's and has the name it needs; "
                    "rename or remove it and run the command again"
                )

    def _with_chosen_namespace(self, content: dict[str, Any], old: yaml.MappingNode | None) -> dict[str, Any]:
        """Where kaccess presets no namespace, keep the one the person chose, as long as it is granted."""
        chosen = None if old is None else _namespace(old)
        if chosen is None or content.get("namespace", "") is not None:
            return content
        alias = alias_of("contexts", old) if old is not None else None
        return {**content, "namespace": chosen} if alias and self._content.grants(alias, chosen) else content


def _namespace(context: yaml.MappingNode) -> str | None:
    node = get(get(context, "context"), "namespace")
    return None if node is None or is_null(node) else str(node.value)
