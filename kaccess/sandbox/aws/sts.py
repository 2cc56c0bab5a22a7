"""STS: who is calling, and sessions of roles and users.

moto answers one fixed identity to presigned requests, lets anyone assume any role, and checks no trust policy; so the
sandbox answers these calls itself. Session policies are refused, not ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from moto.iam.models import Role

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.authorization import Action, authorize_assume_role
from kaccess.sandbox.aws.errors import AwsError, forbidden
from kaccess.sandbox.aws.iam_conditions import Values
from kaccess.sandbox.aws.messages import AwsRequest, Response
from kaccess.sandbox.aws.mfa import Mfa
from kaccess.sandbox.aws.query import Value, answer
from kaccess.sandbox.aws.sessions import Credentials, Sessions

ASSUME: Final = "sts:AssumeRole"
SHORTEST: Final = 900
DEFAULT_ROLE_SESSION: Final = 3600
LONGEST_CHAINED: Final = 3600
DEFAULT_USER_SESSION: Final = 43_200
LONGEST_USER_SESSION: Final = 129_600
"""Durations in seconds, from the STS API reference."""

_SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_NOT_MODELLED: Final = ("Policy", "PolicyArns.member.1.arn")


@dataclass(frozen=True)
class Sts:
    """STS of one account at one moment: `sessions` are its sessions, `mfa` its devices."""

    sessions: Sessions
    mfa: Mfa
    now: datetime

    def handle(self, request: AwsRequest, caller: Credentials) -> Response:
        """Answer one STS call of a verified caller.

        Raises:
            AwsError: as STS refuses it.
        """
        action = request.parameters.get("Action", "")
        if action == "GetCallerIdentity":
            result: dict[str, Value] = caller_identity(caller.principal)
        elif action == "AssumeRole":
            result = _assume_role(self, request.parameters, caller)
        elif action == "GetSessionToken":
            result = _session_token(self, request.parameters, caller)
        else:
            raise AwsError("InvalidAction", f"Could not find operation {action} in the sandbox's STS")
        return answer(request, "sts", action, result)


def caller_identity(principal: Principal) -> dict[str, Value]:
    """What GetCallerIdentity says of a principal."""
    return {"Arn": principal.arn, "UserId": principal.user_id, "Account": principal.account}


def _assume_role(sts: Sts, parameters: dict[str, str], caller: Credentials) -> dict[str, Value]:
    _refuse_unmodelled(parameters)
    account, role_arn = sts.sessions.account, parameters.get("RoleArn", "")
    session_name = parameters.get("RoleSessionName", "")
    if not _SESSION_NAME.fullmatch(session_name):
        raise _validation(f"Value '{session_name}' at 'roleSessionName' must satisfy [\\w+=,.@-]{{2,64}}")
    role = _role(account, role_arn)
    if role is None:
        arn = caller.principal.arn
        raise forbidden("AccessDenied", f"User: {arn} is not authorized to perform: {ASSUME} on resource: {role_arn}")
    with_mfa = sts.mfa.checked(parameters, caller.principal, sts.now)
    action = Action(ASSUME, role_arn, _assume_role_context(account, parameters, role, with_mfa=with_mfa))
    authorize_assume_role(account, caller, action, role, sts.now)
    duration = _role_duration(parameters, role, caller.principal)
    session_arn = account.arn("sts", f"assumed-role/{role.name}/{session_name}")
    principal = Principal(account.id, session_arn, role.name, role.id, session_name)
    return {
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "Credentials": _credentials(sts.sessions.start(principal, duration, sts.now, with_mfa=with_mfa)),
    }


def _session_token(sts: Sts, parameters: dict[str, str], caller: Credentials) -> dict[str, Value]:
    if caller.session_token is not None:
        raise forbidden("AccessDenied", "Cannot call GetSessionToken with session credentials")
    with_mfa = sts.mfa.checked(parameters, caller.principal, sts.now)
    duration = _duration(parameters, DEFAULT_USER_SESSION, LONGEST_USER_SESSION)
    return {"Credentials": _credentials(sts.sessions.start(caller.principal, duration, sts.now, with_mfa=with_mfa))}


def _role(account: Account, role_arn: str) -> Role | None:
    try:
        role = account.role(Arn.parse(role_arn).name)
    except Usage:
        raise _validation(f"{role_arn} is invalid") from None
    return role if role is not None and role.arn == role_arn else None


def _assume_role_context(
    account: Account, parameters: dict[str, str], role: Role, *, with_mfa: bool
) -> dict[str, Values]:
    """The condition keys of a request; a code that comes with it counts for it, whatever credentials sign it."""
    keys = {"RoleSessionName": "sts:rolesessionname", "ExternalId": "sts:externalid"}
    keys["SourceIdentity"] = "sts:sourceidentity"
    asked = {key: parameters[name] for name, key in keys.items() if name in parameters}
    tags = account.role_tags(role.name).items()
    mfa = {"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "0"} if with_mfa else {}
    return {
        **asked,
        **mfa,
        **{f"{of}:resourcetag/{key.lower()}": value for of in ("aws", "iam") for key, value in tags},
    }


def _role_duration(parameters: dict[str, str], role: Role, caller: Principal) -> timedelta:
    longest = int(role.max_session_duration or DEFAULT_ROLE_SESSION)
    text = parameters.get("DurationSeconds", "")
    if caller.is_role and text.isdecimal() and int(text) > LONGEST_CHAINED:
        raise _validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        )
    if text.isdecimal() and int(text) > longest:
        raise _validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return _duration(parameters, DEFAULT_ROLE_SESSION, longest)


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
