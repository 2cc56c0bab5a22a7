"""What time it is by AWS, which refuses signatures of a clock that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from kaccess.aws.errors import AwsError
from kaccess.aws.session import AwsSession

_ANSWERED = "after-call.sts.GetCallerIdentity"


def aws_time(session: AwsSession) -> datetime | None:
    """The moment (aware, whole seconds) that STS gives in its answer, even if that is a refusal; None if in none."""
    dates: list[str] = []

    def note(http_response: Any, **_: object) -> None:  # noqa: ANN401 - botocore's answer
        headers: Mapping[str, str] = http_response.headers
        dates.extend(value for name, value in headers.items() if name.lower() == "date")

    with suppress(AwsError):
        events = session.client("sts").meta.events
        events.register(_ANSWERED, note)
        try:
            session.caller()
        finally:
            events.unregister(_ANSWERED, note)
    try:
        return parsedate_to_datetime(dates[-1])
    except (IndexError, ValueError):
        return None
