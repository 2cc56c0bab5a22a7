"""Answers of the query services (IAM, STS): XML, or JSON where the client accepts nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

from kaccess.sandbox.aws.messages import REQUEST_ID, AwsRequest, Response

Value: TypeAlias = "str | bool | datetime | Mapping[str, Value] | Sequence[Mapping[str, Value]]"

_NAMESPACES: Final = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


def answer(request: AwsRequest, service: str, action: str, result: Mapping[str, Value]) -> Response:
    """The answer to `action`, in the format that the client accepts."""
    if request.accepts_json:
        wrapped = {f"{action}Response": {f"{action}Result": result, "ResponseMetadata": {"RequestId": REQUEST_ID}}}
        return Response(200, json.dumps(wrapped, default=_text).encode(), "application/json")
    body = (
        f'<{action}Response xmlns="{_NAMESPACES[service]}"><{action}Result>{_xml(result)}</{action}Result>'
        f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Response(200, body.encode(), "text/xml")


def _xml(value: Value) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(f"<member>{_xml(inner)}</member>" for inner in value)
    return escape(_text(value))


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value).lower() if isinstance(value, bool) else str(value)
