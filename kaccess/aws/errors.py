"""What can go wrong between here and AWS, each in one line without a secret in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from kaccess.model.errors import KaccessError, LoginNeeded

_LONGEST: Final = 300
"""Characters of AWS's own message that are shown."""


class AwsError(KaccessError):
    """AWS could not do what was asked. `operation` is IAM's name for it (`iam:GetGroup`), `code` is AWS's own."""

    def __init__(self, line: str, *, operation: str, code: str = "") -> None:
        super().__init__(line)
        self.operation = operation
        self.code = code


class Throttled(AwsError):
    """AWS stays too busy for this account, after retries."""


class AccessDenied(AwsError):
    """The caller may not do this."""


class Unreachable(AwsError):
    """No answer from AWS's endpoint."""


class NotFound(AwsError):
    """AWS has no such thing."""


class Conflict(AwsError):
    """What is to be written is not what the plan saw: someone else changed it, or holds on to it."""


class NoCredentials(AwsError, LoginNeeded):
    """There are no usable credentials: no profile of that name, none configured, or only half of them."""


class ExpiredCredentials(AwsError, LoginNeeded):
    """The credentials were good once, or are of no account that AWS knows."""


_THROTTLED: Final = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded"}
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "ForbiddenException"})
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN_KEY: Final = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidToken", "AuthFailure"}
)
_BAD_SIGNATURE: Final = frozenset(
    {"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException"}
)
_NOT_FOUND: Final = frozenset({"NoSuchEntity", "NoSuchEntityException", "ResourceNotFoundException"})

_FAULT: Final = frozenset(
    {"InternalFailure", "InternalError", "ServerException", "ServiceFailure", "ServiceUnavailable"}
)
_NOT_AWS: Final = "the answer is not AWS's; check the proxy settings and AWS_ENDPOINT_URL"

_UNANSWERED: Final[tuple[tuple[tuple[type[Exception], ...], type[AwsError], str], ...]] = (
    (
        (boto.NoCredentialsError,),
        NoCredentials,
        "no AWS credentials; {login}, or name a profile with --profile or AWS_PROFILE",
    ),
    (
        (boto.PartialCredentialsError,),
        NoCredentials,
        "the AWS credentials are incomplete: {provider} has no {cred_var}; set it, or use a profile",
    ),
    (
        (boto.CredentialRetrievalError,),
        NoCredentials,
        "no AWS credentials from {provider}; run by hand what the profile runs and see why it fails",
    ),
    ((EOFError,), NoCredentials, "the AWS profile asks for an MFA code and there is no terminal to ask on"),
    (
        (boto.SSOError, boto.LoginError, boto.TokenRetrievalError, boto.RefreshWithMFAUnsupportedError),
        ExpiredCredentials,
        "the AWS login has expired; {login}",
    ),
    ((boto.NoRegionError,), AwsError, "no AWS region; give --region, or set AWS_REGION or `region` in the profile"),
    (
        (boto.SSLError,),
        Unreachable,
        "{operation} failed: the certificate of {host} is not trusted; if a proxy opens TLS, set AWS_CA_BUNDLE",
    ),
    (
        (boto.HTTPClientError, boto.ConnectionError),
        Unreachable,
        "{operation} failed: no answer from {host}; check the network, the region and the proxy settings",
    ),
    (
        (ResponseParserError, KeyError),
        AwsError,
        f"{{operation}} failed: {_NOT_AWS}",
    ),
    ((boto.BotoCoreError,), AwsError, "{operation} failed: {message}"),
    ((ValueError, OSError), AwsError, "{operation} failed: {message}; check the AWS configuration and environment"),
)
"""What a call that was not made, or not answered as AWS does, means; the first line that fits. The names in braces are
those of `_unanswered` and of botocore's own details."""


@contextmanager
def border(operation: str, profile: str | None) -> Iterator[None]:
    """Let nothing of botocore leave this block: its errors, and answers that lack a part, become those of this room.

    The cause is dropped on purpose: the message of a signature error holds the session token.

    Args:
        operation: IAM's name for what the block does, as in `iam:GetGroup`.
        profile: the AWS profile in use, for advice on how to log in.
    """
    try:
        yield
    except boto.ClientError as error:
        raise _answered(error, operation, profile) from None
    except (boto.BotoCoreError, ResponseParserError, KeyError, EOFError, ValueError, OSError) as error:
        # Plain errors come out of botocore too: of an endpoint that is no URL, a credential process that is not there.
        raise _unanswered(error, operation, profile) from None


def _answered(error: boto.ClientError, operation: str, profile: str | None) -> AwsError:
    """The error that an answer of AWS means."""
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), _one_line(str(details.get("Message", "")))
    if not operation.endswith(f":{error.operation_name}"):
        # The call never got out: it was the profile's own way to credentials that failed, as in AssumeRole.
        operation = error.operation_name
    kind, line = _meaning(code, message, operation, profile)
    return kind(line, operation=operation, code=code)


def _meaning(code: str, message: str, operation: str, profile: str | None) -> tuple[type[AwsError], str]:
    if code in _EXPIRED:
        return ExpiredCredentials, f"the AWS credentials have expired ({operation}); {_login(profile)}"
    if code in _UNKNOWN_KEY:
        return ExpiredCredentials, f"AWS does not know these credentials ({operation}: {code}); {_login(profile)}"
    if code in _BAD_SIGNATURE:
        advice = "check the secret access key and this machine's clock"
        return NoCredentials, f"AWS does not accept the signature of {operation} ({code}); {advice}"
    if code in _DENIED:
        advice = f"ask for an IAM policy that allows {operation}, or use another profile"
        return AccessDenied, f"not allowed to call {operation}; {advice} ({message})"
    if code in _THROTTLED:
        return Throttled, f"AWS is too busy for {operation} ({code}), after retries too; run again in a minute"
    kind = NotFound if code in _NOT_FOUND else AwsError
    return kind, f"{operation} failed: {_reason(code, message)}"


def _reason(code: str, message: str) -> str:
    if message.startswith("<"):
        return _NOT_AWS
    if code in _FAULT or code.startswith("5"):
        return f"{message} ({code}), after retries too; run again in a minute"
    return f"{message or 'AWS gives no reason'} ({code})"


def _unanswered(error: Exception, operation: str, profile: str | None) -> AwsError:
    """The error of a call that was not made, or not answered as AWS does."""
    kind, line = next((kind, line) for causes, kind, line in _UNANSWERED if isinstance(error, causes))
    details = dict(getattr(error, "kwargs", {}))
    host = urlsplit(str(details.get("endpoint_url") or "")).netloc or "AWS"
    details |= {"operation": operation, "login": _login(profile), "host": host, "message": _one_line(str(error))}
    return kind(line.format(**details), operation=operation)


def _login(profile: str | None) -> str:
    return f"run `aws sso login{f' --profile {profile}' if profile else ''}`, or renew them the way you got them"


def _one_line(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
