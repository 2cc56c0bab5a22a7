"""The errors that the sandbox's AWS answers, in the shape of the service that was asked.

They are answers to a client, not failures of kaccess, so they are no `KaccessError`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from kaccess.sandbox.aws.messages import REQUEST_ID, Response

SENDER: Final = 400
FORBIDDEN: Final = 403

_JSON_CODES: Final = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "ExpiredToken": "ExpiredTokenException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "AccessDenied": "AccessDeniedException",
}
"""What services that speak JSON call the errors that every service has (AWS's "Common Errors" pages)."""


@dataclass
class AwsError(Exception):
    """One error as AWS answers it; `code` is the name that the query services (IAM, STS) use."""

    code: str
    message: str
    status: int = SENDER

    def as_xml(self) -> Response:
        """The answer of IAM and STS."""
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{self.code}</Code>"
            f"<Message>{escape(self.message)}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        )
        return Response(self.status, body.encode(), "text/xml")

    def as_query_json(self) -> Response:
        """The answer of STS to a client that accepts JSON only, such as aws-iam-authenticator."""
        error = {"Code": self.code, "Message": self.message, "Type": "Sender"}
        return Response(self.status, json.dumps({"Error": error, "RequestId": REQUEST_ID}).encode(), "application/json")

    def as_rest_json(self) -> Response:
        """The answer of EKS."""
        code = _JSON_CODES.get(self.code, self.code)
        body = json.dumps({"message": self.message}).encode()
        return Response(self.status, body, "application/json", (("x-amzn-ErrorType", code),))


def forbidden(code: str, message: str) -> AwsError:
    """An error with status 403."""
    return AwsError(code, message, FORBIDDEN)
