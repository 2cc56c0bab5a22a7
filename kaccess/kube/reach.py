"""Is there a way to the API server at all? One step at a time, for those who look for the one that fails."""

from __future__ import annotations

import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from kaccess.kube.errors import KubeError, Unreachable
from kaccess.kube.transport import proxy_for, tls_context

__all__ = ["handshake", "proxy_for", "resolve"]

_SECONDS: Final = 5.0
_PORT: Final = 443


def resolve(endpoint: str) -> tuple[str, ...]:
    """The addresses of the endpoint's host, sorted.

    Raises:
        Unreachable: it has none that is known here.
    """
    host = urlsplit(endpoint).hostname or ""
    try:
        found = socket.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        advice = "check the network and VPN; a private endpoint has a name only inside its VPC"
        raise Unreachable(f"the name {host} cannot be resolved; {advice}") from None
    return tuple(sorted({str(address[4][0]) for address in found}))


def handshake(endpoint: str, ca_data: str) -> str:
    """Open a TLS connection to the endpoint and verify it against the CA; returns the version of TLS.

    Raises:
        KubeError: the certificate is not of this CA, or not for this host.
        Unreachable: there is no answer.
    """
    url, context = urlsplit(endpoint), tls_context(ca_data)
    address = (url.hostname or "", url.port or _PORT)
    try:
        with (
            socket.create_connection(address, timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=url.hostname) as secured,
        ):
            return secured.version() or "TLS"
    except ssl.SSLCertVerificationError as error:
        raise KubeError(
            f"the certificate of {url.netloc} is not trusted ({error.verify_message}); if the cluster was recreated, "
            "log in again; if a proxy opens TLS, exempt this host in NO_PROXY"
        ) from None
    except OSError as error:
        reason = error.strerror or "no answer in time"
        raise Unreachable(
            f"{url.netloc} does not let itself be connected to ({reason}); check the network, VPN and the cluster's "
            "list of allowed addresses"
        ) from None
