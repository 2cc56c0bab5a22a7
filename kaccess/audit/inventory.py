"""All RBAC objects of a cluster, with what an audit needs beside their rules: whose they are, what they aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kaccess.model.state import Binding, Key, KubeRole
from kaccess.rbac.aggregate import ClusterRole
from kaccess.rbac.authorizer import RbacObjects


@dataclass(frozen=True)
class Inventory:
    """The RBAC objects of a cluster. ClusterRoles have the rules that the cluster's own controller gathered for them.

    A binding with an empty namespace is a ClusterRoleBinding. `owned` are the keys of the Roles and RoleBindings that
    carry kaccess's label.
    """

    roles: tuple[KubeRole, ...] = ()
    cluster_roles: tuple[ClusterRole, ...] = ()
    bindings: tuple[Binding, ...] = ()
    owned: frozenset[Key] = frozenset()

    @cached_property
    def objects(self) -> RbacObjects:
        """The same as authorization goes by it."""
        return RbacObjects(
            {(role.namespace, role.name): role.rules for role in self.roles},
            {role.name: role.rules for role in self.cluster_roles},
            self.bindings,
        )
