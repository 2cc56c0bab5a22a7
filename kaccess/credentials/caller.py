"""Whose token it is: what must be unchanged for a token from the cache to be this caller's.

Credentials are named by what chooses them, without loading them: the access key id of the environment, the variables
that pick a profile or another source, and the shared files as they are now, down to their last change.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from kaccess.credentials.token import TokenRequest

_CHOOSERS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
)
_FILES = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))


def subject(request: TokenRequest, environ: Mapping[str, str]) -> str:
    """What has a cache file of its own: cluster, region, role, profile and access key id, on one line."""
    parts = (request.cluster, request.region, request.iam_role, request.profile, environ.get("AWS_ACCESS_KEY_ID"))
    return ascii(parts)


def fingerprint(environ: Mapping[str, str]) -> str:
    """What else the credentials depend on, on one line; if it changes, the token in the file is not used."""
    choosers = tuple(environ.get(name) for name in _CHOOSERS)
    return ascii((choosers, tuple(_stamp(environ.get(variable, default)) for variable, default in _FILES)))


def _stamp(path: str) -> tuple[str, int, int, int] | None:
    """What changes when the file at `path` is edited or replaced; None if there is none."""
    try:
        found = os.stat(os.path.expanduser(os.path.expandvars(path)))  # noqa: PTH116, PTH111 - not on a cache hit
    except OSError:
        return None
    return (path, found.st_mtime_ns, found.st_size, found.st_ino)
