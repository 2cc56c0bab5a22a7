"""Acting as someone else: the `Impersonate-*` headers and the rights they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from starlette.datastructures import Headers

from kaccess.rbac.authorizer import SERVICE_ACCOUNT_PREFIX
from kaccess.rbac.request import Request
from kaccess.sandbox.kube.authorize import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, Authority, UserInfo
from kaccess.sandbox.kube.statuses import bad_request

_EXTRA: Final = "impersonate-extra-"
_AUTHENTICATION: Final = "authentication.k8s.io"


def acting_user(user: UserInfo, headers: Headers, authority: Authority) -> UserInfo:
    """Whom the request acts as: `user`, or whom its headers name.

    Raises:
        StatusError: 403, `user` may not impersonate all that is named; 400, no user name is among it.
    """
    username, uid = headers.get("impersonate-user", ""), headers.get("impersonate-uid", "")
    groups, extra = tuple(headers.getlist("impersonate-group")), _extra(headers)
    if not username:
        if groups or uid or extra:
            raise bad_request("groups, a uid or extras are requested without impersonating a user name")
        return user
    for request in _requests(username, uid, groups, extra):
        authority.require(user, request)
    return UserInfo(username, uid, _completed(username, groups), extra)


def _extra(headers: Headers) -> dict[str, tuple[str, ...]]:
    names = sorted({name for name in headers if name.startswith(_EXTRA)})
    return {unquote(name[len(_EXTRA) :]): tuple(headers.getlist(name)) for name in names}


def _requests(
    username: str, uid: str, groups: tuple[str, ...], extra: Mapping[str, tuple[str, ...]]
) -> Iterator[Request]:
    namespace, _, account = username.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
    if username.startswith(SERVICE_ACCOUNT_PREFIX) and account:
        yield Request("impersonate", "serviceaccounts", namespace=namespace, name=account)
    else:
        yield Request("impersonate", "users", name=username)
    for group in groups:
        yield Request("impersonate", "groups", name=group)
    if uid:
        yield Request("impersonate", "uids", _AUTHENTICATION, name=uid)
    for key, values in extra.items():
        for value in values:
            yield Request("impersonate", "userextras", _AUTHENTICATION, subresource=key, name=value)


def _completed(username: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """The groups with those the API server adds: all of a service account unless some are named, and who is known."""
    namespace, _, account = username.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
    if username.startswith(SERVICE_ACCOUNT_PREFIX) and account and not groups:
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    known = UNAUTHENTICATED if username == ANONYMOUS else AUTHENTICATED
    return groups if {AUTHENTICATED, UNAUTHENTICATED} & set(groups) else (*groups, known)
