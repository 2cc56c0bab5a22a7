"""Who may assume an IAM role: its trust policy, and what the policies of users and groups allow.

It says rather too much than too little: conditions of an allowance are taken as met, and a denial counts only if it
holds always or names users. Whoever is neither a user of the account nor the whole account is told as it stands, and
so are the roles of the account that may assume it because the whole account is trusted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from kaccess.audit.snapshot import AccountSnapshot, Assuming, IamUser, TrustedRole
from kaccess.model.arn import Arn

_ASSUME: Final = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")


@dataclass(frozen=True)
class Assumer:
    """An IAM user who may assume a role; `by` is the IAM group whose policy allows it, empty if it is their own."""

    user: IamUser
    by: str = ""


@dataclass(frozen=True)
class Trust:
    """Who may assume a role: users of the account, and others in words."""

    assumers: tuple[Assumer, ...]
    others: tuple[str, ...]


def trust_of(role: TrustedRole, account: AccountSnapshot) -> Trust:
    """Who may assume the role, as far as its account was read."""
    statements = list(_statements(json.loads(role.trust)))
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    denied = _denied_names(each for each in statements if each["Effect"] == "Deny")
    trusted = {name for each in allowed for name in _principals(each)}
    assumers = tuple(
        assumer
        for assumer in _assumers(role.arn, account, trusted)
        if not denied & {assumer.user.name, assumer.user.arn} and not _is_denied(assumer.user, role.arn, account)
    )
    others = {words for each in allowed for words in (*_others(each, account), *_roles(each, role.arn, account))}
    return Trust(assumers, tuple(sorted(others)))


def _assumers(role: str, account: AccountSnapshot, trusted: set[str]) -> Iterator[Assumer]:
    """Whom the trust policy names; and, where it trusts the account, whoever is allowed to by another policy."""
    direct = {arn: account.users_by_arn[arn] for arn in trusted if arn in account.users_by_arn}
    if trusted & _whole_account(role):
        direct |= {user.arn: user for user in account.users if allows(user.assuming, role)}
        for group in account.iam_groups:
            if allows(group.assuming, role):
                yield from (Assumer(user, group.name) for user in account.members(group.name) if user.arn not in direct)
    yield from (Assumer(user) for _, user in sorted(direct.items()))


def _is_denied(user: IamUser, role: str, account: AccountSnapshot) -> bool:
    groups = (account.groups_by_name[name] for name in user.iam_groups if name in account.groups_by_name)
    return any(_matches(role, each.denied) for each in (user.assuming, *(group.assuming for group in groups)))


def allows(assuming: Assuming, role: str) -> bool:
    """Whether policies let someone assume the role of this ARN, if it trusts the account."""
    return _matches(role, assuming.allowed)


def _matches(role: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(role, pattern.replace("[", "[[]")) for pattern in patterns)


def _whole_account(role: str) -> frozenset[str]:
    """How a trust policy says that the policies of the role's own account decide."""
    arn = Arn.parse(role)
    return frozenset({"*", arn.account, f"arn:{arn.partition}:iam::{arn.account}:root"})


def _roles(statement: Mapping[str, Any], role: str, account: AccountSnapshot) -> Iterator[str]:
    """The roles of the account from which this one can be assumed; what asks for the name of a user, none can."""
    if _whole_account(role).isdisjoint(_principals(statement)) or "${aws:username}" in str(statement.get("Condition")):
        return
    yield from (each.arn for each in account.iam_roles if each.arn != role and allows(each.assuming, role))


def _statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = document.get("Statement") or ()
    for each in [found] if isinstance(found, Mapping) else found:
        actions = _texts(each.get("Action"))
        if "NotAction" in each or any(fnmatchcase(wanted, action) for wanted in _ASSUME for action in actions):
            yield each


def _principals(statement: Mapping[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        yield from _texts(principal.get("AWS"))
    elif principal or "NotPrincipal" in statement:
        yield "*"


def _others(statement: Mapping[str, Any], account: AccountSnapshot) -> Iterator[str]:
    """Those that are no users of the account, in words."""
    for name in _principals(statement):
        if name == "*":
            yield "anybody, of any AWS account"
        elif not (
            name == account.account or name in account.users_by_arn or name.endswith(f"::{account.account}:root")
        ):
            yield name
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        yield from (f"people of {name}" for name in _texts(principal.get("Federated")))
        yield from (f"the AWS service {name}" for name in _texts(principal.get("Service")))


def _denied_names(statements: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The names and ARNs of users that are denied whatever they bring along."""
    found: set[str] = set()
    for each in statements:
        condition = each.get("Condition") or {}
        if not condition:
            found.update(_principals(each))
        elif condition.keys() == {"StringEquals"} and condition["StringEquals"].keys() == {"aws:username"}:
            found.update(_texts(condition["StringEquals"]["aws:username"]))
    return frozenset(found)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
