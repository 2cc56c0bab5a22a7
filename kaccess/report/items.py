"""Items as lines of text: what a plan shows of each, and what it compares when an item changes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import ndiff

from kaccess.model.plan import Change, Operation
from kaccess.model.state import Binding, Card, Entry, IamGroupPolicy, IamRole, Item, KubeRole, Namespace
from kaccess.report.iam_documents import statement_lines
from kaccess.report.rules import rule_line


def facts(item: Item | None) -> list[str]:
    """What is to be said of an item, a line each."""
    return list(_facts(item)) if item is not None else []


def _facts(item: Item) -> Iterator[str]:
    match item:
        case Entry():
            yield from _of_entry(item)
        case IamRole():
            yield from _whose(item.group)
            yield f"sessions of {_span(item.session_seconds)} at most"
            yield from (f"trust: {line}" for line in statement_lines(item.trust))
        case IamGroupPolicy():
            yield from _whose(item.group)
            yield from (f"members: {line}" for line in statement_lines(item.document))
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


def _whose(group: str) -> Iterator[str]:
    if group:  # empty where someone took kaccess's tag away
        yield f"for group {group}"


def _of_entry(entry: Entry) -> Iterator[str]:
    if entry.stale:
        yield "bound to a principal that is gone; the one of that name now is another"
    yield from (f"in group {group}" for group in entry.kube_groups)


def _span(seconds: int) -> str:
    """`4h`, `90m`, or, where neither is exact, seconds."""
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def change_lines(change: Change) -> list[str]:
    """What a change adds (`+ ...`) and takes away (`- ...`); of an update only what differs."""
    if change.operation is Operation.CREATE:
        return [f"+ {fact}" for fact in facts(change.after)]
    if change.operation is Operation.DELETE:
        return [f"- {fact}" for fact in facts(change.before)]
    return [line for line in ndiff(facts(change.before), facts(change.after)) if line[0] in "+-"]
