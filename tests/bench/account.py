"""The identity half in memory, so that what is measured is the Kubernetes half: STS, IAM and EKS of one account."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from kaccess.model.identity import Caller, ClusterInfo, Principal, UserFacts
from kaccess.model.plan import Change
from kaccess.model.state import Entry, Item

from .company import ACCOUNT, members


class Account:
    """Answers at once. Its access entries are in `file`, for the next process to find them."""

    def __init__(self, file: Path, endpoint: str, ca_data: str) -> None:
        self._file = file
        self._endpoint = endpoint
        self._ca_data = ca_data
        held = json.loads(file.read_text()) if file.exists() else {}
        self._entries = {principal: Entry(principal, tuple(groups)) for principal, groups in held.items()}

    def save(self) -> None:
        self._file.write_text(json.dumps({entry.principal: entry.kube_groups for entry in self._entries.values()}))

    def caller(self) -> Caller:
        return Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/admin", "AIDAEXAMPLE")

    def members(self, iam_group: str) -> tuple[Principal, ...]:
        return tuple(map(Principal, members(iam_group)))

    def role(self, name: str) -> Principal:
        return Principal(f"arn:aws:iam::{ACCOUNT}:role/{name}")

    def permission_set_role(self, name: str) -> Principal:
        return self.role(f"aws-reserved/sso.amazonaws.com/AWSReservedSSO_{name}_0123456789abcdef")

    def user_facts(self, name: str) -> UserFacts:
        raise AssertionError(f"nobody is taken out while measuring: {name}")

    def assume_roles(self, iam_groups: Iterable[str]) -> frozenset[Item]:
        return frozenset()

    def write(self, change: Change) -> None:
        raise AssertionError(f"the company has no group that assumes a role: {change.key}")

    def cluster(self, name: str) -> ClusterInfo:
        arn = f"arn:aws:eks:eu-south-1:{ACCOUNT}:cluster/{name}"
        return ClusterInfo(name, arn, self._endpoint, self._ca_data, "API")

    def cluster_names(self) -> tuple[str, ...]:
        return ("cardo-eks",)

    def entries(self, cluster: ClusterInfo, *, all_access_policies: bool = False) -> tuple[Entry, ...]:
        return tuple(self._entries.values())

    def identity_providers(self, cluster: ClusterInfo) -> tuple[str, ...]:
        return ()

    def write_entry(self, cluster: ClusterInfo, change: Change) -> None:
        if isinstance(change.after, Entry):
            self._entries[change.after.principal] = change.after
        else:
            del self._entries[change.key.name]
