"""IAM: which action a call is, on what, and GetGroup with the pages that moto leaves out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Final

from moto.iam.models import Group, User

from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.authorization import Action
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest, Response
from kaccess.sandbox.aws.query import Value, answer

DEFAULT_PAGE: Final = 100
LONGEST_PAGE: Final = 1000
"""MaxItems of GetGroup (IAM API reference)."""


def action_of(request: AwsRequest, account: Account, caller: Principal) -> Action:
    """The action and resource that a caller needs a policy for.

    Raises:
        AwsError: InvalidAction without an action.
    """
    name = request.parameters.get("Action", "")
    if not name:
        raise AwsError("InvalidAction", "Could not find operation in the request")
    return Action(f"iam:{name}", _resource(request.parameters, account, caller, name))


def get_group(request: AwsRequest, account: Account) -> Response:
    """GetGroup: the group and one page of its users.

    Raises:
        AwsError: NoSuchEntity or ValidationError.
    """
    name = request.parameters.get("GroupName", "")
    group = account.group(name)
    if group is None:
        raise AwsError("NoSuchEntity", f"The group with name {name} cannot be found.", 404)
    start, size = _marker(request.parameters), _page_size(request.parameters)
    page = group.users[start : start + size]
    result: dict[str, Value] = {"Group": _group(group), "Users": [_user(user) for user in page]}
    more = start + size < len(group.users)
    result["IsTruncated"] = more
    if more:
        result["Marker"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return answer(request, "iam", "GetGroup", result)


def _resource(parameters: Mapping[str, str], account: Account, caller: Principal, action: str) -> str:
    """The ARN a call speaks of. What exists has its path in it; what does not is taken to have none."""
    lookups: tuple[tuple[str, str, Callable[[str], object | None]], ...] = (
        ("GroupName", "group", account.group),
        ("RoleName", "role", account.role),
        ("UserName", "user", account.user),
    )
    if action == "GetUser" and "UserName" not in parameters:
        return caller.arn
    for parameter, kind, find in lookups:
        if parameter in parameters:
            found = find(parameters[parameter])
            return str(getattr(found, "arn", account.arn("iam", f"{kind}/{parameters[parameter]}")))
    return parameters.get("PolicyArn", "*")


def _marker(parameters: Mapping[str, str]) -> int:
    try:
        return int(base64.b64decode(parameters.get("Marker", "MA=="), b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise AwsError("ValidationError", "Invalid Marker.") from None


def _page_size(parameters: Mapping[str, str]) -> int:
    text = parameters.get("MaxItems", str(DEFAULT_PAGE))
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_PAGE:
        raise AwsError("ValidationError", f"Value '{text}' at 'maxItems' must be between 1 and {LONGEST_PAGE}")
    return int(text)


def _group(group: Group) -> dict[str, Value]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
    }


def _user(user: User) -> dict[str, Value]:
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
    }
