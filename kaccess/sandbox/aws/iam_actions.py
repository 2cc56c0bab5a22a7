"""Which actions an IAM call is, on which resources and with which condition keys.

All are those of the Service Authorization Reference. A call that gives tags to what it creates is two actions, since
tagging is one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.authorization import Action
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.iam_conditions import Values
from kaccess.sandbox.aws.messages import AwsRequest

OF_THE_CALLER: Final = frozenset({"GetUser", "ListAccessKeys", "ListMFADevices", "CreateAccessKey"})
"""Actions that speak of the calling user unless they name one."""

_CREATED: Final = {
    "CreateUser": ("user", "UserName"),
    "CreateGroup": ("group", "GroupName"),
    "CreateRole": ("role", "RoleName"),
    "CreateVirtualMFADevice": ("mfa", "VirtualMFADeviceName"),
}
_TAGGING: Final = {"CreateUser": "iam:TagUser", "CreateRole": "iam:TagRole"}


def actions_of(request: AwsRequest, account: Account, caller: Principal) -> tuple[Action, ...]:
    """The actions that a caller needs policies for, the one that the call is named by first.

    Raises:
        AwsError: InvalidAction without an action, ValidationError for a role that asks about itself as a user.
    """
    name, parameters = request.parameters.get("Action", ""), request.parameters
    if not name:
        raise AwsError("InvalidAction", "Could not find operation in the request")
    if name in OF_THE_CALLER and "UserName" not in parameters and caller.is_role:
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    requested, removed = _tags(parameters), _members(parameters, "TagKeys")
    tag_keys: dict[str, Values] = {"aws:tagkeys": (*requested, *removed)} if requested or removed else {}
    request_tags = {f"aws:requesttag/{key.lower()}": value for key, value in requested.items()}
    policy: dict[str, Values] = {"iam:policyarn": parameters["PolicyArn"]} if "PolicyArn" in parameters else {}
    context = {**_resource_tags(parameters, account), **tag_keys, **request_tags, **policy}
    action = Action(f"iam:{name}", _resource(parameters, account, caller, name), context)
    return (action, replace(action, name=_TAGGING[name])) if requested and name in _TAGGING else (action,)


def _resource(parameters: Mapping[str, str], account: Account, caller: Principal, name: str) -> str:
    """The ARN a call speaks of; what does not exist is taken to have no path, and lists are of everything."""
    if name in _CREATED:
        kind, parameter = _CREATED[name]
        return account.arn("iam", f"{kind}{parameters.get('Path') or '/'}{parameters.get(parameter, '')}")
    if name in OF_THE_CALLER and "UserName" not in parameters:
        return caller.arn
    lookups: tuple[tuple[str, str, Callable[[str], object | None]], ...] = (
        ("GroupName", "group", account.group),
        ("RoleName", "role", account.role),
        ("UserName", "user", account.user),
    )
    for parameter, kind, find in lookups:
        if parameter in parameters:
            found = find(parameters[parameter])
            return str(getattr(found, "arn", account.arn("iam", f"{kind}/{parameters[parameter]}")))
    return parameters.get("PolicyArn") or parameters.get("SerialNumber") or "*"


def _resource_tags(parameters: Mapping[str, str], account: Account) -> dict[str, Values]:
    """The tags of the role or user that a call is about; groups have none."""
    if "GroupName" in parameters:
        return {}
    if "RoleName" in parameters:
        tags = account.role_tags(parameters["RoleName"])
    else:
        tags = account.user_tags(parameters.get("UserName", ""))
    return {f"{prefix}:resourcetag/{key.lower()}": value for prefix in ("aws", "iam") for key, value in tags.items()}


def _tags(parameters: Mapping[str, str]) -> dict[str, str]:
    """The tags that a call gives."""
    keys = ((name, value) for name, value in parameters.items() if name.startswith("Tags.member."))
    return {value: parameters.get(f"{name[:-4]}.Value", "") for name, value in keys if name.endswith(".Key")}


def _members(parameters: Mapping[str, str], name: str) -> list[str]:
    return [value for key, value in parameters.items() if key.startswith(f"{name}.member.")]
