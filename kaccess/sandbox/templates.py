"""The templates in the user names and groups of entries and rows, filled in as aws-iam-authenticator does."""

from __future__ import annotations

import re
from typing import Final

from kaccess.sandbox.aws.account import Principal
from kaccess.sandbox.cluster_token import TokenRefused

PRIVATE_DNS: Final = "{{EC2PrivateDNSName}}"
_INSTANCE: Final = re.compile(r"i-(\w{8}|\w{17})", re.ASCII)


def expand(template: str, caller: Principal, access_key_id: str = "") -> str:
    """Fill in a template for a caller; `@` becomes `-` in SessionName, and stays in SessionNameRaw.

    Raises:
        TokenRefused: it asks for the DNS name of the caller's EC2 instance; the sandbox runs none.
    """
    if PRIVATE_DNS in template:
        known = _INSTANCE.fullmatch(caller.session_name)
        why = f"no instance {caller.session_name}" if known else "SessionName did not contain an instance id"
        raise TokenRefused(f"error rendering template {template!r}: {why}")
    return (
        template.replace("{{AccountID}}", caller.account)
        .replace("{{SessionName}}", caller.session_name.replace("@", "-"))
        .replace("{{SessionNameRaw}}", caller.session_name)
        .replace("{{AccessKeyID}}", access_key_id)
    )
