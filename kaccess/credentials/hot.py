"""The hot path: what kubectl runs before each call, answered without loading kaccess.

Only the command line that kaccess itself writes into kubeconfigs is served here, and only if the token is cached or can
be signed with credentials that are there already. Everything else, each error included, is left to the full command
line.
"""

from __future__ import annotations

from kaccess.credentials.cache import TokenCache
from kaccess.credentials.exec_credential import EXEC_INFO, api_version, render
from kaccess.credentials.token import Token, TokenRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kaccess.credentials.aws_credentials import AwsCredentials

_OPTIONS = {"--cluster": "cluster", "--region": "region", "--profile": "profile", "--role-arn": "iam_role"}


def serve(argv: Sequence[str], environ: Mapping[str, str], now: float, warn: Callable[[str], None]) -> str | None:
    """The ExecCredential to print at `now` (epoch seconds), or None if the full command line has to do it.

    `warn` is told what should reach stderr, and only if there is an answer.
    """
    request = _request(argv)
    exec_info = environ.get(EXEC_INFO)
    if request is None or api_version(exec_info) is None:
        return None
    warnings: list[str] = []
    cache = TokenCache(environ, warnings.append)
    token = cache.slot(request).read(now) or _mint(request, environ, cache)
    if token is None:
        return None
    for line in warnings:
        warn(line)
    return render(token, exec_info)


def _request(argv: Sequence[str]) -> TokenRequest | None:
    """What `token --cluster NAME --region REGION [--profile NAME] [--role-arn ARN]` asks for; None for other forms."""
    names, values = argv[1::2], argv[2::2]
    if not argv or argv[0] != "token" or len(names) != len(values) or len(set(names)) != len(names):
        return None
    if not {"--cluster", "--region"} <= set(names) <= set(_OPTIONS):
        return None
    if any(not value or value.startswith("-") for value in values):
        return None
    return TokenRequest(**{_OPTIONS[name]: value for name, value in zip(names, values, strict=True)})


def _mint(request: TokenRequest, environ: Mapping[str, str], cache: TokenCache) -> Token | None:
    """A token signed with credentials that are there already; None if more is needed or anything is wrong with them."""
    if request.iam_role is not None:
        return None
    from datetime import datetime, timezone  # noqa: PLC0415 - not on a cache hit

    from kaccess.credentials.errors import CredentialError  # noqa: PLC0415
    from kaccess.credentials.kept import load_kept  # noqa: PLC0415
    from kaccess.credentials.obtain import obtain  # noqa: PLC0415
    from kaccess.model.errors import KaccessError  # noqa: PLC0415

    def clock() -> datetime:
        return datetime.now(timezone.utc)

    def load() -> AwsCredentials:
        credentials = load_kept(request.profile, environ, clock())
        if credentials is None:
            raise CredentialError("the AWS credentials take more than reading")
        return credentials

    try:
        return obtain(request, load, clock, cache)
    except KaccessError:
        return None
