"""Join identity entries with RBAC objects: every principal, every way in, every role it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kaccess.model.access import Access
from kaccess.model.names import PREFIX, group_of
from kaccess.model.rule import Rule, Subject
from kaccess.model.state import Binding, Entry
from kaccess.rbac.authorizer import RbacObjects

AUTHENTICATED: Final = "system:authenticated"
BASIC: Final = frozenset({"system:basic-user", "system:discovery", "system:public-info-viewer"})
"""The ClusterRoles Kubernetes itself binds to everybody: who am I, what may I do, which resources are there."""


def effective_access(entries: Iterable[Entry], rbac: RbacObjects) -> tuple[Access, ...]:
    """Every way of every principal to a role, sorted; then the bound subjects that no entry leads to."""
    known = sorted(entries)
    bindings = [binding for binding in rbac.bindings if not _is_basic(binding)]
    found = {access for entry in known for access in _of_entry(entry, bindings, rbac)}
    reached = {name for entry in known for name in (*entry.kube_groups, entry.username, AUTHENTICATED)}
    found.update(_without_entry(bindings, reached, rbac))
    return tuple(sorted(found, key=lambda access: (access.principal, access.namespace, access.role, access.via)))


def _of_entry(entry: Entry, bindings: Iterable[Binding], rbac: RbacObjects) -> Iterator[Access]:
    for policy in entry.access_policies:
        for namespace in policy.namespaces or ("",):
            yield Access(entry.principal, "access entry, access policy", namespace, policy.name, rules=None)
    for binding in bindings:
        for subject in binding.subjects:
            if _is(subject, entry):
                yield Access(entry.principal, _via(subject), *_reached(binding, rbac))


def _is(subject: Subject, entry: Entry) -> bool:
    if subject.kind == "User":
        return subject.name == entry.username
    return subject.kind == "Group" and subject.name in (*entry.kube_groups, AUTHENTICATED)


def _via(subject: Subject) -> str:
    if subject.kind == "User":
        return f"access entry, user name {subject.name}"
    group = group_of(subject.name)
    return f"access entry, group {group}" if group else f"access entry, Kubernetes group {subject.name}"


def _reached(binding: Binding, rbac: RbacObjects) -> tuple[str, str, str, tuple[Rule, ...]]:
    """The namespace, role, binding and rules a binding gives."""
    ref = binding.role_ref
    if ref.kind == "Role":
        rules = rbac.roles.get((binding.namespace, ref.name), ())
    else:
        rules = rbac.cluster_roles.get(ref.name, ())
    role = ref.name.removeprefix(PREFIX)
    return binding.namespace, role if ref.kind == "Role" else f"ClusterRole {role}", binding.name, rules


def _without_entry(bindings: Iterable[Binding], reached: set[str], rbac: RbacObjects) -> Iterator[Access]:
    """Subjects of the cluster alone: service accounts, and users and groups that no entry makes anybody."""
    for binding in bindings:
        for subject in binding.subjects:
            inside = subject.kind == "ServiceAccount"
            if inside or subject.name not in reached:
                name = f"{subject.namespace}/{subject.name}" if inside else subject.name
                via = "inside the cluster" if inside else "no access entry leads here"
                yield Access(f"{subject.kind} {name}", via, *_reached(binding, rbac))


def _is_basic(binding: Binding) -> bool:
    """Kubernetes' own: the basics for everybody, and what its components are bound to."""
    if not binding.namespace and binding.role_ref.name in BASIC:
        return True
    named_by_kubernetes = binding.name.startswith(("system:", "eks:")) or binding.name == "cluster-admin"
    return named_by_kubernetes and all(_is_system(subject) for subject in binding.subjects)


def _is_system(subject: Subject) -> bool:
    return subject.namespace == "kube-system" or subject.name.startswith(("system:", "eks:"))
