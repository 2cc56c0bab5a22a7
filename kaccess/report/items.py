"""Items as lines of text: what a plan shows of each, and what it compares when an item changes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import ndiff

from kaccess.model.plan import Change, Operation
from kaccess.model.state import Binding, Card, Entry, Item, KubeRole, Namespace
from kaccess.report.rules import rule_line


def facts(item: Item | None) -> list[str]:
    """What is to be said of an item, a line each."""
    return list(_facts(item)) if item is not None else []


def _facts(item: Item) -> Iterator[str]:
    match item:
        case Entry():
            yield from (f"in group {group}" for group in item.kube_groups)
        case Namespace():
            yield from (f"label {key}={value}" for key, value in item.labels)
            yield "kept by kaccess" if item.owned else "kept by others"
        case KubeRole():
            yield from (f"may {rule_line(rule)}" for rule in item.rules)
        case Binding():
            yield f"gives {item.role_ref.kind} {item.role_ref.name}"
            yield from (f"to {subject.kind} {subject.name}" for subject in item.subjects)
        case Card():
            yield f"for group {item.group}"
            for line in item.lines:
                yield f"{line.role} in {line.namespace}{f' until {line.until}' if line.until else ''}"


def change_lines(change: Change) -> list[str]:
    """What a change adds (`+ ...`) and takes away (`- ...`); of an update only what differs."""
    if change.operation is Operation.CREATE:
        return [f"+ {fact}" for fact in facts(change.after)]
    if change.operation is Operation.DELETE:
        return [f"- {fact}" for fact in facts(change.before)]
    return [line for line in ndiff(facts(change.before), facts(change.after)) if line[0] in "+-"]
