"""AWS Signature Version 4: whether a request is signed by the owner of the key it names.

Both forms are read: the Authorization header that SDKs send and the presigned query string that cluster tokens carry.
Whose key it is and what they may do is asked elsewhere. The rules are AWS's "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final
from urllib.parse import quote, unquote

from kaccess.sandbox.aws.errors import AwsError, forbidden
from kaccess.sandbox.aws.messages import AwsRequest

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TIME_FORMAT: Final = "%Y%m%dT%H%M%SZ"
LIFETIME: Final = timedelta(minutes=15)
"""How long AWS accepts a signature; STS does so whatever X-Amz-Expires says."""

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far in the future a signature may be dated (AWS: "Signature not yet current ... + 5 min.")."""

_PARTS: Final = ("Credential", "SignedHeaders", "Signature")
_PAIR: Final = re.compile(r"(\w+)=([^,\s]+)")


@dataclass(frozen=True)
class Signature:
    """What a request says of its own signature. `session_token` is None for a user's own keys."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    timestamp: str
    session_token: str | None
    digest: str

    @property
    def scope(self) -> str:
        """The credential scope: what the signing key is good for."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def time(self) -> datetime:
        """When the request was signed (UTC).

        Raises:
            AwsError: IncompleteSignature, if that is no time.
        """
        try:
            return datetime.strptime(self.timestamp, TIME_FORMAT).replace(tzinfo=timezone.utc)
        except ValueError:
            raise _incomplete(f"Date must be in ISO-8601 'basic format'. Got '{self.timestamp}'.") from None


def read_signature(request: AwsRequest) -> Signature:
    """Read the signature of a request without checking it.

    Raises:
        AwsError: MissingAuthenticationToken without a signature, IncompleteSignature with half of one.
    """
    header = request.headers.get("authorization", "")
    if header.startswith(ALGORITHM):
        return _parse(
            dict(_PAIR.findall(header)),
            request.headers.get("x-amz-date", ""),
            request.headers.get("x-amz-security-token"),
        )
    query = request.query_parameters
    if query.get("X-Amz-Algorithm") == ALGORITHM:
        found = {name: query[f"X-Amz-{name}"] for name in _PARTS if f"X-Amz-{name}" in query}
        return _parse(found, query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token"))
    raise forbidden("MissingAuthenticationToken", "Request is missing Authentication Token")


def check_signature(request: AwsRequest, signature: Signature, secret: str, now: datetime) -> None:
    """Check that `request` was signed with `secret`, for the host it is sent to, not long before `now`.

    Raises:
        AwsError: SignatureDoesNotMatch.
    """
    _check_age(signature, now)
    if signature.date != signature.timestamp[:8] or "host" not in signature.signed_headers:
        raise _mismatch("The request signature does not cover the date of its scope and the host.")
    expected = _digest(_string_to_sign(request, signature), signature, secret)
    if not hmac.compare_digest(expected.encode(), signature.digest.encode()):
        raise _mismatch(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        )


def _parse(found: Mapping[str, str], timestamp: str, session_token: str | None) -> Signature:
    missing = [name for name in _PARTS if name not in found]
    credential = found.get("Credential", "").split("/")
    if missing or len(credential) != 5 or credential[4] != "aws4_request":  # noqa: PLR2004 (key and scope)
        raise _incomplete(f"Authorization header requires {', '.join(missing) or 'a complete credential scope'}.")
    key, date, region, service, _ = credential
    signed = tuple(found["SignedHeaders"].split(";"))
    return Signature(key, date, region, service, signed, timestamp, session_token, found["Signature"])


def _check_age(signature: Signature, now: datetime) -> None:
    signed_at = signature.time
    here = now.strftime(TIME_FORMAT)
    if now - signed_at > LIFETIME:
        limit = (now - LIFETIME).strftime(TIME_FORMAT)
        raise _mismatch(f"Signature expired: {signature.timestamp} is now earlier than {limit} ({here} - 15 min.)")
    if signed_at - now > CLOCK_SKEW:
        limit = (now + CLOCK_SKEW).strftime(TIME_FORMAT)
        raise _mismatch(
            f"Signature not yet current: {signature.timestamp} is still later than {limit} ({here} + 5 min.)"
        )


def _string_to_sign(request: AwsRequest, signature: Signature) -> str:
    headers = "".join(f"{name}:{_header(request, name)}\n" for name in signature.signed_headers)
    canonical = "\n".join(
        [
            request.method,
            quote(request.path, safe="/~"),
            _canonical_query(request.query),
            headers,
            ";".join(signature.signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    return "\n".join([ALGORITHM, signature.timestamp, signature.scope, hashlib.sha256(canonical.encode()).hexdigest()])


def _header(request: AwsRequest, name: str) -> str:
    return " ".join(request.headers.get(name, "").split())


def _canonical_query(query: str) -> str:
    pairs = (pair.partition("=")[::2] for pair in query.split("&") if pair)
    encoded = sorted((_encode(name), _encode(value)) for name, value in pairs if name != "X-Amz-Signature")
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encode(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


def _digest(string_to_sign: str, signature: Signature, secret: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (*signature.scope.split("/"), string_to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def _mismatch(message: str) -> AwsError:
    return forbidden("SignatureDoesNotMatch", message)


def _incomplete(message: str) -> AwsError:
    return AwsError("IncompleteSignature", message)
