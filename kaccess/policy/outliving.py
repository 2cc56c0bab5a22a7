"""What people may make with a role and keep when their grant of it has ended.

Kubernetes ends what a binding gives with the binding. What was made meanwhile lives on under an identity of its own:
that of a service account, or of whoever was bound. What they have only read (secrets, the token in a container that
they opened a shell in) they may keep after any grant; those risks are the role's, whether its grants end or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kaccess.model.rule import Rule
from kaccess.rbac.allow import rule_allows
from kaccess.rbac.catalogue import Severity
from kaccess.rbac.request import Request
from kaccess.rbac.risk import risks

OUTLIVES_GRANT: Final = "outlives-grant"
"""The id by which a role accepts, in `allow`, what is kept from it."""

_KEPT: Final = MappingProxyType(
    {
        "token-minting": "tokens of service accounts",
        "rbac-write": "roles and bindings that were written under it",
        "create-workloads": "workloads that were started under it (with the tokens of their service accounts)",
    }
)
"""What is kept by whoever may do what is a risk of `kaccess.rbac` anyway."""

_WARNED_OF: Final = frozenset({"create-workloads"})
"""Most roles of developers start workloads, and those are seen; a token is not."""

_READING: Final = "secrets-read"
_MAKING_SECRETS: Final = Request("create", "secrets")

ANY_SECRETS: Final = Rule(("get", "create"), ("",), ("secrets",))
"""What somebody else's role may add to one that only reads secrets, or only makes them."""


@dataclass(frozen=True)
class Kept:
    """Something that is kept: `refuse` if it lets people go on as before, `warn` if it may."""

    what: str
    severity: Severity


def kept_of(rules: Iterable[Rule], beside: Iterable[Rule] = ()) -> Iterator[Kept]:
    """What these rules let people keep, each thing once; `beside` are rules that the same people have there, too."""
    rules = tuple(rules)
    ids = {risk.id for risk in risks(rules)}
    for risk, what in _KEPT.items():
        if risk in ids:
            yield Kept(what, "warn" if risk in _WARNED_OF else "refuse")
    # Kubernetes fills a secret of the type service-account-token; whoever reads it has a token without an end.
    reads, makes = _READING in ids, _makes(rules)
    beside = tuple(beside) if reads is not makes else ()
    if (reads or _reads(beside)) and (makes or _makes(beside)):
        yield Kept("tokens of service accounts (from secrets that were made under it)", "refuse")


def _reads(rules: tuple[Rule, ...]) -> bool:
    return any(risk.id == _READING for risk in risks(rules))


def _makes(rules: tuple[Rule, ...]) -> bool:
    return any(rule_allows(rule, _MAKING_SECRETS) for rule in rules)
