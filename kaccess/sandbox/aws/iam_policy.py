"""IAM policy documents: whether a set of statements allows, denies or does not mention an action.

Pure, and only as wide as the sandbox needs: an element, an operator or a variable it does not know never allows
anything, and where it would deny it does. moto's own evaluator is not used: it ignores most conditions and lets a
statement that names another principal deny.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from kaccess.sandbox.aws.iam_conditions import (
    Answer,
    Unresolved,
    Values,
    conditions_hold,
    expand,
    listed,
    matches,
)

Statement: TypeAlias = Mapping[str, Any]

_ELEMENTS: Final = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "NotPrincipal"}
)


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
    context: Mapping[str, Values]


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
    for statement in listed(json.loads(document).get("Statement")):
        answer = _speaks_of(statement, question)
        if answer is Answer.YES or (answer is Answer.UNSURE and statement.get("Effect") == "Deny"):
            yield statement


def _speaks_of(statement: Statement, question: Question) -> Answer:
    if not _element(statement, "Action", question.action.lower(), str.lower):
        return Answer.NO
    try:
        if not _element(statement, "Resource", question.resource, lambda text: expand(text, question.context)):
            return Answer.NO
    except Unresolved:
        return Answer.UNSURE
    holds = conditions_hold(statement.get("Condition", {}), question.context)
    return Answer.UNSURE if holds is Answer.YES and not _ELEMENTS.issuperset(statement) else holds


def _element(statement: Statement, name: str, value: str, prepare: Callable[[str], str]) -> bool:
    """Whether `value` is among the patterns of element `name`, or not among those of its Not- form.

    A trust policy has no Resource: it speaks of the role it is on.
    """
    for key, wanted in ((name, True), (f"Not{name}", False)):
        if key in statement:
            return any(matches(prepare(pattern), value) for pattern in listed(statement[key])) is wanted
    return name == "Resource"


def _names(statement: Statement, known: frozenset[str]) -> bool:
    """Whether a statement of a trust policy is about a caller; one that names whom it is not about only denies."""
    if "NotPrincipal" in statement:
        return statement.get("Effect") == "Deny" and not _in(statement["NotPrincipal"], known)
    return _in(statement.get("Principal"), known)


def _in(principal: object, known: frozenset[str]) -> bool:
    if principal == "*":
        return True
    named = listed(principal.get("AWS")) if isinstance(principal, Mapping) else []
    return any(name == "*" or name in known for name in named)
