"""IAM: moto's, with what it leaves out: the pages of GetGroup, ids and dates as AWS gives them, refusals."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

from moto.iam.models import Group, Role, User

from kaccess.sandbox.aws.account import Account
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.iam_rules import check_call
from kaccess.sandbox.aws.messages import AwsRequest, Response
from kaccess.sandbox.aws.mfa import Mfa
from kaccess.sandbox.aws.query import Value, answer

DEFAULT_PAGE: Final = 100
LONGEST_PAGE: Final = 1000
"""MaxItems of GetGroup (IAM API reference)."""

_CREATE_DATE: Final = re.compile(rb"<CreateDate>[^<]*</CreateDate>")
_NOT_IN_LISTS: Final = re.compile(rb"<Tags>.*?</Tags>|<Tags ?/>|<RoleLastUsed>.*?</RoleLastUsed>", re.DOTALL)
"""What ListRoles does not tell of a role (IAM API reference: ask GetRole)."""


@dataclass(frozen=True)
class Iam:
    """IAM of one account at one moment; `moto` answers what it can."""

    account: Account
    mfa: Mfa
    now: datetime
    moto: Callable[[AwsRequest], Response]

    def handle(self, request: AwsRequest) -> Response:
        """Answer an authorized call.

        Raises:
            AwsError: as IAM refuses it.
        """
        parameters, name = request.parameters, request.parameters["Action"]
        if name == "GetGroup":
            return _get_group(request, self.account)
        check_call(name, parameters, self.account)
        if name == "EnableMFADevice":
            self.mfa.check_pair(parameters, self.now)
        response = self.moto(request)
        if name == "ListRoles":
            return response.with_body(_NOT_IN_LISTS.sub(b"", response.body))
        return self._born(response, name, parameters) if response.succeeded else response

    def _born(self, response: Response, name: str, parameters: Mapping[str, str]) -> Response:
        """The answer about what was just created, as AWS would have named and dated it."""
        made: User | Group | Role | None = None
        if name == "CreateUser":
            made = self.account.user(parameters["UserName"])
        elif name == "CreateGroup":
            made = self.account.group(parameters["GroupName"])
        elif name == "CreateRole":
            made = self.account.role(parameters["RoleName"])
        if made is None:
            return response
        before = made.id
        christen(made, self.now)
        date = f"<CreateDate>{made.create_date:%Y-%m-%dT%H:%M:%SZ}</CreateDate>".encode()
        return response.with_body(_CREATE_DATE.sub(date, response.body.replace(before.encode(), made.id.encode())))


def christen(made: User | Group | Role, now: datetime) -> None:
    """Give a new user, group or role an id like AWS's, where moto's is not, and its date by the sandbox's clock."""
    made.create_date = now.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None)
    prefix = {User: "AIDA", Group: "AGPA"}.get(type(made))
    if prefix is not None:
        made.id = prefix + secrets.token_hex(8).upper() + "K"


def _get_group(request: AwsRequest, account: Account) -> Response:
    """GetGroup: the group and one page of its users."""
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
