"""The identity half in memory, so that what is measured is the Kubernetes half: STS, IAM and EKS of one account."""

from __future__ import annotations

import json
from pathlib import Path

from kaccess.model.identity import Caller, ClusterInfo
from kaccess.model.plan import Change
from kaccess.model.state import Entry

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

    def members(self, iam_group: str) -> tuple[str, ...]:
        return members(iam_group)

    def role_arn(self, name: str) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def cluster(self, name: str) -> ClusterInfo:
        arn = f"arn:aws:eks:eu-south-1:{ACCOUNT}:cluster/{name}"
        return ClusterInfo(name, arn, self._endpoint, self._ca_data, "API")

    def cluster_names(self) -> tuple[str, ...]:
        return ("cardo-eks",)

    def entries(self, cluster: ClusterInfo, *, all_access_policies: bool = False) -> tuple[Entry, ...]:
        return tuple(self._entries.values())

    def write_entry(self, cluster: ClusterInfo, change: Change) -> None:
        if isinstance(change.after, Entry):
            self._entries[change.after.principal] = change.after
        else:
            del self._entries[change.key.name]
