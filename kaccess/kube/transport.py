"""HTTP to one API server: TLS against the cluster's own CA, bearer tokens, timeouts, retries. JSON in, JSON out.

urllib3 alone, which the official Kubernetes client is built on: that client takes a quarter of a login to load, and
parsing a long list into its models takes about eight times what plain JSON does.
"""

from __future__ import annotations

import base64
import json
import random
import ssl
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from kaccess import __version__
from kaccess.kube.errors import KubeError, Unreachable, from_response

CONNECTIONS: Final = 16
"""Connections kept open at once, and so the useful width of concurrent calls."""

_TIMEOUT: Final = urllib3.Timeout(connect=5, read=20)
_ATTEMPTS: Final = 5
_PATIENCE: Final = 25.0
"""Seconds after which no other attempt begins: a server that hangs is given up within 45."""
_LONGEST_WAIT: Final = 10.0
"""Seconds; a server that asks for more in Retry-After is asked again after this."""

_UNAUTHORIZED: Final = 401
_BUSY: Final = 429
_PASSING: Final = frozenset({500, 502, 503, 504})

Json: TypeAlias = dict[str, Any]


class _Request(NamedTuple):
    method: str
    url: str
    body: bytes | None
    what: str
    repeatable: bool

    def worth_repeating(self, status: int) -> bool:
        """Whether another attempt may help and does no harm: a server too busy has not even looked at the request."""
        return status == _BUSY or (self.repeatable and status in _PASSING)


