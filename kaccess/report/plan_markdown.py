"""Plans as Markdown, for a comment on a pull request.

Whatever a name, a path or an error says is written as code, in a fence that it cannot close: so it is no markup, and
mentions nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from kaccess.model.plan import Change, Operation, Plan
from kaccess.model.shown import one_line
from kaccess.report.items import change_lines

MARK: Final = "<!-- kaccess plan -->"
"""The first line, by which a workflow finds the comment it wrote before."""

LIMIT: Final = 60_000
"""Characters; GitHub takes comments of up to 65,536, and the failures are still to have room."""

_SIGNS: Final = {Operation.CREATE: "+", Operation.UPDATE: "!", Operation.DELETE: "-"}
"""What the colours of `diff` go by."""


def plan_markdown(plans: Iterable[Plan], failures: Sequence[str] = ()) -> str:
    """These plans, and what could not be read: a table of counts, then the changes of each as a diff."""
    shown = tuple(plans)
    changes = sum(len(plan.changes) for plan in shown)
    title = f"### kaccess plan: {f'{changes} changes' if changes else 'nothing to do'}"
    head = [MARK, title, "", *_table(shown), *(f"- not read: {_code(each)}" for each in failures)]
    text = "\n".join(head)
    left = LIMIT - len(text)
    parts = []
    for plan in shown:
        part = _part(plan, left)
        left -= len(part)
        parts += [part] if part else []
    return "\n\n".join([text, *parts])


def _table(plans: Iterable[Plan]) -> Iterator[str]:
    yield "| where | create | update | delete | left out |"
    yield "|---|--:|--:|--:|--:|"
    for plan in plans:
        counts = Counter(change.operation for change in plan.changes)
        numbers = [*(counts[operation] for operation in Operation), len(plan.skipped)]
        where = _code(plan.cluster).replace("|", "\\|")
        yield f"| {where} | {' | '.join(map(str, numbers))} |"


def _part(plan: Plan, left: int) -> str:
    """What is to be said of one plan in about `left` characters; empty if there is nothing."""
    said = [f"- left out: {_code(str(skipped))}" for skipped in plan.skipped]
    said += [f"- note: {_code(note)}" for note in plan.notes]
    if not plan.changes and not said:
        return ""
    blocks = ["\n".join(_change(change)) for change in plan.changes]
    whole = _fitting(blocks, left - sum(map(len, said)))
    if whole < len(blocks):
        said.append(f"- {len(blocks) - whole} more changes have no room here; see `kaccess plan`")
    diff = [_fenced("\n".join(blocks[:whole]))] if whole else []
    return "\n".join([f"#### {_code(plan.cluster)}", "", *diff, *([""] if diff and said else []), *said])


def _fitting(blocks: Iterable[str], left: int) -> int:
    """How many of these blocks, from the first on, have room."""
    count = 0
    for block in blocks:
        left -= len(block) + 1
        if left < 0:
            break
        count += 1
    return count


def _change(change: Change) -> Iterator[str]:
    yield f"{_SIGNS[change.operation]} {one_line(str(change.key))}"
    for line in change_lines(change):
        yield f"{line[0]}     {one_line(line[2:])}"
    if change.why:
        yield f"#     why: {one_line(change.why)}"


def _code(text: str) -> str:
    fence = "`" * (_longest_run(text) + 1)
    inner = one_line(text)
    padded = f" {inner} " if inner[:1] == "`" or inner[-1:] == "`" else inner
    return f"{fence}{padded}{fence}"


def _fenced(text: str) -> str:
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}diff\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
