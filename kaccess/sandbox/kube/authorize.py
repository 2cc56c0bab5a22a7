"""Who is asking, and may they? RBAC on the stored objects, beside whatever other authorizer the caller brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from kaccess.model.rule import RoleRef, Rule, Subject, rules_from_json
from kaccess.model.state import Binding
from kaccess.rbac.authorizer import SYSTEM_MASTERS, Authorizer, RbacObjects
from kaccess.rbac.request import Request
from kaccess.sandbox.kube import statuses
from kaccess.sandbox.kube.resources import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, RBAC_KINDS, ROLE_BINDINGS, ROLES
from kaccess.sandbox.kube.store import Object, Store

AUTHENTICATED: Final = "system:authenticated"
ANONYMOUS: Final = "system:anonymous"
UNAUTHENTICATED: Final = "system:unauthenticated"


@dataclass(frozen=True)
class UserInfo:
    """A user as the API server knows one. `extra` is what the authenticator adds for the audit log."""

    username: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


EVERYTHING: Final = (Rule(("*",), ("*",), ("*",)), Rule(("*",), non_resource_urls=("*",)))
"""The rules that allow every request."""

NOBODY: Final = UserInfo(ANONYMOUS, groups=(UNAUTHENTICATED,))

Access: TypeAlias = Callable[[UserInfo, Request], bool]
"""An authorizer beside RBAC: True allows, False leaves the answer to RBAC."""


@dataclass(frozen=True)
class Verdict:
    """The answer to one request, with the reason that a SubjectAccessReview shows."""

    allowed: bool
    reason: str = ""


class Authority:
    """Answers for the objects that the store holds at the moment of the question."""

    def __init__(self, store: Store, access: Access | None = None) -> None:
        self._store = store
        self._access = access
        self._indexed_at = -1
        self._authorizer = Authorizer(RbacObjects({}, {}, ()))

    @property
    def lists_all(self) -> bool:
        """Whether `rules_for` tells all that a user may do: other authorizers than RBAC list no rules."""
        return self._access is None

    def decide(self, user: UserInfo, request: Request) -> Verdict:
        """Answer one request of the user."""
        if SYSTEM_MASTERS in user.groups:
            return Verdict(True)
        if self._access is not None and self._access(user, request):
            return Verdict(True, "EKS Access Policy: allowed by an associated access policy")
        decision = self._rbac().decide(user.username, user.groups, request)
        return Verdict(decision.allowed, decision.reason)

    def require(self, user: UserInfo, request: Request) -> None:
        """Refuse the request unless the user may make it.

        Raises:
            StatusError: 403.
        """
        verdict = self.decide(user, request)
        if not verdict.allowed:
            raise statuses.forbidden_request(user.username, request, verdict.reason)

    def rules_for(self, user: UserInfo, namespace: str) -> tuple[Rule, ...]:
        """The RBAC rules the user holds in a namespace; other authorizers do not show here, as in EKS."""
        return self._rbac().rules_for(user.username, user.groups, namespace)

    def dangling_for(self, user: UserInfo, namespace: str) -> tuple[str, ...]:
        """The names of roles that are not there, of the bindings of the user in a namespace."""
        return self._rbac().dangling_for(user.username, user.groups, namespace)

    def role_rules(self, role_ref: RoleRef, namespace: str) -> tuple[Rule, ...] | None:
        """The rules of the role that a binding in `namespace` names; None if there is none."""
        return self._rbac().role_rules(role_ref, namespace)

    def _rbac(self) -> Authorizer:
        changed = self._store.changed(*RBAC_KINDS)
        if changed != self._indexed_at:
            self._authorizer = Authorizer(rbac_objects(self._store))
            self._indexed_at = changed
        return self._authorizer


def rbac_objects(store: Store) -> RbacObjects:
    """The RBAC objects of the store, ClusterRoles with the rules that a controller gave them."""
    roles = {_key(role): rules_from_json(role.get("rules")) for role in store.list(ROLES)}
    cluster_roles = {role["metadata"]["name"]: rules_from_json(role.get("rules")) for role in store.list(CLUSTER_ROLES)}
    bindings = (*store.list(CLUSTER_ROLE_BINDINGS), *store.list(ROLE_BINDINGS))
    return RbacObjects(roles, cluster_roles, tuple(map(_binding, bindings)))


def _key(obj: Object) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _binding(obj: Object) -> Binding:
    subjects = tuple(map(Subject.from_json, obj.get("subjects") or ()))
    return Binding(*_key(obj), RoleRef.from_json(obj["roleRef"]), subjects)
