"""The table of what is served: one row a resource, and the lookups into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from kaccess.model.rule import RBAC_GROUP

READ_WRITE: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class NameRule(Enum):
    """Which names a kind's objects may have."""

    LABEL = "DNS-1123 label"
    SUBDOMAIN = "DNS-1123 subdomain"
    SERVICE = "DNS-1035 label"
    SEGMENT = "path segment"


@dataclass(frozen=True)
class Resource:
    """A resource of the API. `message` names its type in `types.txt`.

    `generations`: changes of what is wanted are counted. `upserts`: an update creates what is not there.
    `returns_deleted`: a deletion answers with the object that is gone. `subresources` are those served beside the
    object itself.
    """

    group: str
    version: str
    plural: str
    kind: str
    message: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    names: NameRule = NameRule.SUBDOMAIN
    generations: bool = False
    upserts: bool = False
    returns_deleted: bool = False
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = READ_WRITE

    @property
    def api_version(self) -> str:
        """`v1` or `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """The name of one, as kubectl accepts it."""
        return self.kind.lower()


NAMESPACES: Final = Resource(
    "", "v1", "namespaces", "Namespace", "core.Namespace", namespaced=False, short_names=("ns",), names=NameRule.LABEL,
    subresources=("status",), verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
)  # fmt: skip
ROLES: Final = Resource(RBAC_GROUP, "v1", "roles", "Role", "rbac.Role", names=NameRule.SEGMENT, upserts=True)
ROLE_BINDINGS: Final = replace(ROLES, plural="rolebindings", kind="RoleBinding", message="rbac.RoleBinding")
CLUSTER_ROLES: Final = replace(
    ROLES, plural="clusterroles", kind="ClusterRole", message="rbac.ClusterRole", namespaced=False
)
CLUSTER_ROLE_BINDINGS: Final = replace(
    ROLES, plural="clusterrolebindings", kind="ClusterRoleBinding", message="rbac.ClusterRoleBinding", namespaced=False
)
RBAC_KINDS: Final = (ROLES, ROLE_BINDINGS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS)
SERVICE_ACCOUNTS: Final = Resource(
    "", "v1", "serviceaccounts", "ServiceAccount", "core.ServiceAccount", short_names=("sa",), returns_deleted=True,
    subresources=("token",),
)  # fmt: skip
PODS: Final = Resource(
    "", "v1", "pods", "Pod", "core.Pod", short_names=("po",), categories=("all",), generations=True,
    returns_deleted=True,
    subresources=("attach", "exec", "log", "portforward", "proxy", "status"),
)  # fmt: skip
DEPLOYMENTS: Final = Resource(
    "apps", "v1", "deployments", "Deployment", "apps.Deployment", short_names=("deploy",), categories=("all",),
    generations=True, subresources=("scale", "status"),
)  # fmt: skip

CONFIG_MAPS: Final = Resource("", "v1", "configmaps", "ConfigMap", "core.ConfigMap", short_names=("cm",))

RESOURCES: Final = (
    NAMESPACES,
    CONFIG_MAPS,
    Resource("", "v1", "events", "Event", "core.Event", short_names=("ev",), names=NameRule.SEGMENT, upserts=True),
    Resource("", "v1", "nodes", "Node", "core.Node", False, short_names=("no",), subresources=("proxy", "status")),
    Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "core.PersistentVolumeClaim",
             short_names=("pvc",), returns_deleted=True, subresources=("status",)),
    PODS,
    Resource("", "v1", "secrets", "Secret", "core.Secret"),
    SERVICE_ACCOUNTS,
    Resource("", "v1", "services", "Service", "core.Service", short_names=("svc",), categories=("all",),
             names=NameRule.SERVICE, upserts=True, returns_deleted=True, subresources=("proxy", "status")),
    replace(DEPLOYMENTS, plural="daemonsets", kind="DaemonSet", message="apps.DaemonSet", short_names=("ds",),
            subresources=("status",)),
    DEPLOYMENTS,
    replace(DEPLOYMENTS, plural="replicasets", kind="ReplicaSet", message="apps.ReplicaSet", short_names=("rs",)),
    replace(DEPLOYMENTS, plural="statefulsets", kind="StatefulSet", message="apps.StatefulSet", short_names=("sts",),
            names=NameRule.LABEL),
    Resource("batch", "v1", "cronjobs", "CronJob", "batch.CronJob", short_names=("cj",), categories=("all",),
             generations=True, subresources=("status",)),
    Resource("batch", "v1", "jobs", "Job", "batch.Job", categories=("all",), generations=True,
             subresources=("status",)),
    Resource("coordination.k8s.io", "v1", "leases", "Lease", "coordination.Lease", upserts=True),
    *RBAC_KINDS,
)  # fmt: skip


@dataclass(frozen=True)
class Review:
    """A resource that can only be created: a question, answered in the response."""

    group: str
    plural: str
    kind: str
    message: str
    namespaced: bool = False
    version: str = "v1"


REVIEWS: Final = (
    Review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", "authentication.SelfSubjectReview"),
    Review("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview",
           "authorization.LocalSubjectAccessReview", namespaced=True),
    Review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview",
           "authorization.SelfSubjectAccessReview"),
    Review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview",
           "authorization.SelfSubjectRulesReview"),
    Review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", "authorization.SubjectAccessReview"),
)  # fmt: skip

_BY_PATH: Final = {(row.group, row.version, row.plural): row for row in RESOURCES}
_REVIEWS_BY_PATH: Final = {(row.group, row.version, row.plural): row for row in REVIEWS}


def find_resource(group: str, version: str, plural: str) -> Resource | None:
    """The resource served under this group, version and plural."""
    return _BY_PATH.get((group, version, plural))


def find_review(group: str, version: str, plural: str) -> Review | None:
    """The review served under this group, version and plural."""
    return _REVIEWS_BY_PATH.get((group, version, plural))


def group_versions() -> Iterator[tuple[str, str]]:
    """Every (group, version) that is served, the core group first."""
    yield from dict.fromkeys((row.group, row.version) for row in (*RESOURCES, *REVIEWS))
