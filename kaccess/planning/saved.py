"""Plans saved for review, and whether plans made anew are still those that were reviewed. Pure.

A saved plan is compared and never carried out: what is applied is the plan made anew from the policy, if it is the
same. So whatever somebody writes into a saved plan, it gives nobody more than the policy does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kaccess.model.errors import KaccessError, Refused
from kaccess.model.plan import Plan
from kaccess.model.policy import Policy
from kaccess.model.shown import one_line
from kaccess.planning.plain import Json, plain_plan

VERSION: Final = "kaccess/v1"
KIND: Final = "SavedPlan"

_SAID_ALONE: Final = frozenset({"why", "differences", "origin"})
"""What tells people where a change comes from, by the path they gave; it changes nothing."""


class BrokenPlan(KaccessError):
    """A file that should hold a saved plan, and holds something else."""


class StalePlan(Refused):
    """A saved plan is not what would be done now."""


@dataclass(frozen=True)
class SavedPlan:
    """Plans for review: when they were made, and from what.

    `policy` has the digest of each file of the policy by its name, `clusters` the ARN of each cluster by its alias.
    `plans` are those of the accounts, then those of the clusters, as `plain_plan` has them.
    """

    made_at: datetime
    policy: Mapping[str, str]
    clusters: Mapping[str, str]
    plans: tuple[Json, ...]

    def to_json(self) -> Json:
        """The document that is saved."""
        return {
            "apiVersion": VERSION,
            "kind": KIND,
            "madeAt": self.made_at.isoformat(timespec="seconds"),
            "policy": dict(self.policy),
            "clusters": dict(self.clusters),
            "plans": list(self.plans),
        }


def save(made_at: datetime, policy: Mapping[str, str], clusters: Mapping[str, str], plans: Iterable[Plan]) -> SavedPlan:
    """These plans, made at `made_at` (aware) from the policy's files (their texts), for clusters (their ARNs)."""
    digests = {name: f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" for name, text in policy.items()}
    return SavedPlan(made_at, digests, clusters, tuple(map(plain_plan, plans)))


def saved_from_json(document: Any) -> SavedPlan:  # noqa: ANN401 - whatever JSON a file holds
    """The saved plan that a JSON document is.

    Raises:
        BrokenPlan: it is none.
    """
    try:
        if (document["apiVersion"], document["kind"]) != (VERSION, KIND):
            raise BrokenPlan("this is no plan that this kaccess saved; write one with `kaccess plan --out`")
        made_at = datetime.fromisoformat(document["madeAt"])
        plans = tuple(dict(plan) for plan in document["plans"])
        saved = SavedPlan(made_at, _texts(document["policy"]), _texts(document["clusters"]), plans)
        for plan in plans:
            _steps(plan)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        raise BrokenPlan("this is no saved plan, or a broken one; write one with `kaccess plan --out`") from None
    if made_at.tzinfo is None or not saved.clusters:
        raise BrokenPlan("this saved plan is broken; write a new one with `kaccess plan --out`")
    return saved


def refuse_stale(saved: SavedPlan, fresh: SavedPlan, policy: Policy) -> None:
    """Refuse a saved plan that is not, change by change, the one made anew from `policy`.

    Raises:
        StalePlan: with one line that says what is different now.
    """
    first, *others = [*_differences(saved, fresh, policy), ""]
    if first:
        more = f", and {len(others) - 1} more" if len(others) > 1 else ""
        advice = "nothing was changed, make and review a new plan"
        raise StalePlan(f"since this plan was made, {one_line(first)}{more}; {advice}")


def _differences(saved: SavedPlan, fresh: SavedPlan, policy: Policy) -> Iterator[str]:
    for name in sorted(saved.policy.keys() | fresh.policy.keys()):
        if saved.policy.get(name) != fresh.policy.get(name):
            yield f"the policy changed in {name}"
    for alias, arn in sorted(fresh.clusters.items()):
        if saved.clusters.get(alias) != arn:
            yield f"cluster {alias} became another: it is {arn}"
    changed = list(_changed(saved, fresh))
    if changed:
        yield from _ended(policy, saved.made_at, fresh.made_at)
    yield from changed


def _ended(policy: Policy, after: datetime, by: datetime) -> Iterator[str]:
    for grant in policy.grants:
        if grant.ended(by) and not grant.ended(after):
            yield f"the grant of {grant.role} to {grant.group} at {grant.place} ended"


def _changed(saved: SavedPlan, fresh: SavedPlan) -> Iterator[str]:
    old = {str(plan["cluster"]): plan for plan in saved.plans}
    new = {str(plan["cluster"]): plan for plan in fresh.plans}
    if len(old) != len(saved.plans):
        yield "one of its clusters came twice"
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            yield f"{name} {'came to' if name in new else 'left'} what is planned for"
        else:
            yield from (f"{name}: {line}" for line in _changes(old[name], new[name]))


def _changes(old: Json, new: Json) -> Iterator[str]:
    if _essence(old["changes"]) == _essence(new["changes"]):
        return
    before, after = _steps(old), _steps(new)
    for label in dict.fromkeys([*after, *before]):
        if label not in before:
            yield f"{label} became necessary"
        elif label not in after:
            yield f"{label} became needless, or another change"
        elif before[label] != after[label]:
            yield f"{label} became another change"
    if before == after:
        yield "the order of the changes became another"


def _steps(plan: Json) -> dict[str, list[Any]]:
    """The changes of a plan by what they do to what; an update may come in two parts."""
    steps: dict[str, list[Any]] = {}
    for change in plan["changes"]:
        where = f"{change['namespace']}/" if change["namespace"] else ""
        label = f"{change['operation']} {change['kind']} {where}{change['name']}"
        steps.setdefault(label, []).append(_essence({**change, "needs": []}))
    return steps


def _essence(value: Any) -> Any:  # noqa: ANN401 - JSON
    """What counts of a value: all but what is only said of it."""
    if isinstance(value, Mapping):
        return {name: _essence(part) for name, part in value.items() if name not in _SAID_ALONE}
    return [_essence(part) for part in value] if isinstance(value, list) else value


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    texts = dict(value)
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("not texts")
    return texts
