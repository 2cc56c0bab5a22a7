"""Findings about bindings: whom they name, whose they are, and what they name that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kaccess.audit.case import Case, binding_words
from kaccess.audit.given import as_user_or_group
from kaccess.audit.stock import AUTHENTICATED, EVERYBODY, UNAUTHENTICATED, is_component
from kaccess.model.finding import Finding
from kaccess.model.names import group_of
from kaccess.model.rule import Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.authorizer import SERVICE_ACCOUNT_PREFIX

ANONYMOUS: Final = "system:anonymous"


def gives_everything(rules: tuple[Rule, ...] | None) -> bool:
    """Whether a rule allows every request for an object."""
    return any(
        not rule.resource_names and all("*" in words for words in (rule.verbs, rule.api_groups, rule.resources))
        for rule in rules or ()
    )


def cluster_admins(case: Case) -> Iterator[Finding]:
    """Bindings that give everything everywhere."""
    for binding in case.foreign_bindings:
        if not binding.namespace and gives_everything(case.rules_of(binding)):
            what = f"{_names(binding)} may do everything, by ClusterRole {binding.role_ref.name}"
            yield case.finding("cluster-admin-binding", binding_words(binding), what, principal=_first(binding))


def crowds(case: Case) -> Iterator[Finding]:
    """Bindings to whoever can log in, or need not even do that."""
    for binding in case.bindings:
        names = {subject.name for subject in binding.subjects if subject.kind != "ServiceAccount"}
        role = f"{binding.role_ref.kind} {binding.role_ref.name}"
        if names & {UNAUTHENTICATED, ANONYMOUS}:
            what = f"requests without a login have {role}"
            yield case.finding("anonymous-bound", binding_words(binding), what, principal=f"Group {UNAUTHENTICATED}")
        elif names & {AUTHENTICATED, "system:serviceaccounts"}:
            what = f"everybody in {', '.join(sorted(names & set(EVERYBODY)))} has {role}"
            yield case.finding("everybody-bound", binding_words(binding), what, principal=f"Group {AUTHENTICATED}")


def foreign(case: Case) -> Iterator[Finding]:
    """Bindings of others for groups of the policy; and others of theirs in its namespaces."""
    for binding in case.foreign_bindings:
        ours = sorted(name for name in binding.kube_groups if group_of(name) is not None)
        role = f"{binding.role_ref.kind} {binding.role_ref.name}"
        if ours:
            what = f"it gives {role} to {', '.join(ours)}"
            yield case.finding("own-group-bound", binding_words(binding), what, principal=f"Group {ours[0]}")
        elif binding.namespace in case.policy_namespaces and binding.subjects:
            what = f"it gives {role} to {_names(binding)}"
            yield case.finding("foreign-binding", binding_words(binding), what, principal=_first(binding))


def ghosts(case: Case) -> Iterator[Finding]:
    """Bindings of others to users and groups that nobody can be."""
    lonely = {access.principal for access in case.access}
    for binding in case.foreign_bindings:
        subjects = (subject for subject in binding.subjects if not is_component(subject))
        names = sorted({f"{each.kind} {each.name}" for each in subjects if _is_lonely(each, binding, lonely)})
        if names:
            what = f"nobody can be {', '.join(names)}"
            yield case.finding("nobody-bound", binding_words(binding), what, principal=names[0])


def _is_lonely(subject: Subject, binding: Binding, lonely: set[str]) -> bool:
    kind, name = as_user_or_group(subject, binding.namespace)
    if name.startswith((SERVICE_ACCOUNT_PREFIX, "system:serviceaccounts")) or name in {*EVERYBODY, ANONYMOUS}:
        return False
    return f"{kind} {name}" in lonely


def without_role(case: Case) -> Iterator[Finding]:
    """Bindings to roles that are not there."""
    for binding in case.foreign_bindings:
        if binding.subjects and case.rules_of(binding) is None:
            what = f"there is no {binding.role_ref.kind} {binding.role_ref.name}"
            yield case.finding("role-missing", binding_words(binding), what, principal=_first(binding))


def _names(binding: Binding) -> str:
    return ", ".join(map(_name, binding.subjects)) or "nobody"


def _name(subject: Subject) -> str:
    where = f"{subject.namespace}/" if subject.kind == "ServiceAccount" else ""
    return f"{subject.kind} {where}{subject.name}"


def _first(binding: Binding) -> str:
    return _name(binding.subjects[0]) if binding.subjects else ""


FINDERS: Final = (cluster_admins, crowds, foreign, ghosts, without_role)
