"""Findings about bindings: whom they name, whose they are, and what they name that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from kaccess.audit.access import ALL_ACCOUNTS, principal_of
from kaccess.audit.case import Case, binding_words, writes_aws_auth
from kaccess.audit.given import as_user_or_group
from kaccess.audit.scope import gives_in_namespaces
from kaccess.audit.stock import AUTHENTICATED, EVERYBODY, UNAUTHENTICATED, is_component
from kaccess.model.finding import Finding, Severity
from kaccess.model.names import KUBE_SYSTEM, group_of
from kaccess.model.rule import Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.authorizer import SERVICE_ACCOUNT_PREFIX
from kaccess.rbac.risk import risks

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


def writers(case: Case) -> Iterator[Finding]:
    """Bindings, but those that give everything, by which aws-auth can be written."""
    for binding in case.bindings if case.reads_aws_auth else ():
        rules = case.rules_of(binding) or ()
        is_listed_apart = not binding.namespace and gives_everything(rules)
        if binding.namespace not in {"", KUBE_SYSTEM} or not binding.subjects or is_listed_apart:
            continue
        if writes_aws_auth(rules):
            what = f"{_names(binding)} may write it, by {binding.role_ref.kind} {binding.role_ref.name}"
            yield case.finding("aws-auth-writable", binding_words(binding), what, principal=_first(binding))


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
    """Bindings of others for groups of the policy; and others of theirs that reach its namespaces.

    Of those that reach every namespace, only what no other finding says: operators have many of them.
    """
    for binding in case.foreign_bindings:
        ours = sorted(name for name in binding.kube_groups if group_of(name) is not None)
        role = f"{binding.role_ref.kind} {binding.role_ref.name}"
        if ours:
            what = f"it gives {role} to {', '.join(ours)}"
            yield case.finding("own-group-bound", binding_words(binding), what, principal=f"Group {ours[0]}")
        elif binding.namespace in case.policy_namespaces and binding.subjects:
            what = f"it gives {role} to {_names(binding)}"
            yield case.finding("foreign-binding", binding_words(binding), what, principal=_first(binding))
        elif not binding.namespace and _is_told_nowhere_else(case, binding):
            reached = [each for each in binding.subjects if not _is_reserved(each) and not _is_nobody(case, each)]
            names = [_name(each) for each in reached]
            if names:
                what = f"it gives {role} in every namespace to {', '.join(names)}"
                yield case.finding(
                    "foreign-binding", binding_words(binding), what, principal=names[0], severity=Severity.INFO
                )


def _is_told_nowhere_else(case: Case, binding: Binding) -> bool:
    """Whether a ClusterRoleBinding gives something in namespaces, and nothing that is a finding of its own."""
    rules = case.rules_of(binding) or ()
    is_crowd = any(subject.name in {*EVERYBODY, ANONYMOUS} for subject in binding.subjects)
    return not is_crowd and _is_harmless(rules) and not (case.reads_aws_auth and writes_aws_auth(rules))


@lru_cache(1024)
def _is_harmless(rules: tuple[Rule, ...]) -> bool:
    """Whether rules give something in namespaces, and are no hazard; many bindings give the same ones."""
    return any(map(gives_in_namespaces, rules)) and not risks(rules)


def _is_reserved(subject: Subject) -> bool:
    """Whether a subject belongs to the cluster itself: a component, or a service account of a namespace of its own."""
    return is_component(subject) or (subject.kind == "ServiceAccount" and subject.namespace.startswith("kube-"))


def ghosts(case: Case) -> Iterator[Finding]:
    """Bindings of others to users and groups that nobody can be, and to service accounts that do not exist."""
    for binding in case.foreign_bindings:
        nobody = {_principal(each, binding) for each in binding.subjects if _is_nobody(case, each, binding.namespace)}
        accounts = sorted(name for name in nobody if name.startswith("ServiceAccount "))
        others = sorted(nobody.difference(accounts))
        if nobody:
            about = [f"no entry leads to {', '.join(others)}"] if others else []
            about += [f"there is no {', '.join(accounts)}"] if accounts else []
            yield case.finding(
                "nobody-bound", binding_words(binding), "; ".join(about), principal=(others or accounts)[0]
            )


def _principal(subject: Subject, binding: Binding) -> str:
    return principal_of(*as_user_or_group(subject, binding.namespace))[0]


def _is_nobody(case: Case, subject: Subject, namespace: str = "") -> bool:
    """Whether nobody can be the subject. Of whom OIDC providers let in, and of what is not known, no one can tell."""
    if is_component(subject):
        return False
    kind, name = as_user_or_group(subject, namespace)
    if kind == "User" and name.startswith(SERVICE_ACCOUNT_PREFIX):
        return case.service_accounts is not None and name not in case.service_accounts
    if case.cluster.identity_providers or name.startswith(ALL_ACCOUNTS) or name in {*EVERYBODY, ANONYMOUS}:
        return False
    return f"{kind} {name}" in case.principals


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


FINDERS: Final = (cluster_admins, writers, crowds, foreign, ghosts, without_role)
