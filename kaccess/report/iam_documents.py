"""IAM's policy documents as people say them: `allow sts:AssumeRole to AWS arn:... if StringEquals ...`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def statement_lines(document: str) -> list[str]:
    """The statements of a JSON policy document, a line each; what is no such document is shown as it is."""
    try:
        statements = _listed(json.loads(document)["Statement"])
        return [" ".join(_words(statement)) for statement in statements]
    except (ValueError, TypeError, KeyError, AttributeError):
        return [document]


def _words(statement: Mapping[str, Any]) -> Iterator[str]:
    yield statement["Effect"].lower()
    for key, before in (("Action", ""), ("NotAction", "all but "), ("Resource", "on "), ("NotResource", "on all but ")):
        if key in statement:
            yield before + _said(statement[key])
    for key, before in (("Principal", "to "), ("NotPrincipal", "to all but ")):
        if key in statement:
            yield before + _principals(statement[key])
    conditions = [
        f"{test} {name} {_said(values)}"
        for test, those in sorted(statement.get("Condition", {}).items())
        for name, values in sorted(those.items())
    ]
    if conditions:
        yield f"if {' and '.join(conditions)}"


def _principals(principal: object) -> str:
    if isinstance(principal, Mapping):
        return ", ".join(f"{kind} {_said(names)}" for kind, names in sorted(principal.items()))
    return str(principal)


def _said(values: object) -> str:
    return ", ".join(map(str, _listed(values)))


def _listed(value: object) -> list[Any]:
    """IAM lets a list of one be written without its brackets."""
    return value if isinstance(value, list) else [value]
