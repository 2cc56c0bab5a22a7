"""The ClusterRoles and ClusterRoleBindings that every Kubernetes cluster is born with, as far as people meet them.

The data is `builtin.json`: the manifests of Kubernetes `KUBERNETES_VERSION` before aggregation. A real cluster's roles
may be wider, since operators aggregate rules of their own into `view`, `edit` and `admin`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from kaccess.model.rule import RoleRef, Rule, Subject
from kaccess.model.state import Binding
from kaccess.rbac.aggregate import ClusterRole, aggregate

KUBERNETES_VERSION: Final = "1.36.3"
"""The release whose bootstrap policy `builtin.json` holds; 1.37.2 has the same rules for these roles."""


@cache
def builtin_cluster_roles() -> Mapping[str, tuple[Rule, ...]]:
    """The rules of the built-in ClusterRoles by name, `view`, `edit` and `admin` as aggregated."""
    return MappingProxyType(aggregate(builtin_manifests()))


@cache
def builtin_manifests() -> tuple[ClusterRole, ...]:
    """The built-in ClusterRoles before aggregation, with their labels and selectors."""
    return tuple(ClusterRole.from_json(role) for role in _load()["clusterRoles"])


@cache
def builtin_bindings() -> tuple[Binding, ...]:
    """The default ClusterRoleBindings of these roles (their namespace is empty)."""
    return tuple(
        Binding(
            "",
            binding["metadata"]["name"],
            RoleRef.from_json(binding["roleRef"]),
            tuple(map(Subject.from_json, binding["subjects"])),
        )
        for binding in _load()["clusterRoleBindings"]
    )


def _load() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files(__package__).joinpath("builtin.json").read_text("utf-8"))
    return loaded
