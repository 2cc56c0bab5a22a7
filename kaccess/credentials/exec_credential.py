"""The ExecCredential, in which an exec plugin hands a token to kubectl and other Kubernetes clients.

The client says in KUBERNETES_EXEC_INFO which version it speaks and accepts no other in return.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kaccess.credentials.token import Token

EXEC_INFO = "KUBERNETES_EXEC_INFO"
GROUP = "client.authentication.k8s.io"
API_VERSIONS = (f"{GROUP}/v1beta1", f"{GROUP}/v1")
"""The versions that exist; the first one is answered when none is asked for, as all clients understand it."""


def render(token: Token, exec_info: str | None) -> str:
    """The JSON text that goes to stdout. `exec_info` is the value of KUBERNETES_EXEC_INFO, if set.

    Raises:
        CredentialError: the client asks for a version that is neither v1 nor v1beta1.
    """
    version = api_version(exec_info)
    if version is None:
        from kaccess.credentials.errors import CredentialError  # noqa: PLC0415 - not on a cache hit

        raise CredentialError(
            f"{EXEC_INFO} asks for none of {', '.join(API_VERSIONS)}; run `kaccess login` to write the kubeconfig "
            "anew, or use kubectl 1.22 or newer"
        )
    # Put together by hand because json takes longer to import than everything else here; neither a token
    # (`k8s-aws-v1.` and base64url) nor a time has a character that JSON would escape.
    expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(token.expires))
    return (
        f'{{"kind": "ExecCredential", "apiVersion": "{version}", "spec": {{}}, '
        f'"status": {{"expirationTimestamp": "{expiration}", "token": "{token.text}"}}}}'
    )


def api_version(exec_info: str | None) -> str | None:
    """The version to answer in: the one that is asked for; None if it is not known here."""
    if not exec_info:
        return API_VERSIONS[0]
    return next((version for version in API_VERSIONS if f'"{version}"' in exec_info), None)
