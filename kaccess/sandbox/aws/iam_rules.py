"""What IAM refuses and moto would do: deleting what is in use, changing what is AWS's, trusting nobody who exists."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.sandbox.aws.account import Account
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.iam_conditions import listed

CONFLICT: Final = 409
_RESERVED_PATHS: Final = ("/aws-reserved/", "/aws-service-role/")
_READS: Final = ("Get", "List", "Simulate")


def check_call(name: str, parameters: Mapping[str, str], account: Account) -> None:
    """Refuse what IAM refuses; `name` is the operation without its service.

    Raises:
        AwsError: as IAM says it.
    """
    role = account.role(parameters.get("RoleName", ""))
    if role is not None and role.path.startswith(_RESERVED_PATHS) and not name.startswith(_READS):
        raise AwsError(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS",
        )
    if name in _CHECKS:
        _CHECKS[name](parameters, account)


def _check_trust(document: str | None, account: Account) -> None:
    try:
        statements = listed(json.loads(document or "")["Statement"])
        principals = [statement[key] for statement in statements for key in _PRINCIPALS if key in statement]
    except (ValueError, TypeError, KeyError):
        raise _malformed("This policy contains invalid Json") from None
    for principal in principals:
        for arn in listed(principal.get("AWS")) if isinstance(principal, dict) else []:
            if not _may_be_trusted(str(arn), account):
                raise _malformed(f'Invalid principal in policy: "AWS":"{arn}"')


_PRINCIPALS: Final = ("Principal", "NotPrincipal")


def _may_be_trusted(text: str, account: Account) -> bool:
    """Whether a principal of a trust policy exists; of other accounts the sandbox cannot know."""
    if text == "*" or (text.isdecimal() and len(text) == len(account.id)):
        return True
    try:
        arn = Arn.parse(text)
    except Usage:
        return False
    if arn.account != account.id or arn.resource == "root":
        return True
    if arn.service == "sts":
        return account.role(arn.resource.split("/")[1]) is not None
    return account.unique_id(text) is not None


def _check_user_is_bare(parameters: Mapping[str, str], account: Account) -> None:
    user = account.user(parameters.get("UserName", ""))
    if user is None:
        return
    if account.iam.get_groups_for_user(user.name):
        raise _in_use("must remove user from all groups first")
    if user.access_keys:
        raise _in_use("must delete access keys first")
    if user.mfa_devices:
        raise _in_use("must delete MFA device first")


def _check_group_is_bare(parameters: Mapping[str, str], account: Account) -> None:
    group = account.group(parameters.get("GroupName", ""))
    if group is None:
        return
    if group.users:
        raise _in_use("must remove users from group first")
    if group.policies or group.managed_policies:
        raise _in_use("must delete policies first")


def _in_use(why: str) -> AwsError:
    return AwsError("DeleteConflict", f"Cannot delete entity, {why}.", CONFLICT)


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message)


_CHECKS: Final[Mapping[str, Callable[[Mapping[str, str], Account], None]]] = {
    "CreateRole": lambda parameters, account: _check_trust(parameters.get("AssumeRolePolicyDocument"), account),
    "UpdateAssumeRolePolicy": lambda parameters, account: _check_trust(parameters.get("PolicyDocument"), account),
    "DeleteUser": _check_user_is_bare,
    "DeleteGroup": _check_group_is_bare,
}