class Transport:
    """Requests to one API server. Safe to share between threads; close it when done."""

    def __init__(
        self, endpoint: str, ca_data: str, token: Callable[[], str], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Opens no connection yet.

        Args:
            endpoint: `https://...`, as EKS names it.
            ca_data: the base64 of the PEM bundle that the server's certificate must descend from.
            token: gives a bearer token that is good now; asked once, and again when the server refuses it.
            sleep: waits that many seconds between attempts.

        Raises:
            KubeError: the endpoint is not https, or `ca_data` holds no certificate.
        """
        url = urlsplit(endpoint)
        if url.scheme != "https" or not url.hostname:
            raise KubeError(
                f"the cluster endpoint {endpoint!r} is not an https URL; a token must not travel in the clear"
            )
        self._endpoint = endpoint.rstrip("/")
        self._tokens = _Tokens(token)
        self._sleep = sleep
        self._pool = _pool(self._endpoint, tls_context(ca_data))

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def call(
        self,
        method: str,
        path: str,
        what: str,
        *,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Json:
        """One request and its answer.

        Args:
            method: `GET`, `POST`, `PUT` or `DELETE`.
            path: from the root of the API, already quoted.
            what: the operation in words, for the error line.
            body: sent as JSON.
            query: parameters of the URL.
            repeatable: whether doing it twice is as good as once; only then is it sent again when it is unknown
                whether the server did it.

        Raises:
            KubeError: of the family in `kaccess.kube.errors` that fits.
        """
        url = f"{self._endpoint}{path}" + (f"?{urlencode(query)}" if query else "")
        request = _Request(method, url, None if body is None else json.dumps(body).encode(), what, repeatable)
        token = self._tokens.current()
        answer = self._answer(request, token)
        if answer.status == _UNAUTHORIZED:
            answer = self._answer(request, self._tokens.instead_of(token))
        if answer.status >= 300:  # noqa: PLR2004
            raise from_response(what, answer.status, answer.data)
        return _parsed(what, answer.data)

    def _answer(self, request: _Request, token: str) -> urllib3.BaseHTTPResponse:
        """The first answer that no other attempt may better."""
        attempt, start = 0, time.monotonic()
        while True:
            attempt += 1
            last = attempt == _ATTEMPTS
            try:
                answer = self._send(request, token)
            except Unreachable:
                if last or not request.repeatable or time.monotonic() - start > _PATIENCE:
                    raise
                self._sleep(_backoff(attempt))
            else:
                if last or not request.worth_repeating(answer.status):
                    return answer
                self._sleep(_asked_to_wait(answer) or _backoff(attempt))

    def _send(self, request: _Request, token: str) -> urllib3.BaseHTTPResponse:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "User-Agent": f"kaccess/{__version__}",
        }
        try:
            return self._pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=headers,
                timeout=_TIMEOUT,
                retries=False,
                redirect=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _no_answer(request.what, self._endpoint, error) from None


class _Tokens:
    """The token in use; one that was refused is replaced once, however many threads it was refused to."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._token: str | None = None

    def current(self) -> str:
        with self._lock:
            if self._token is None:
                self._token = self._ask()
            return self._token

    def instead_of(self, refused: str) -> str:
        with self._lock:
            if self._token is None or self._token == refused:
                self._token = self._ask()
            return self._token


def tls_context(ca_data: str) -> ssl.SSLContext:
    """What trusts this CA (base64 of PEM) and no other.

    Raises:
        KubeError: it holds no certificate.
    """
    # Not the default context: since Python 3.13 that insists on key identifiers, which the CAs of EKS clusters lack and
    # no other client of Kubernetes asks for. This one verifies the chain and the host name as well.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=base64.b64decode(ca_data, validate=True).decode("ascii"))
    except (ValueError, ssl.SSLError):
        raise KubeError("the cluster's CA data is not the base64 of a PEM certificate") from None
    return context


def proxy_for(endpoint: str) -> str:
    """The URL of the environment's proxy that requests to the endpoint go through; empty if there is none."""
    proxy = getproxies().get("https", "")
    proxy = proxy if not proxy or "://" in proxy else f"http://{proxy}"
    return "" if proxy_bypass(urlsplit(endpoint).hostname or "") else proxy


def _pool(endpoint: str, context: ssl.SSLContext) -> urllib3.PoolManager:
    proxy = proxy_for(endpoint)
    if not proxy:
        return urllib3.PoolManager(maxsize=CONNECTIONS, ssl_context=context)
    url = urlsplit(proxy)
    password = f"{unquote(url.username)}:{unquote(url.password or '')}" if url.username else None
    headers = urllib3.make_headers(proxy_basic_auth=password)
    return urllib3.ProxyManager(proxy, proxy_headers=headers, maxsize=CONNECTIONS, ssl_context=context)


def _no_answer(what: str, endpoint: str, error: Exception) -> KubeError:
    host = urlsplit(endpoint).netloc
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return KubeError(
            f"cannot {what}: the certificate of {host} is not trusted ({cause.verify_message}); if the cluster was "
            "recreated, log in again; if a proxy opens TLS, exempt this host in NO_PROXY"
        )
    why = {
        urllib3.exceptions.NameResolutionError: "its name cannot be resolved",
        urllib3.exceptions.NewConnectionError: "it refuses connections",
        urllib3.exceptions.ConnectTimeoutError: "it did not accept a connection in time",
        urllib3.exceptions.ReadTimeoutError: "it did not answer in time",
        urllib3.exceptions.ProxyError: "the proxy of the environment does not let it through",
    }
    reason = next((text for kind, text in why.items() if isinstance(error, kind)), "the connection broke")
    return Unreachable(f"cannot {what}: {host} cannot be reached: {reason}; check the network, VPN and proxy settings")


def _backoff(attempt: int) -> float:
    return random.uniform(0.5, 1) * 0.25 * float(2**attempt)  # noqa: S311 - spreads callers, guards nothing


def _asked_to_wait(answer: urllib3.BaseHTTPResponse) -> float:
    """Seconds that the server asks for, bounded; 0 if it names none (dates are not used by API servers)."""
    asked: str = answer.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT) if asked.isascii() and asked.isdigit() else 0.0


def _parsed(what: str, body: bytes) -> Json:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise KubeError(f"cannot {what}: the answer is not the API server's; check the proxy settings")
    return answer
