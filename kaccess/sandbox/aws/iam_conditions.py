"""The Condition element of IAM statements: operators, set operators, and keys with one or many values.

The rules are IAM's "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from enum import Enum
from typing import Any, Final, TypeAlias

Values: TypeAlias = "str | tuple[str, ...]"
"""What a request says of a condition key: one value, or many for a key that IAM calls multivalued."""

Compare: TypeAlias = Callable[[str, str], bool]

_FOR_ALL: Final = "ForAllValues:"
_FOR_ANY: Final = "ForAnyValue:"
_IF_EXISTS: Final = "IfExists"
_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")


class Answer(Enum):
    """Whether a condition holds; UNSURE where the sandbox does not know what IAM would say."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Unresolved(Exception):
    """A policy variable has no value, or a form that the sandbox does not know."""


def conditions_hold(conditions: Mapping[str, Any], context: Mapping[str, Values]) -> Answer:
    """Whether all `conditions` of a statement hold in `context`, whose keys are lower-case."""
    answers = [
        _holds(operator, context.get(key.lower()), values, context)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    ]
    if Answer.NO in answers:
        return Answer.NO
    return Answer.UNSURE if Answer.UNSURE in answers else Answer.YES


def expand(text: str, context: Mapping[str, Values]) -> str:
    """Fill in policy variables.

    Raises:
        Unresolved: one of them has no single value.
    """

    def value(found: re.Match[str]) -> str:
        known = context.get(found[1].lower())
        if not isinstance(known, str):
            raise Unresolved(found[0])
        return known

    return _VARIABLE.sub(value, text)


def matches(pattern: str, text: str) -> bool:
    """Whether `text` matches an IAM pattern, in which `*` stands for any text and `?` for one character."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def listed(value: object) -> list[Any]:
    """A JSON value that may stand alone or in a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _holds(operator: str, actual: Values | None, wanted: object, context: Mapping[str, Values]) -> Answer:
    quantifier = next((prefix for prefix in (_FOR_ALL, _FOR_ANY) if operator.startswith(prefix)), "")
    name = operator.removeprefix(quantifier).removesuffix(_IF_EXISTS)
    if name == "Null" and not quantifier:
        return _answer([str(value).lower() for value in listed(wanted)] == [str(actual is None).lower()])
    if name not in _OPERATORS or (isinstance(actual, tuple) and not quantifier):
        return Answer.UNSURE
    try:
        expected = [expand(_text(value), context) for value in listed(wanted)]
    except Unresolved:
        return Answer.UNSURE
    if actual is None:
        return _answer(operator.endswith(_IF_EXISTS) or _holds_without_a_value(name, quantifier))
    values = (actual,) if isinstance(actual, str) else actual
    try:
        answers = [_compare(name, expected, value) for value in values]
    except ValueError:  # no number, or no date
        return Answer.UNSURE
    return _answer(any(answers) if quantifier == _FOR_ANY else all(answers))


def _holds_without_a_value(name: str, quantifier: str) -> bool:
    """ForAllValues holds of no values at all, ForAnyValue of none, and what is absent is not equal to anything."""
    return quantifier == _FOR_ALL or (not quantifier and name in _NEGATED)


def _compare(name: str, expected: list[str], actual: str) -> bool:
    compare, negated = _OPERATORS[name], name in _NEGATED
    return any(compare(value, actual) for value in expected) is not negated


def _answer(holds: bool) -> Answer:
    return Answer.YES if holds else Answer.NO


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(expected: str, actual: str) -> bool:
    return expected == actual


def _same_ignoring_case(expected: str, actual: str) -> bool:
    return expected.lower() == actual.lower()


def _number(compare: Callable[[float, float], bool]) -> Compare:
    return lambda expected, actual: compare(float(actual), float(expected))


def _date(compare: Callable[[float, float], bool]) -> Compare:
    return lambda expected, actual: compare(_seconds(actual), _seconds(expected))


def _seconds(text: str) -> float:
    """A time of a policy: seconds since 1970, or ISO 8601."""
    if text.isdecimal():
        return float(text)
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp()


_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "Equals": lambda one, two: one == two,
    "LessThan": lambda one, two: one < two,
    "LessThanEquals": lambda one, two: one <= two,
    "GreaterThan": lambda one, two: one > two,
    "GreaterThanEquals": lambda one, two: one >= two,
}
_POSITIVE: Final[Mapping[str, Compare]] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_ignoring_case,
    "StringLike": matches,
    "ArnEquals": matches,
    "ArnLike": matches,
    "Bool": _same_ignoring_case,
    **{f"Numeric{name}": _number(compare) for name, compare in _ORDER.items()},
    **{f"Date{name}": _date(compare) for name, compare in _ORDER.items()},
}
_NEGATIONS: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
_NEGATED: Final = frozenset(_NEGATIONS)
_OPERATORS: Final = {**_POSITIVE, **{name: _POSITIVE[positive] for name, positive in _NEGATIONS.items()}}
