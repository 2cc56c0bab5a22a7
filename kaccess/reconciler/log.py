"""What a reconciler tells as it runs: one JSON object a line, for machines that collect such lines.

Every object has `time` (RFC 3339, UTC), `level` (`info`, `warning`, `error`) and `message`; the rest depends on the
message. Reasons are the one-line errors of kaccess, which never hold a token or key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kaccess.reconciler.clock import Clock
from kaccess.reconciler.turn import Ending, Round, Turn
from kaccess.workflows.apply import Outcome, Status


class Log:
    """Writes lines. Safe to share between threads if `write` is."""

    def __init__(self, write: Callable[[str], None], clock: Clock) -> None:
        """`write` is given each line without its end."""
        self._write = write
        self._clock = clock

    def info(self, message: str, **fields: Any) -> None:  # noqa: ANN401 - whatever JSON the message carries
        """Something as it should be."""
        self._line("info", message, fields)

    def warning(self, message: str, **fields: Any) -> None:  # noqa: ANN401
        """Something that mends itself, or waits for someone."""
        self._line("warning", message, fields)

    def error(self, message: str, **fields: Any) -> None:  # noqa: ANN401
        """Something that keeps a cluster from agreeing with the policy."""
        self._line("error", message, fields)

    def outcome(self, cluster: str, outcome: Outcome) -> None:
        """One change, as it happens."""
        change = outcome.change
        fields = {"cluster": cluster, "operation": change.operation.value, **change.key._asdict(), "why": change.why}
        if outcome.status is Status.APPLIED:
            self.info("change applied", **fields)
        else:
            self.error(f"change {outcome.status.value}", **fields, reason=outcome.reason)

    def round(self, finished: Round) -> None:
        """A round that ended, and each of its turns."""
        seconds = round(finished.seconds, 3)
        if finished.policy_error is not None:
            reason = str(finished.policy_error)
            self.error("round skipped: the policy is not fit to be used", reason=reason, seconds=seconds)
            return
        for turn in finished.turns:
            self._turn(turn)
        self.info("round ended", seconds=seconds, turns={turn.cluster: turn.ending.value for turn in finished.turns})

    def _turn(self, turn: Turn) -> None:
        for skipped in turn.plan.skipped if turn.plan else ():
            self.error("left out", cluster=turn.cluster, what=skipped.what, reason=skipped.reason)
        for note in turn.plan.notes if turn.plan else ():
            self.info("note", cluster=turn.cluster, note=note)
        if turn.reason:
            level = self.error if turn.is_problem else self.warning
            level(f"cluster {_SAID.get(turn.ending, turn.ending.value)}", cluster=turn.cluster, reason=turn.reason)

    def _line(self, level: str, message: str, fields: dict[str, Any]) -> None:
        at = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._write(json.dumps({"time": at, "level": level, "message": message, **fields}, ensure_ascii=False))


_SAID = {Ending.UNREACHED: "could not be read", Ending.REFUSED: "has a plan that is unsafe", Ending.STOPPED: "left"}
