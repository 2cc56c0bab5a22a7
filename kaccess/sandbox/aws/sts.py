"""STS: who is calling, and sessions of roles and users.

moto answers one fixed identity to presigned requests, lets anyone assume any role, and checks no trust policy; so the
sandbox answers these calls itself. Session policies and MFA are refused, not ignored.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from moto.iam.models import Role

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.authorization import Action, authorize_assume_role
from kaccess.sandbox.aws.errors import AwsError, forbidden
from kaccess.sandbox.aws.messages import AwsRequest, Response
from kaccess.sandbox.aws.query import Value, answer
from kaccess.sandbox.aws.sessions import Credentials, Sessions

SHORTEST: Final = 900
DEFAULT_ROLE_SESSION: Final = 3600
LONGEST_CHAINED: Final = 3600
DEFAULT_USER_SESSION: Final = 43_200
LONGEST_USER_SESSION: Final = 129_600
"""Durations in seconds, from the STS API reference."""

_SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_NOT_MODELLED: Final = ("Policy", "PolicyArns.member.1.arn", "SerialNumber", "TokenCode")


def handle(request: AwsRequest, sessions: Sessions, caller: Credentials, now: datetime) -> Response:
    """Answer one STS call of a verified caller.

    Raises:
        AwsError: as STS refuses it.
    """
    action = request.parameters.get("Action", "")
    if action == "GetCallerIdentity":
        result: dict[str, Value] = caller_identity(caller.principal)
    elif action == "AssumeRole":
        result = _assume_role(request.parameters, sessions, caller, now)
    elif action == "GetSessionToken":
        result = _session_token(request.parameters, sessions, caller, now)
    else:
        raise AwsError("InvalidAction", f"Could not find operation {action} in the sandbox's STS")
    return answer(request, "sts", action, result)


def caller_identity(principal: Principal) -> dict[str, Value]:
    """What GetCallerIdentity says of a principal."""
    return {"Arn": principal.arn, "UserId": principal.user_id, "Account": principal.account}


def _assume_role(
    parameters: dict[str, str], sessions: Sessions, caller: Credentials, now: datetime
) -> dict[str, Value]:
    _refuse_unmodelled(parameters)
    account, role_arn = sessions.account, parameters.get("RoleArn", "")
    session_name = parameters.get("RoleSessionName", "")
    if not _SESSION_NAME.fullmatch(session_name):
        raise _validation(f"Value '{session_name}' at 'roleSessionName' must satisfy [\\w+=,.@-]{{2,64}}")
    role = _role(account, role_arn)
    action = Action("sts:AssumeRole", role_arn, _assume_role_context(parameters))
    if role is None:
        arn = caller.principal.arn
        raise forbidden(
            "AccessDenied", f"User: {arn} is not authorized to perform: {action.name} on resource: {role_arn}"
        )
    authorize_assume_role(account, caller.principal, action, role)
    duration = _duration(parameters, DEFAULT_ROLE_SESSION, _longest(role, caller.principal))
    session_arn = account.arn("sts", f"assumed-role/{role.name}/{session_name}")
    principal = Principal(account.id, session_arn, role.name, role.id, session_name)
    return {
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "Credentials": _credentials(sessions.start(principal, duration, now)),
    }


def _session_token(
    parameters: dict[str, str], sessions: Sessions, caller: Credentials, now: datetime
) -> dict[str, Value]:
    _refuse_unmodelled(parameters)
    if caller.session_token is not None:
        raise forbidden("AccessDenied", "Cannot call GetSessionToken with session credentials")
    duration = _duration(parameters, DEFAULT_USER_SESSION, LONGEST_USER_SESSION)
    return {"Credentials": _credentials(sessions.start(caller.principal, duration, now))}


def _role(account: Account, role_arn: str) -> Role | None:
    try:
        role = account.role(Arn.parse(role_arn).name)
    except Usage:
        raise _validation(f"{role_arn} is invalid") from None
    return role if role is not None and role.arn == role_arn else None


def _assume_role_context(parameters: dict[str, str]) -> dict[str, str]:
    keys = {"RoleSessionName": "sts:rolesessionname", "ExternalId": "sts:externalid"}
    keys["SourceIdentity"] = "sts:sourceidentity"
    return {key: parameters[name] for name, key in keys.items() if name in parameters}


def _longest(role: Role, caller: Principal) -> int:
    longest = int(role.max_session_duration or DEFAULT_ROLE_SESSION)
    return min(longest, LONGEST_CHAINED) if caller.is_role else longest


def _duration(parameters: dict[str, str], default: int, longest: int) -> timedelta:
    text = parameters.get("DurationSeconds", str(min(default, longest)))
    if not text.isdecimal() or not SHORTEST <= int(text) <= longest:
        raise _validation(f"The requested DurationSeconds must be between {SHORTEST} and {longest} seconds.")
    return timedelta(seconds=int(text))


def _credentials(credentials: Credentials) -> dict[str, Value]:
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret,
        "SessionToken": credentials.session_token or "",
        "Expiration": credentials.expiration or "",
    }


def _refuse_unmodelled(parameters: dict[str, str]) -> None:
    for name in _NOT_MODELLED:
        if name in parameters:
            raise _validation(f"The sandbox does not know the parameter {name}")


def _validation(message: str) -> AwsError:
    return AwsError("ValidationError", message)
