"""A company for audits, of any share of its full size: its people in IAM, and what a policy makes of them.

All of it is computed; nothing is random. The cluster agrees with the policy, but for a foreign binding in every tenth
namespace.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from kaccess.audit.snapshot import AccountSnapshot, IamGroup, IamUser
from kaccess.kube.manifests import to_manifest
from kaccess.model.names import binding_name, kube_group, kube_role_name
from kaccess.model.policy import Backend
from kaccess.model.rule import RBAC_GROUP, RoleRef, Subject
from kaccess.model.state import Binding, Entry, KubeRole
from kaccess.policy.files import PolicyFile
from kaccess.policy.load import load_files
from kaccess.policy.resolve import desired

USERS, GROUPS, NAMESPACES, BINDINGS = 5000, 300, 500, 20_000
ROLES = ("developer", "looker", "tester", "deployer")
NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
ACCOUNT = "111122223333"
_RULES = """\
    allow: [create-workloads]
    rules:
      - {apiGroups: [""], resources: [pods, pods/log, services, configmaps], verbs: [get, list, watch]}
      - {apiGroups: [apps], resources: [deployments], verbs: ["*"]}
"""
_HEAD = """\
apiVersion: kaccess/v1
kind: AccessPolicy
clusters:
  big: {name: big-eks, region: eu-south-1, account: "111122223333"}
"""


class Company:
    """Who and what there is."""

    def __init__(self, share: float) -> None:
        users, groups, namespaces, bindings = (
            round(share * number) for number in (USERS, GROUPS, NAMESPACES, BINDINGS)
        )
        self.groups = [f"team-{number}" for number in range(groups)]
        self.namespaces = [f"ns-{number}" for number in range(namespaces)]
        self.members = {
            f"arn:aws:iam::{ACCOUNT}:user/u{number}": sorted({self.groups[number * step % groups] for step in (1, 7)})
            for number in range(users)
        }
        places = [(number % groups, number // groups) for number in range(bindings)]
        self.bindings = [self._binding(group, turn) for group, turn in places]

    def policy(self) -> str:
        """The grants that the bindings come from, a line a group and role."""
        reached: dict[tuple[str, str], list[str]] = {}
        for each in self.bindings:
            group, role = each.name.removeprefix("kaccess:").split(":")
            reached.setdefault((group, role), []).append(each.namespace)
        declared = "".join(f"  {name}: {{}}\n" for name in self.namespaces)
        roles = "".join(f"  {role}:\n{_RULES}" for role in ROLES)
        grants = "".join(
            f"  - {{group: {group}, role: {role}, namespaces: [{', '.join(names)}], until: 2027-06-01T00:00:00Z}}\n"
            for (group, role), names in reached.items()
        )
        return f"{_HEAD}namespaces:\n{declared}roles:\n{roles}grants:\n{grants}"

    def account(self) -> AccountSnapshot:
        """IAM."""
        used = NOW - timedelta(days=3)
        users = tuple(IamUser(arn, used, tuple(groups), last_used=used) for arn, groups in self.members.items())
        return AccountSnapshot(ACCOUNT, users, tuple(map(IamGroup, self.groups)))

    def entries(self) -> tuple[Entry, ...]:
        """One for each user."""
        return tuple(
            Entry(arn, tuple(sorted(map(kube_group, groups))), username=arn) for arn, groups in self.members.items()
        )

    def manifests(self) -> list[dict[str, Any]]:
        """The RBAC objects: what an apply of the policy leaves, and what others made."""
        policy = load_files([PolicyFile(Path("kaccess.yaml"), self.policy())]).policy
        names: dict[str, dict[str, str]] = {name: {} for name in self.namespaces}
        about, backend = policy.clusters["big"], Backend.ACCESS_ENTRIES
        items = desired(policy, about, backend=backend, namespaces=names, members={}, now=NOW).state.items
        owned = [item for item in items if isinstance(item, KubeRole | Binding)]
        return [*map(to_manifest, owned), *map(_foreign, self.namespaces[::10])]

    def _binding(self, group: int, turn: int) -> Binding:
        """Turn after turn a group gets another role, and after all roles another namespace."""
        away, role = divmod(turn, len(ROLES))
        name = kube_role_name(ROLES[role])
        namespace = self.namespaces[(group * 7 + away) % len(self.namespaces)]
        kube_name = binding_name(self.groups[group], ROLES[role])
        return Binding(namespace, kube_name, RoleRef("Role", name), (Subject.group(kube_group(self.groups[group])),))


def _foreign(namespace: str) -> dict[str, Any]:
    return {
        "kind": "RoleBinding",
        "metadata": {"name": "by-hand", "namespace": namespace},
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "bot", "namespace": namespace}],
    }
