"""The token itself: a presigned sts:GetCallerIdentity, by AWS Signature Version 4 in the query.

The cluster's authenticator sends the presigned request to STS and believes the answer. The signed header
`x-k8s-aws-id` ties the token to one cluster. Nothing here asks AWS or reads the environment, so that an endpoint
meant for API calls (AWS_ENDPOINT_URL) never ends up in a token, where the authenticator would refuse it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta, timezone
from typing import Final
from urllib.parse import quote

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.errors import CredentialError
from kaccess.credentials.token import Token
from kaccess.model.errors import LoginNeeded, Usage

LIFE: Final = timedelta(minutes=14)
"""Announced life. The authenticator ends a token 15 minutes after X-Amz-Date; one is left for clocks that differ."""

MAX_TOKEN_BYTES: Final = 4096
"""The authenticator refuses longer ones; long session tokens can get there."""

_PREFIX: Final = "k8s-aws-v1."
_EXPIRES: Final = 60  # what other tools send; the authenticator checks that it is at most 900 and goes by X-Amz-Date
_SIGNED_HEADERS: Final = "host;x-k8s-aws-id"
_EMPTY_SHA256: Final = hashlib.sha256().hexdigest()
_DNS_SUFFIXES: Final = (  # by the regions' prefixes, the longer ones first (botocore's partitions.json)
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
    ("cn-", "amazonaws.com.cn"),
    ("", "amazonaws.com"),
)
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")
_CLUSTER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")  # eks:CreateCluster's own rule


def sign(credentials: AwsCredentials, *, cluster: str, region: str, now: datetime) -> Token:
    """A token for `cluster`, announced for 14 minutes from `now`, at most for as long as the credentials live.

    Raises:
        Usage: `cluster` or `region` is no name that EKS or AWS could have given.
        LoginNeeded: the credentials have ended.
        CredentialError: the credentials are no text, or the token is longer than authenticators accept.
    """
    if _CLUSTER.fullmatch(cluster) is None:
        raise Usage(f"{cluster!r} is not an EKS cluster name; expected letters, digits, - and _, at most 100")
    _check_text(credentials)
    expires_at = _end(credentials, now)
    url = _presign(credentials, cluster, region, now)
    text = _PREFIX + urlsafe_b64encode(url.encode()).decode().rstrip("=")
    if len(text) > MAX_TOKEN_BYTES:
        raise CredentialError(
            f"the token for {cluster} has {len(text)} bytes and clusters accept {MAX_TOKEN_BYTES}: the session token "
            "of these AWS credentials is too long; assume a role with fewer session tags or a shorter session policy"
        )
    return Token(text, int(expires_at.timestamp()))


def _check_text(credentials: AwsCredentials) -> None:
    """Refuse what Python makes of bytes of the environment that are no text."""
    try:
        f"{credentials.access_key_id}{credentials.secret_access_key}{credentials.session_token}".encode()
    except UnicodeEncodeError as error:
        raise CredentialError("the AWS credentials are not UTF-8; look at where they come from") from error


def sts_host(region: str) -> str:
    """The regional STS host of the region's partition.

    Raises:
        Usage: `region` does not look like a region.
    """
    if _REGION.fullmatch(region) is None:
        raise Usage(f"{region!r} is not an AWS region; expected something like eu-south-1")
    suffix = next(suffix for prefix, suffix in _DNS_SUFFIXES if region.startswith(prefix))
    return f"sts.{region}.{suffix}"


def _end(credentials: AwsCredentials, now: datetime) -> datetime:
    end = credentials.expires_at
    if end is None:
        return now + LIFE
    if end <= now:
        raise LoginNeeded(f"the AWS credentials expired at {end.isoformat()}; sign in to AWS again")
    return min(now + LIFE, end)


def _presign(credentials: AwsCredentials, cluster: str, region: str, now: datetime) -> str:
    host = sts_host(region)
    timestamp = now.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{timestamp[:8]}/{region}/sts/aws4_request"
    query = _query(credentials, scope, timestamp)
    request = f"GET\n/\n{query}\nhost:{host}\nx-k8s-aws-id:{cluster}\n\n{_SIGNED_HEADERS}\n{_EMPTY_SHA256}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}"
    signature = _hmac(_signing_key(credentials, scope), to_sign).hex()
    return f"https://{host}/?{query}&X-Amz-Signature={signature}"


def _query(credentials: AwsCredentials, scope: str, timestamp: str) -> str:
    """The canonical query string: sorted by name, all but unreserved characters escaped."""
    parameters = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": timestamp,
        "X-Amz-Expires": str(_EXPIRES),
        "X-Amz-SignedHeaders": _SIGNED_HEADERS,
    }
    if credentials.session_token:
        parameters["X-Amz-Security-Token"] = credentials.session_token
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items()))


def _signing_key(credentials: AwsCredentials, scope: str) -> bytes:
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
