"""What the tests of this folder share: a token of no known signer, and patience."""

from __future__ import annotations

import base64
import secrets
import time
import urllib.parse
from collections.abc import Callable

NOBODY = "AKIAIOSFODNN7EXAMPLE"


def presigned_token(access_key: str = NOBODY) -> str:
    """A token that was never seen before. It has all but a true signature, which is for STS to check."""
    now = time.gmtime()
    query = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{access_key}/{time.strftime('%Y%m%d', now)}/eu-south-1/sts/aws4_request",
        "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", now),
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
        "X-Amz-Signature": secrets.token_hex(32),
    }
    url = f"https://sts.eu-south-1.amazonaws.com/?{urllib.parse.urlencode(query)}"
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()


def wait_until(check: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not so within {seconds:.0f} s"
        time.sleep(0.1)
