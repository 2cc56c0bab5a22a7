"""What can go wrong between here and the API server, each in one line without a token in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from kaccess.model.errors import KaccessError, LoginNeeded

_ESCALATION: Final = re.compile(r"attempting to grant RBAC permissions not currently held:\s*(?P<rules>.*)", re.DOTALL)
_LONGEST: Final = 600
"""Characters of a server's message that are shown; a Forbidden names its rules well within that."""


class KubeError(KaccessError):
    """The API server could not do what was asked; `reason` is its own word for why (`Invalid`, `Expired`, ...)."""

    def __init__(self, line: str, *, reason: str = "") -> None:
        super().__init__(line)
        self.reason = reason


class Unreachable(KubeError):
    """No answer, no trusted certificate, or a server that stays overloaded."""


class Unauthorized(KubeError, LoginNeeded):
    """The API server does not know who this is (401)."""


class Forbidden(KubeError):
    """The API server knows who this is and says no (403).

    `missing_rules` holds the rules that the caller would have to hold in order to grant them, as the server writes
    them; empty unless the refusal is RBAC's escalation check.
    """

    def __init__(self, line: str, *, reason: str = "", missing_rules: tuple[str, ...] = ()) -> None:
        super().__init__(line, reason=reason)
        self.missing_rules = missing_rules


class Conflict(KubeError):
    """The object is not what the plan saw: taken, changed or replaced by someone else. Planning again helps."""


class Expired(KubeError):
    """The rest of a list is no longer to be had (410); listing again from its beginning helps."""


class NotFound(KubeError):
    """The object, or the namespace or API it would be in, is not there."""


_KINDS: Final = {
    404: NotFound,
    409: Conflict,
    410: Expired,
    429: Unreachable,
    502: Unreachable,
    503: Unreachable,
    504: Unreachable,
}


def from_response(what: str, status: int, body: bytes) -> KubeError:
    """The error that an answer of the API server means.

    Args:
        what: the operation, as in `create role development/kaccess:developer`.
        status: the HTTP status, 3xx to 5xx.
        body: a JSON `Status` object, or whatever a proxy on the way put there (then not shown).
    """
    answer = _status_of(body)
    message, reason = _one_line(answer.get("message")), str(answer.get("reason") or "")
    line = f"cannot {what}: {message or f'the API server answered with status {status}'}{_advice(status)}"
    if status == 401:  # noqa: PLR2004
        return Unauthorized(
            f"cannot {what}: the cluster does not accept these AWS credentials (401); "
            "check with `kaccess whoami` who you are, and ask an administrator whether that principal has an entry",
            reason=reason,
        )
    if status == 403:  # noqa: PLR2004
        return _forbidden(what, line, reason, answer)
    return _KINDS.get(status, KubeError)(line, reason=reason)


def _advice(status: int) -> str:
    if 300 <= status < 400:  # noqa: PLR2004
        return ", which sends elsewhere; check the proxy settings"
    return "; run again in a minute, and look at the cluster's health if it stays so" if status >= 500 else ""  # noqa: PLR2004


def _forbidden(what: str, line: str, reason: str, answer: Mapping[str, Any]) -> Forbidden:
    found = _ESCALATION.search(str(answer.get("message") or ""))
    rules = found["rules"].splitlines() if found else []
    missing = tuple(rule for rule in map(_one_line, rules) if rule.startswith("{"))
    if not missing:
        advice = "ask an administrator of the cluster to allow it, or use another AWS profile"
        return Forbidden(f"{line}; {advice}", reason=reason)
    return Forbidden(
        f"cannot {what}: Kubernetes lets nobody grant what they do not hold; missing: {'; '.join(missing)}. "
        "Apply as someone who holds these rules or has the verbs `escalate` and `bind`",
        reason=reason,
        missing_rules=missing,
    )


def _status_of(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _one_line(message: object) -> str:
    line = " ".join(str(message or "").split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
