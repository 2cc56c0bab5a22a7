"""The names kaccess gives to what it owns in the cluster, and the marks by which it knows them again.

IAM group names are up to 128 characters of `[A-Za-z0-9_+=,.@-]` (IAM quotas). RBAC objects accept them as they are,
because their names need only be path segments (no `/`, no `%`); a ConfigMap name must be a DNS-1123 subdomain,
so there a name that does not fit is shortened and told apart by a digest.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
OWNER: Final = "kaccess"
GROUP_ANNOTATION: Final = "kaccess.io/group"
ROLE_ANNOTATION: Final = "kaccess.io/role"
SYSTEM_NAMESPACE: Final = "kaccess-system"
RECONCILER: Final = "kaccess-reconciler"
"""What a reconciler is called in the cluster: its namespace, its Kubernetes group, its roles and its Lease.

The namespace is its own, so that it cannot change its own policy and image: nothing it is allowed reaches there.
"""

PREFIX: Final = "kaccess:"
IAM_PATH: Final = "/kaccess/"
"""The path of the IAM roles that kaccess makes; with its tag, the mark by which it knows them again."""

ASSUME_POLICY: Final = "kaccess-assume"
"""The inline policy by which kaccess lets an IAM group assume its role; inline policies carry no tags."""

DIRECTORY_ROLE: Final = "directory"
"""The role name that the directory's own Roles carry; `validate` keeps policies from using it."""

KUBE_SYSTEM: Final = "kube-system"
AWS_AUTH: Final = "aws-auth"
"""The ConfigMap in kube-system by which clusters let people in that have no access entries, or not only those."""

AWS_AUTH_BACKUP: Final = "kaccess-aws-auth-backup"
"""What was in it before kaccess last wrote it, beside it."""

PROTECTED_NAMESPACES: Final = frozenset({KUBE_SYSTEM, "kube-public", "kube-node-lease", SYSTEM_NAMESPACE, RECONCILER})
"""Namespaces no grant may reach: write access to any of them is a way to the whole cluster."""

_ROLE_NAME: Final = 64
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")
_DIGESTED = re.compile(r".*-[0-9a-f]{16}")


def kube_group(group: str) -> str:
    """The Kubernetes group that members of the policy group `group` are in."""
    return PREFIX + group


def group_of(kube_group_name: str) -> str | None:
    """The policy group behind a Kubernetes group, or None if the group is foreign."""
    return kube_group_name[len(PREFIX) :] if kube_group_name.startswith(PREFIX) else None


def kube_role_name(role: str) -> str:
    """The name of the Role that carries the rules of the policy role `role`."""
    return PREFIX + role


def binding_name(group: str, role: str, cluster_role: str | None = None) -> str:
    """The name of the RoleBinding of `group` to `role`.

    roleRef is immutable, so all that decides it is part of the name: another roleRef is another binding.
    """
    return ":".join([PREFIX + group, role, *([cluster_role] if cluster_role else [])])


def card_name(group: str) -> str:
    """The name of the ConfigMap, Role and RoleBinding that publish the directory card of `group`.

    A name that is a short DNS-1123 label is kept, unless it looks like a digested one; so no two groups share a card.
    """
    if _LABEL.fullmatch(group) and not _DIGESTED.fullmatch(group):
        return f"directory-{group}"
    slug = re.sub(r"[^a-z0-9]+", "-", group.lower())[:40].strip("-") or "group"
    return f"directory-{slug}-{hashlib.sha256(group.encode()).hexdigest()[:16]}"


def iam_role_name(group: str) -> str:
    """The name of the IAM role that members of the policy group `group` assume; role names have 64 characters."""
    name = f"{OWNER}-{group}"
    if len(name) <= _ROLE_NAME and not _DIGESTED.fullmatch(name.lower()):
        return name
    return f"{name[: _ROLE_NAME - 17]}-{hashlib.sha256(group.encode()).hexdigest()[:16]}"
