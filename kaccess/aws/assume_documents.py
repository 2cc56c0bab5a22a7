"""What kaccess never writes into IAM, whatever a plan says: a document that allows more than assuming the one role.

Planning makes these documents and knows this too. Here is the last place before the whole account is at stake.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from kaccess.model.arn import Arn
from kaccess.model.errors import KaccessError, Refused
from kaccess.model.iam_policy import canonical
from kaccess.model.names import IAM_PATH, iam_role_name
from kaccess.model.state import IamGroupPolicy, IamRole

_VERSION: Final = "2012-10-17"
"""In the older version of IAM's policy language `${aws:username}` is no variable but text."""

_ASSUME: Final = "sts:AssumeRole"
_OWN_NAME: Final = ("sts:RoleSessionName", "${aws:username}")
"""The condition that pins the name of a session to the user's own, or audit logs would name whom the caller likes."""


def check_trust(role: IamRole, account: str) -> None:
    """Check that a trust policy lets in nobody but users of `account`, each under their own name.

    Raises:
        Refused: it allows more, or the role is not the one of its group.
    """
    if role.name != iam_role_name(role.group):
        _refuse(f"IAM role {role.name}", f"it is not the one of the group {role.group}")
    for statement in _statements(f"the trust policy of {role.name}", role.trust):
        if not _narrows(statement) and not _trusts_own_names(statement, account):
            _refuse(f"the trust policy of {role.name}", "it lets in more than this account's users by their own names")


def check_group_policy(policy: IamGroupPolicy) -> None:
    """Check that the policy of an IAM group allows to assume the role of its group and nothing else.

    Raises:
        Refused: it allows more.
    """
    what = f"the policy {policy.key.name}"
    for statement in _statements(what, policy.document):
        if not _narrows(statement) and not _allows_role_alone(statement, policy.group):
            _refuse(what, f"it allows more than to assume {iam_role_name(policy.group)}")


def _statements(what: str, document: str) -> list[Mapping[str, Any]]:
    try:
        parsed: Mapping[str, Any] = json.loads(canonical(json.loads(document, object_pairs_hook=_unambiguous)))
    except (ValueError, AttributeError):
        _refuse(what, "it is no policy document")
    if set(parsed) != {"Version", "Statement"} or parsed["Version"] != _VERSION:
        _refuse(what, f"it is no policy document of version {_VERSION}")
    if not all(isinstance(statement, dict) for statement in parsed["Statement"]):
        _refuse(what, "it is no policy document")
    return list(parsed["Statement"])


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON with a name given twice would be read in one way here and perhaps in another by IAM."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _narrows(statement: Mapping[str, Any]) -> bool:
    return statement.get("Effect") == "Deny"


def _trusts_own_names(statement: Mapping[str, Any], account: str) -> bool:
    key, value = _OWN_NAME
    conditions = statement.get("Condition")
    return (
        set(statement) - {"Sid"} == {"Effect", "Action", "Principal", "Condition"}
        and (statement["Effect"], statement["Action"]) == ("Allow", _ASSUME)
        and _is_account(statement["Principal"], account)
        and isinstance(conditions, dict)
        and isinstance(conditions.get("StringEquals"), dict)
        and conditions["StringEquals"].get(key) == value
    )


def _is_account(principal: object, account: str) -> bool:
    if not isinstance(principal, dict) or set(principal) != {"AWS"}:
        return False
    arn = _arn(principal["AWS"])
    return arn is not None and (arn.service, arn.region, arn.account, arn.resource) == ("iam", "", account, "root")


def _allows_role_alone(statement: Mapping[str, Any], group: str) -> bool:
    if set(statement) - {"Sid", "Condition"} != {"Effect", "Action", "Resource"}:
        return False
    if (statement["Effect"], statement["Action"]) != ("Allow", _ASSUME):
        return False
    arn = _arn(statement["Resource"])
    role = f"role{IAM_PATH}{iam_role_name(group)}"
    return arn is not None and (arn.service, arn.region, arn.resource) == ("iam", "", role) and arn.account.isdecimal()


def _arn(text: object) -> Arn | None:
    try:
        return Arn.parse(text) if isinstance(text, str) else None
    except KaccessError:
        return None


def _refuse(what: str, why: str) -> NoReturn:
    raise Refused(f"{what}: {why}; kaccess never writes that")
