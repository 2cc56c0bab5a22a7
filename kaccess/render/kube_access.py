"""RBAC objects that give a Kubernetes group what a persona needs, with their manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kaccess.model.rule import RBAC_GROUP, RoleRef, Rule, Subject
from kaccess.render.yaml_text import Document


@dataclass(frozen=True)
class KubeAccess:
    """What one Kubernetes group may do: in the whole cluster, and in each namespace.

    `comments` explain single namespaces; the empty one stands for the cluster.
    """

    group: str
    cluster: tuple[Rule, ...]
    namespaces: Mapping[str, tuple[Rule, ...]] = field(default_factory=lambda: MappingProxyType({}))
    comments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def documents(self) -> Iterator[Document]:
        """A ClusterRole and a Role for each namespace, all bound to the group."""
        for namespace, rules in {"": self.cluster, **self.namespaces}.items():
            if rules:
                yield Document(self._role(namespace, rules), self.comments.get(namespace, ""))
                yield Document(self._binding(namespace))

    def _role(self, namespace: str, rules: tuple[Rule, ...]) -> dict[str, Any]:
        return {**self._head("Role", namespace), "rules": [rule.to_json() for rule in rules]}

    def _binding(self, namespace: str) -> dict[str, Any]:
        kind = "Role" if namespace else "ClusterRole"
        return {
            **self._head("RoleBinding", namespace),
            "roleRef": RoleRef(kind, self.group).to_json(),
            "subjects": [Subject.group(self.group).to_json()],
        }

    def _head(self, kind: str, namespace: str) -> dict[str, Any]:
        metadata = {"name": self.group, **({"namespace": namespace} if namespace else {})}
        return {"apiVersion": f"{RBAC_GROUP}/v1", "kind": kind if namespace else f"Cluster{kind}", "metadata": metadata}
