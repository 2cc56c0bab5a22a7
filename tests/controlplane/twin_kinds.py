"""One object of each kind that the sandbox serves, small but complete, to send to both servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kaccess.model.rule import RBAC_GROUP

NAMESPACE = "twins"
LABELS = {"twins": "yes"}
TEMPLATE = {
    "metadata": {"labels": {"app": "one"}},
    "spec": {"containers": [{"name": "main", "image": "registry.example/one:1"}]},
}
JOB_TEMPLATE = {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}
SELECTED = {"selector": {"matchLabels": {"app": "one"}}, "template": TEMPLATE}
RULES = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]
SUBJECTS = [{"kind": "Group", "apiGroup": RBAC_GROUP, "name": "someone"}]
VIEW = {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "view"}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


@dataclass(frozen=True)
class Kind:
    """A kind and what an object of it says beside its metadata."""

    plural: str
    kind: str
    group: str
    content: dict[str, Any]
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/v1" if self.group else "v1"

    @property
    def everywhere(self) -> str:
        """The collection over all namespaces."""
        return f"/apis/{self.group}/v1/{self.plural}" if self.group else f"/api/v1/{self.plural}"

    @property
    def collection(self) -> str:
        if not self.namespaced:
            return self.everywhere
        return self.everywhere.removesuffix(self.plural) + f"namespaces/{NAMESPACE}/{self.plural}"

    def manifest(self, name: str, **metadata: Any) -> dict[str, Any]:
        """An object with our labels; it names its namespace only if told to."""
        described = {"name": name, "labels": dict(LABELS), **metadata}
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": described, **self.content}


KINDS = (
    Kind("configmaps", "ConfigMap", "", {"data": {"a": "1"}}),
    Kind("secrets", "Secret", "", {"stringData": {"a": "1"}}),
    Kind("serviceaccounts", "ServiceAccount", "", {}),
    Kind("services", "Service", "", {"spec": {"ports": [{"port": 80}], "selector": {"app": "one"}}}),
    Kind("pods", "Pod", "", {"spec": TEMPLATE["spec"]}),
    Kind("persistentvolumeclaims", "PersistentVolumeClaim", "", {"spec": CLAIM}),
    Kind("events", "Event", "", {"involvedObject": {"kind": "Pod", "namespace": NAMESPACE, "name": "one"}}),
    Kind("namespaces", "Namespace", "", {}, namespaced=False),
    Kind("deployments", "Deployment", "apps", {"spec": SELECTED}),
    Kind("replicasets", "ReplicaSet", "apps", {"spec": SELECTED}),
    Kind("daemonsets", "DaemonSet", "apps", {"spec": SELECTED}),
    Kind("statefulsets", "StatefulSet", "apps", {"spec": {**SELECTED, "serviceName": "one"}}),
    Kind("jobs", "Job", "batch", {"spec": {"template": JOB_TEMPLATE}}),
    Kind(
        "cronjobs",
        "CronJob",
        "batch",
        {"spec": {"schedule": "0 1 * * *", "jobTemplate": {"spec": {"template": JOB_TEMPLATE}}}},
    ),
    Kind("leases", "Lease", "coordination.k8s.io", {"spec": {"holderIdentity": "one"}}),
    Kind("roles", "Role", RBAC_GROUP, {"rules": RULES}),
    Kind("rolebindings", "RoleBinding", RBAC_GROUP, {"roleRef": VIEW, "subjects": SUBJECTS}),
    Kind("clusterroles", "ClusterRole", RBAC_GROUP, {"rules": RULES}, namespaced=False),
    Kind(
        "clusterrolebindings",
        "ClusterRoleBinding",
        RBAC_GROUP,
        {"roleRef": VIEW, "subjects": SUBJECTS},
        namespaced=False,
    ),
)
