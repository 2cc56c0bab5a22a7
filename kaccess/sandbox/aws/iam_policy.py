"""IAM policy documents: whether a set of statements allows, denies or does not mention an action.

Pure, and only as wide as the sandbox needs: an operator or a variable it does not know never allows anything. moto's
own evaluator is not used: it ignores most conditions and lets a statement that names another principal deny.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

Statement: TypeAlias = Mapping[str, Any]

_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")


class Decision(Enum):
    """What policies say of an action; an explicit denial wins over everything."""

    ALLOWED = "allowed"
    DENIED = "explicit deny"
    UNMENTIONED = "no allow"


@dataclass(frozen=True)
class Question:
    """May this be done? `context` holds condition keys, lower-case, such as `aws:username`."""

    action: str
    resource: str
    context: Mapping[str, str]


def decide(documents: Iterable[str], question: Question) -> Decision:
    """What identity-based policies (JSON documents) say to `question`."""
    return _outcome(statement for document in documents for statement in _concerned(document, question))


def decide_trust(document: str, question: Question, names: Iterable[str]) -> Decision:
    """What a role's trust policy says to a caller who is known by `names` (ARNs, account id)."""
    known = frozenset(names)
    return _outcome(statement for statement in _concerned(document, question) if _names(statement, known))


def _outcome(statements: Iterable[Statement]) -> Decision:
    effects = {statement.get("Effect") for statement in statements}
    if "Deny" in effects:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in effects else Decision.UNMENTIONED


def _concerned(document: str, question: Question) -> Iterable[Statement]:
    for statement in _listed(json.loads(document).get("Statement")):
        if (
            _element(statement, "Action", question.action.lower(), str.lower)
            and _element(statement, "Resource", question.resource, lambda text: _expand(text, question.context))
            and _conditions(statement, question.context)
        ):
            yield statement


def _element(statement: Statement, name: str, value: str, prepare: Callable[[str], str]) -> bool:
    """Whether `value` is among the patterns of element `name`, or not among those of its Not- form.

    A trust policy has no Resource: it speaks of the role it is on.
    """
    for key, wanted in ((name, True), (f"Not{name}", False)):
        if key in statement:
            return any(matches(prepare(pattern), value) for pattern in _listed(statement[key])) is wanted
    return name == "Resource"


def _names(statement: Statement, known: frozenset[str]) -> bool:
    principal = statement.get("Principal")
    if principal == "*":
        return True
    named = _listed(principal.get("AWS")) if isinstance(principal, Mapping) else []
    return any(name == "*" or name in known for name in named)


def _conditions(statement: Statement, context: Mapping[str, str]) -> bool:
    for operator, keys in statement.get("Condition", {}).items():
        if operator.removesuffix("IfExists") not in _OPERATORS:
            return statement.get("Effect") == "Deny"
        for key, values in keys.items():
            expected = [_expand(str(value), context) for value in _listed(values)]
            if not _condition(operator, context.get(key.lower()), expected):
                return False
    return True


def _condition(operator: str, actual: str | None, expected: list[str]) -> bool:
    name = operator.removesuffix("IfExists")
    if name == "Null":
        return expected == ["true" if actual is None else "false"]
    if actual is None:
        return operator.endswith("IfExists") or name in _NEGATED
    found = any(_OPERATORS[name](value, actual) for value in expected)
    return found is not (name in _NEGATED)


def _same(expected: str, actual: str) -> bool:
    return expected == actual


def _same_ignoring_case(expected: str, actual: str) -> bool:
    return expected.lower() == actual.lower()


def matches(pattern: str, text: str) -> bool:
    """Whether `text` matches an IAM pattern, in which `*` stands for any text and `?` for one character."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": _same,
    "StringNotEquals": _same,
    "StringEqualsIgnoreCase": _same_ignoring_case,
    "StringLike": matches,
    "StringNotLike": matches,
    "ArnEquals": matches,
    "ArnLike": matches,
    "ArnNotEquals": matches,
    "ArnNotLike": matches,
    "Bool": _same_ignoring_case,
    "Null": _same,
}
_NEGATED: Final = frozenset({"StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"})


def _expand(text: str, context: Mapping[str, str]) -> str:
    """Fill in policy variables; one that has no value matches nothing, as in IAM."""
    return _VARIABLE.sub(lambda found: context.get(found[1].lower(), "\0"), text)


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
