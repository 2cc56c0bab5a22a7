"""Lists of IAM, page by page, and what was perhaps meant by a name that IAM does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeAlias

from botocore.parsers import ResponseParserError

from kaccess.aws.errors import AwsError, NotFound
from kaccess.aws.session import AwsSession
from kaccess.model.errors import Missing

_PAGE: Final = 1000
"""The most that IAM gives at once; it may give fewer although there are more."""


AuthorizationKind: TypeAlias = Literal["User", "Group", "Role", "LocalManagedPolicy"]

_DETAILS: Final[Mapping[AuthorizationKind, str]] = {
    "User": "UserDetailList",
    "Group": "GroupDetailList",
    "Role": "RoleDetailList",
    "LocalManagedPolicy": "Policies",
}
"""Where GetAccountAuthorizationDetails puts each kind of thing."""


class NoSuchGroup(NotFound, Missing):
    """IAM has no group of this name."""


class NoSuchRole(NotFound, Missing):
    """IAM has no such role."""


class NoSuchUser(NotFound, Missing):
    """IAM has no user of this name."""


@dataclass(frozen=True)
class _Kind:
    """A kind of thing, and how boto3 calls the operation that lists it."""

    error: type[NotFound]
    noun: str
    list: Literal["list_groups", "list_roles", "list_users"]
    advice: str


_GROUP: Final = _Kind(NoSuchGroup, "group", "list_groups", "create it, or set `iam_group` for this group")
_ROLE: Final = _Kind(NoSuchRole, "role", "list_roles", "check its name and the AWS account")
_USER: Final = _Kind(NoSuchUser, "user", "list_users", "check their name and the AWS account")


def listed(call: Callable[..., Mapping[str, Any]], key: str, **request: object) -> Iterator[Any]:
    """Everything that a list of IAM holds under `key`, over all its pages.

    To be used up within `AwsSession.calling`, which makes errors of answers that are not IAM's.
    """
    marker: dict[str, str] = {}
    while True:
        page = call(**request, MaxItems=_PAGE, **marker)
        yield from page[key]
        if not page["IsTruncated"]:
            return
        if page["Marker"] == marker.get("Marker"):
            raise ResponseParserError("a list that goes on where it was")
        marker = {"Marker": page["Marker"]}


def authorization_details(session: AwsSession, *kinds: AuthorizationKind) -> dict[str, list[Any]]:
    """All that GetAccountAuthorizationDetails tells of these kinds of things, by the key that it has each under."""
    call = session.client("iam").get_account_authorization_details
    found: dict[str, list[Any]] = {_DETAILS[kind]: [] for kind in kinds}

    def page(**request: object) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = call(**request)  # type: ignore[arg-type]
        for key in found:
            found[key] += answer.get(key) or ()
        return answer

    with session.calling("iam:GetAccountAuthorizationDetails"):
        for _ in listed(page, _DETAILS[kinds[0]], Filter=list(kinds)):
            pass
    return found


def no_group(session: AwsSession, name: str, error: AwsError) -> NotFound:
    """The error for an IAM group that is not there, with the name that was perhaps meant."""
    return _missing(session, _GROUP, name, error)


def no_role(session: AwsSession, name: str, error: AwsError) -> NotFound:
    """The error for an IAM role that is not there, with the name that was perhaps meant."""
    return _missing(session, _ROLE, name, error)


def no_user(session: AwsSession, name: str, error: AwsError) -> NotFound:
    """The error for an IAM user who is not there, with the name that was perhaps meant."""
    return _missing(session, _USER, name, error)


def _missing(session: AwsSession, kind: _Kind, name: str, error: AwsError) -> NotFound:
    close = get_close_matches(name, _names(session, kind), 1)
    advice = f"did you mean {close[0]!r}?" if close else kind.advice
    return kind.error(f"IAM has no {kind.noun} {name!r}; {advice}", operation=error.operation, code=error.code)


def _names(session: AwsSession, kind: _Kind) -> list[str]:
    """All names of a kind; none if the caller may not list them, since they only serve a suggestion."""
    noun = kind.noun.title()
    client = session.client("iam")
    try:
        with session.calling(f"iam:List{noun}s"):
            pages: Iterable[Mapping[str, Any]] = client.get_paginator(kind.list).paginate()
            return [each[f"{noun}Name"] for page in pages for each in page[f"{noun}s"]]
    except AwsError:
        return []
