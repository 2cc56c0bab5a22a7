"""Obtaining a token: from the cache, or minted once however many ask at the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.cache import TokenCache
from kaccess.credentials.folder import hold
from kaccess.credentials.sign import sign
from kaccess.credentials.token import Token, TokenRequest


def obtain(
    request: TokenRequest, load: Callable[[], AwsCredentials], clock: Callable[[], datetime], cache: TokenCache
) -> Token:
    """A token for `request`: the cached one while it lasts, else one signed with what `load` returns.

    `load` is called at most once, and not at all by those who wait for another call's token. `clock` tells the time;
    it is asked again after each wait, since a lock or a question to a person may take minutes.

    Raises:
        KaccessError: `load` or `sign` said so.
    """
    slot = cache.slot(request)
    with hold(slot.path):
        kept = slot.read(clock().timestamp())
        if kept is not None:
            return kept
        token = sign(load(), cluster=request.cluster, region=request.region, now=clock())
        slot.write(token)
        return token
