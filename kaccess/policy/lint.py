"""What a sound policy should not say without a reason: risky roles, grants that are over or do not end all they give.

Which rules are risks is `kaccess.rbac.risk`'s knowledge. A role accepts a risk by its id in `allow`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from kaccess.model.policy import Grant, Policy, Role, SourceKind
from kaccess.model.rule import Rule
from kaccess.policy.offboarded import is_offboarded
from kaccess.policy.outliving import ANY_SECRETS, OUTLIVES_GRANT, kept_of
from kaccess.policy.problems import Problem, Report, did_you_mean, show
from kaccess.policy.roles import rules_of
from kaccess.policy.shapes import time_text
from kaccess.rbac.risk import RISK_IDS, Risk, judge, risks

_LISTED = 4
_IDS: Final = RISK_IDS | {OUTLIVES_GRANT}


@dataclass(frozen=True)
class Lint:
    """What makes a policy unsafe to apply, and what is only worth a look; both by place."""

    refusals: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def lint(policy: Policy, now: datetime) -> Lint:
    """Judge every role of the policy, granted or not, and its grants at `now` (aware)."""
    report = Report()
    for role in policy.roles.values():
        _lint_role(role, report)
    for grant in policy.grants:
        if grant.until is not None:
            _lint_end(grant, grant.until, policy, report, now)
    for group in policy.groups.values():
        if group.source is SourceKind.IAM_ROLE and is_offboarded(policy, group.target):
            what = f"the group {show(group.name)} is the offboarded role {group.target}"
            report.refuse(group.place, f"{what} and gives nobody anything; take out one of the two lines")
    for each in policy.offboarded:
        if each.at > now:
            report.warn(each.place, f"{each.principal} is out at once, and not from {time_text(each.at)} on")
    return Lint(report.problems, report.warnings)


def _lint_role(role: Role, report: Report) -> None:
    for unknown in sorted(role.allow - _IDS):
        hint = did_you_mean(unknown, _IDS) or f"; the ids are {', '.join(sorted(_IDS))}"
        report.refuse(role.place, f"the role {show(role.name)} allows the unknown risk {show(unknown)}{hint}")
    rules = rules_of(role)
    if rules is None:
        what = f"the role {show(role.name)} binds the ClusterRole {role.cluster_role}"
        report.warn(role.place, f"{what}, whose rules only the cluster knows; they are not checked")
        return
    for risk in {risk.id: risk for risk in reversed(judge(rules, role.allow))}.values():
        note = report.refuse if risk.severity == "refuse" else report.warn
        note(role.place, _message(role, risk))
    needed = {risk.id for risk in risks(rules)} | {OUTLIVES_GRANT for _ in kept_of(rules, (ANY_SECRETS,))}
    for idle in sorted((role.allow & _IDS) - needed):
        report.warn(role.place, f"the role {show(role.name)} allows {idle} and has no rule that needs it")


def _lint_end(grant: Grant, end: datetime, policy: Policy, report: Report, now: datetime) -> None:
    if grant.ended(now):
        report.warn(grant.place, f"this grant ended at {time_text(end)} and has no effect; `kaccess expire` removes it")
        return
    role = policy.roles[grant.role]
    kept = kept_of(rules_of(role) or (), _rules_beside(grant, policy, now))
    for each in kept if OUTLIVES_GRANT not in role.allow else ():
        note = report.refuse if each.severity == "refuse" else report.warn
        accept = f"if that is meant, add {OUTLIVES_GRANT} to its allow"
        what = f"this grant ends at {time_text(end)}, and {each.what} do not"
        note(grant.place, f"{what}: the role {show(role.name)} lets people make them; {accept}")


def _rules_beside(grant: Grant, policy: Policy, now: datetime) -> Iterator[Rule]:
    """The rules of the group's other grants that are in force where this one is."""
    for other in policy.grants:
        if other is not grant and other.group == grant.group and not other.ended(now) and _overlap(grant, other):
            yield from rules_of(policy.roles[other.role]) or ()


def _overlap(one: Grant, other: Grant) -> bool:
    """Whether some namespace of some cluster may be of both."""
    if one.clusters and other.clusters and not set(one.clusters) & set(other.clusters):
        return False
    first, second = one.namespaces, other.namespaces
    if first.names and second.names:
        return bool(set(first.names) & set(second.names))
    names, pattern = first.names or second.names, first.match or second.match
    return not names or not pattern or any(fnmatchcase(name, pattern) for name in names)


def _message(role: Role, risk: Risk) -> str:
    source = f"by the ClusterRole {role.cluster_role}" if role.cluster_role else f"by {_rule_text(risk.rule)}"
    accept = f"if that is meant, add {risk.id} to its allow"
    return f"the role {show(role.name)} {risk.title} ({source}): {risk.why}; {accept}"


def _rule_text(rule: Rule) -> str:
    return f"{_few(rule.verbs)} on {_few(rule.resources)}"


def _few(words: tuple[str, ...]) -> str:
    return ",".join(words[:_LISTED]) + (",..." if len(words) > _LISTED else "")
