"""What a `k8s-aws-v1.` token must look like before anyone asks STS about it: the rules of aws-iam-authenticator.

A token is a presigned sts:GetCallerIdentity URL. Only such a URL may be sent on, or the API server could be made to
call anything at all. Whether the signature is good is asked afterwards.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

PREFIX: Final = "k8s-aws-v1."
CLUSTER_HEADER: Final = "x-k8s-aws-id"
MAX_BYTES: Final = 4096
MAX_EXPIRES: Final = 900
"""Seconds that X-Amz-Expires may say; the token lives `LIFETIME` whatever it says."""

LIFETIME: Final = timedelta(minutes=15)
PARAMETERS: Final = frozenset(
    {
        "action",
        "version",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    }
)
"""All that the query may hold; names are compared without case."""

_DOMAINS: Final = {
    "aws": ("amazonaws.com", "api.aws"),
    "aws-cn": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "aws-us-gov": ("amazonaws.com", "api.aws"),
    "aws-iso": ("c2s.ic.gov",),
    "aws-iso-b": ("sc2s.sgov.gov",),
    "aws-iso-e": ("cloud.adc-e.uk",),
    "aws-iso-f": ("csp.hci.ic.gov",),
    "aws-eusc": ("amazonaws.eu", "api.amazonwebservices.eu"),
}
"""The domains of STS in each partition: its own, then the dual-stack one where there is one."""

_GLOBAL_HOST: Final = "sts.amazonaws.com"
_HOST: Final = re.compile(r"sts(?:-fips)?\.(?P<region>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.(?P<domain>[a-z0-9.-]+)")
_BASE64: Final = re.compile(r"[A-Za-z0-9_-]+")
_MALFORMED: Final = re.compile(r";|%(?![0-9A-Fa-f]{2})")
_DATE: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,4}", re.ASCII)


class TokenRefused(Exception):
    """A token is not accepted; the message is for the API server's log and holds nothing of the token's secret."""


@dataclass(frozen=True)
class ClusterToken:
    """The presigned request in a token that has passed the rules."""

    host: str
    query: str
    access_key_id: str


def read_token(token: str, partition: str, partition_of: Callable[[str], str], now: datetime) -> ClusterToken:
    """Read a token for a cluster in `partition`; `partition_of` tells the partition of a region.

    Raises:
        TokenRefused: it breaks a rule.
    """
    url = _url(token)
    _check_host(url.netloc, partition, partition_of)
    if url.path != "/":
        raise TokenRefused("unexpected path in pre-signed URL")
    parameters = _parameters(url.query)
    if parameters.get("action") != "GetCallerIdentity":
        raise TokenRefused("unexpected action parameter in pre-signed URL")
    if CLUSTER_HEADER not in parameters.get("x-amz-signedheaders", "").lower().split(";"):
        raise TokenRefused(f"client did not sign the {CLUSTER_HEADER} header in the pre-signed URL")
    expires = parameters.get("x-amz-expires", "")
    if not _NUMBER.fullmatch(expires) or int(expires) > MAX_EXPIRES:
        raise TokenRefused(f"X-Amz-Expires in pre-signed URL is not between 0 and {MAX_EXPIRES}")
    _check_date(parameters.get("x-amz-date", ""), now)
    return ClusterToken(url.netloc, url.query, parameters.get("x-amz-credential", "").split("/", 1)[0])


def _url(token: str) -> SplitResult:
    if len(token.encode()) > MAX_BYTES:
        raise TokenRefused("token is too large")
    if not token.startswith(PREFIX):
        raise TokenRefused(f"token is missing expected {PREFIX!r} prefix")
    encoded = token.removeprefix(PREFIX)
    if not _BASE64.fullmatch(encoded) or len(encoded) % 4 == 1:
        raise TokenRefused("token is not base64url without padding")
    text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("latin-1")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise TokenRefused("token is not a URL")
    try:
        url = urlsplit(text)
    except ValueError:
        raise TokenRefused("token is not a URL") from None
    if url.scheme != "https":
        raise TokenRefused("unexpected scheme in pre-signed URL")
    return url


def _check_host(host: str, partition: str, partition_of: Callable[[str], str]) -> None:
    """Any region of the cluster's partition will do, and the global endpoint where there is one."""
    if host == _GLOBAL_HOST:
        if partition != "aws":
            raise TokenRefused(f"global endpoint unsupported in partition {partition}")
        return
    found = _HOST.fullmatch(host)
    if not found or found["domain"] not in _DOMAINS[partition] or partition_of(found["region"]) != partition:
        raise TokenRefused(f"unexpected hostname {host[:100]!r} in pre-signed URL")


def _parameters(query: str) -> dict[str, str]:
    if _MALFORMED.search(query):
        raise TokenRefused("malformed query parameter")
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        key = name.lower()
        if key not in PARAMETERS:
            raise TokenRefused(f"non-whitelisted query parameter {name[:100]!r}")
        if key in parameters:
            raise TokenRefused(f"duplicate query parameter found: {name[:100]!r}")
        parameters[key] = value
    return parameters


def _check_date(date: str, now: datetime) -> None:
    if not _DATE.fullmatch(date):
        raise TokenRefused("X-Amz-Date parameter must be present in pre-signed URL, in ISO 8601 basic format")
    try:
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise TokenRefused("X-Amz-Date parameter is no date") from None
    if now > signed_at + LIFETIME:
        raise TokenRefused(f"X-Amz-Date parameter is expired (15 minute expiration) {date}")
