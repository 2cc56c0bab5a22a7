"""The `namespaces` section: the namespaces grants may name, and those that kaccess creates; labels and selectors."""

from __future__ import annotations

from typing import Final

from kaccess.model.names import MANAGED_BY
from kaccess.model.policy import DeclaredNamespace
from kaccess.policy.document import Node, Scalar
from kaccess.policy.fields import fields, flag, is_null, named, text
from kaccess.policy.problems import Report, show
from kaccess.policy.shapes import wrong_label, wrong_label_value, wrong_namespace

NAMESPACE_KEYS: Final = ("create", "labels")
_SET_BY_OTHERS: Final = {MANAGED_BY: "kaccess", "kubernetes.io/metadata.name": "Kubernetes"}


def read_namespaces(node: Node | None, report: Report) -> dict[str, DeclaredNamespace]:
    """The declared namespaces by name."""
    return named(node, "namespaces", report, lambda key, value: _read_namespace(key, value, report))


def read_labels(node: Node | None, what: str, report: Report) -> tuple[tuple[str, str], ...]:
    """Label keys and values, sorted by key."""

    def read(key: Scalar, value: Node) -> str:
        report.refuse(key.place, wrong_label(key.text))
        word = text(value, f"the label {key.text}", report, may_be_empty=True)
        report.refuse(value.place, wrong_label_value(word))
        return word

    return tuple(sorted(named(node, what, report, read).items()))


def _read_namespace(key: Scalar, node: Node, report: Report) -> DeclaredNamespace:
    report.refuse(key.place, wrong_namespace(key.text))
    if is_null(node):
        return DeclaredNamespace(key.text, place=key.place)
    found = fields(node, "a namespace", report, known=NAMESPACE_KEYS)
    create = flag(found.get("create"), "create", report)
    labels = read_labels(found.get("labels"), "labels", report)
    if labels and not create:
        report.refuse(found["labels"].place, "labels are set only on a namespace with create: true")
    for name in _SET_BY_OTHERS.keys() & dict(labels).keys():
        report.refuse(found["labels"].place, f"the label {show(name)} is set by {_SET_BY_OTHERS[name]} itself")
    return DeclaredNamespace(key.text, create, labels, key.place)
