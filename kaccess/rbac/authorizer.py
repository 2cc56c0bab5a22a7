"""Who may do what where: the RBAC objects of one cluster, asked as the API server asks them.

This is the `RBAC` authorization mode alone. The API server lets `SYSTEM_MASTERS` through before RBAC is asked, and
EKS adds its access policies beside it; whoever needs the cluster's whole answer adds those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from kaccess.model.rule import RBAC_GROUP, RoleRef, Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.allow import rule_allows
from kaccess.rbac.request import Request

SYSTEM_MASTERS: Final = "system:masters"
"""The group that may do everything, whatever RBAC says."""

SERVICE_ACCOUNT_PREFIX: Final = "system:serviceaccount:"
"""User names of service accounts are this, the namespace, a colon and the name."""


@dataclass(frozen=True)
class RbacObjects:
    """All RBAC objects of a cluster. `roles` is keyed by (namespace, name).

    A binding with an empty namespace is a ClusterRoleBinding. A binding may name a role that does not exist.
    """

    roles: Mapping[tuple[str, str], tuple[Rule, ...]]
    cluster_roles: Mapping[str, tuple[Rule, ...]]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True)
class Decision:
    """The answer to one request and what it rests on: the first binding, subject and rule that allow it.

    `dangling` holds the texts of the API server's errors about bindings to roles that do not exist.
    """

    allowed: bool
    binding: Binding | None = None
    rule: Rule | None = None
    subject: Subject | None = None
    dangling: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The reason in the API server's words; empty when nothing is to be said."""
        if self.binding and self.subject:
            return f"RBAC: allowed by {_describe(self.binding, self.subject)}"
        if len(self.dangling) > 1:
            return f"RBAC: [{', '.join(self.dangling)}]"
        return f"RBAC: {self.dangling[0]}" if self.dangling else ""


class Authorizer:
    """Answers requests from indexes, so that its cost is that of the bindings of the one who asks."""

    def __init__(self, objects: RbacObjects) -> None:
        self._objects = objects
        self._index: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for position, binding in enumerate(objects.bindings):
            for subject in binding.subjects:
                kind, name = _as_user_or_group(subject, binding.namespace)
                self._index[binding.namespace, kind, name].append(position)

    def decide(self, username: str, groups: Iterable[str], request: Request) -> Decision:
        """Answer one request; ClusterRoleBindings are asked before the RoleBindings of the request's namespace.

        Paths belong to no namespace, so a RoleBinding never grants one.
        """
        namespace = "" if request.path else request.namespace
        dangling: dict[str, None] = {}
        for binding, subject in self._applying(username, groups, namespace):
            rules = self._rules_of(binding)
            if rules is None:
                dangling[_not_found(binding.role_ref)] = None
                continue
            for rule in rules:
                if rule_allows(rule, request):
                    return Decision(True, binding, rule, subject)
        return Decision(False, dangling=tuple(dangling))

    def rules_for(self, username: str, groups: Iterable[str], namespace: str) -> tuple[Rule, ...]:
        """The rules held in the namespace, cluster-wide ones first; with an empty namespace only those.

        This is what SelfSubjectRulesReview lists and what the escalation check compares with: rules appear as often
        as bindings give them.
        """
        applying = self._applying(username, groups, namespace)
        return tuple(rule for binding, _ in applying for rule in self._rules_of(binding) or ())

    def dangling_for(self, username: str, groups: Iterable[str], namespace: str) -> tuple[str, ...]:
        """The names, each once, of the roles that are not there although bindings name them for `rules_for`."""
        applying = self._applying(username, groups, namespace)
        missing = (binding.role_ref.name for binding, _ in applying if self._rules_of(binding) is None)
        return tuple(dict.fromkeys(missing))

    def role_rules(self, role_ref: RoleRef, namespace: str) -> tuple[Rule, ...] | None:
        """The rules of the role that a binding in the namespace (empty: cluster-wide) names; None if there is none."""
        if role_ref.kind == "ClusterRole":
            return self._objects.cluster_roles.get(role_ref.name)
        return self._objects.roles.get((namespace, role_ref.name)) if role_ref.kind == "Role" else None

    def _rules_of(self, binding: Binding) -> tuple[Rule, ...] | None:
        return self.role_rules(binding.role_ref, binding.namespace)

    def _applying(self, username: str, groups: Iterable[str], namespace: str) -> Iterator[tuple[Binding, Subject]]:
        asking = {("User", username), *(("Group", group) for group in groups)}
        for scope in ("", namespace) if namespace else ("",):
            positions = {at for kind, name in asking for at in self._index.get((scope, kind, name), ())}
            for binding in (self._objects.bindings[position] for position in sorted(positions)):
                yield binding, next(s for s in binding.subjects if _as_user_or_group(s, scope) in asking)


def _as_user_or_group(subject: Subject, binding_namespace: str) -> tuple[str, str]:
    """A service account is the user of that name; without a namespace it is one of the binding's namespace."""
    if subject.kind != "ServiceAccount":
        return subject.kind, subject.name
    namespace = subject.namespace or binding_namespace
    return ("User", f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{subject.name}") if namespace else ("", "")


def _describe(binding: Binding, subject: Subject) -> str:
    kind, where = ("RoleBinding", f"/{binding.namespace}") if binding.namespace else ("ClusterRoleBinding", "")
    who = subject.name
    if subject.kind == "ServiceAccount":
        who = f"{subject.name}/{subject.namespace or binding.namespace}"
    role_ref = binding.role_ref
    return f'{kind} "{binding.name}{where}" of {role_ref.kind} "{role_ref.name}" to {subject.kind} "{who}"'


def _not_found(role_ref: RoleRef) -> str:
    return f'{role_ref.kind.lower()}.{RBAC_GROUP} "{role_ref.name}" not found'
