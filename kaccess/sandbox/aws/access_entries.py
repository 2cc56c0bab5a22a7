"""The access entries of the sandbox's clusters: what EKS keeps, and whom it makes of a caller.

Requests and their JSON are read by `eks`; here are the operations and their rules. Clusters that do not read entries
at all, and the creators of clusters, are here as well, because entries depend on both.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from kaccess.audit.access_policies import access_policy_rules
from kaccess.model.arn import Arn
from kaccess.sandbox.address import AUTHENTICATION_MODES
from kaccess.sandbox.aws.access_entry import (
    NODE_TYPES,
    STANDARD,
    AccessEntry,
    AssociatedPolicy,
    NewEntry,
    check_groups,
    check_principal,
    check_tags,
    check_username,
    invalid,
)
from kaccess.sandbox.aws.account import Account, Principal
from kaccess.sandbox.aws.errors import AwsError

MAX_ENTRIES: Final = 3000
"""Access entries per cluster (EKS service quotas; not adjustable)."""


API_MODES: Final = ("API", "API_AND_CONFIG_MAP")
CONFIG_MAP_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP")
CREATORS_POLICY: Final = "AmazonEKSClusterAdminPolicy"


@dataclass(frozen=True)
class Mapped:
    """Whom a cluster makes of a caller; both may hold templates, which are not filled in yet."""

    username: str
    kube_groups: tuple[str, ...]


@dataclass
class AccessEntries:
    """The entries of all clusters of an account. `now` stamps them.

    `modes` are the clusters' authenticationModes, `creators` the IAM ARNs of whoever made them and got administrator's
    rights by it. `delay` is how long a new entry is not yet seen by its cluster, since EKS is not consistent at once.
    """

    account: Account
    now: Callable[[], datetime]
    modes: dict[str, str] = field(default_factory=dict)
    creators: dict[str, str] = field(default_factory=dict)
    delay: timedelta = timedelta(0)
    _entries: dict[str, dict[str, AccessEntry]] = field(default_factory=dict)

    def create(self, cluster: str, new: NewEntry) -> AccessEntry:
        """Make an entry; asked again with the same request token, the entry that the first call made.

        Raises:
            AwsError: as EKS refuses it.
        """
        entries = self._of(cluster)
        checked = new.checked()
        principal_id = self._principal_id(new)
        taken = entries.get(new.principal_arn)
        if taken is not None:
            if new.request_token and taken.request_token == new.request_token:
                return taken
            raise AwsError(
                "ResourceInUseException", "The specified access entry resource is already in use on this cluster.", 409
            )
        if len(entries) >= MAX_ENTRIES:
            raise AwsError("ResourceLimitExceededException", f"A cluster has at most {MAX_ENTRIES} access entries.")
        return self._keep(self._made(cluster, checked, principal_id))

    def describe(self, cluster: str, principal_arn: str) -> AccessEntry:
        """The entry of a principal.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        entry = self._of(cluster).get(principal_arn)
        if entry is None:
            raise AwsError(
                "ResourceNotFoundException",
                "The specified principalArn could not be found. "
                "You can view your available access entries with 'list-access-entries'.",
                404,
            )
        return entry

    def update(
        self, cluster: str, principal_arn: str, kube_groups: Iterable[str] | None, username: str | None
    ) -> AccessEntry:
        """Replace the groups or the user name; None keeps what is there.

        Raises:
            AwsError: as EKS refuses it.
        """
        entry = self._changeable(cluster, principal_arn)
        if entry.type in NODE_TYPES:
            raise invalid(f"Access entries of type {entry.type} cannot be updated")
        groups = entry.kube_groups if kube_groups is None else check_groups(kube_groups)
        name = check_username(username, Arn.parse(principal_arn)) if username else entry.username
        return self._keep(replace(entry, kube_groups=groups, username=name, modified_at=self.now()))

    def delete(self, cluster: str, principal_arn: str) -> None:
        """Remove the entry of a principal.

        Raises:
            AwsError: as EKS refuses it.
        """
        self._changeable(cluster, principal_arn)
        del self._entries[cluster][principal_arn]

    def list(self, cluster: str) -> list[AccessEntry]:
        """All entries of a cluster in the order of their principals.

        Raises:
            AwsError: as EKS refuses it.
        """
        return [entry for _, entry in sorted(self._of(cluster).items())]

    def associate(
        self, cluster: str, principal_arn: str, policy_arn: str, namespaces: Iterable[str]
    ) -> AssociatedPolicy:
        """Put an EKS access policy on an entry, for `namespaces` or, without any, for the whole cluster.

        Raises:
            AwsError: as EKS refuses it.
        """
        entry = self._changeable(cluster, principal_arn)
        if entry.type != STANDARD:
            raise AwsError("InvalidRequestException", f"Access policies cannot be associated with type {entry.type}")
        if policy_arn not in {self.policy_arn(name) for name in access_policy_rules()}:
            raise AwsError("ResourceNotFoundException", "The policyArn could not be found", 404)
        now = self.now()
        before = entry.access_policies.get(policy_arn)
        policy = AssociatedPolicy(policy_arn, tuple(namespaces), before.associated_at if before else now, now)
        self._keep(replace(entry, access_policies={**entry.access_policies, policy_arn: policy}))
        return policy

    def disassociate(self, cluster: str, principal_arn: str, policy_arn: str) -> None:
        """Take an EKS access policy off an entry.

        Raises:
            AwsError: as EKS refuses it.
        """
        entry = self._changeable(cluster, principal_arn)
        if policy_arn not in entry.access_policies:
            raise AwsError("ResourceNotFoundException", "The policyArn is not associated with the access entry", 404)
        rest = {arn: policy for arn, policy in entry.access_policies.items() if arn != policy_arn}
        self._keep(replace(entry, access_policies=rest))

    def tag(self, entry_arn: str, tags: Mapping[str, str], remove: Iterable[str] = ()) -> Mapping[str, str]:
        """Change the tags of the entry with this ARN, and what they then are.

        Raises:
            AwsError: NotFoundException, or InvalidParameterException for too many.
        """
        found = self.find_arn(entry_arn)
        if found is None:
            raise AwsError("NotFoundException", "The specified resource could not be found", 404)
        kept = {key: value for key, value in {**found.tags, **tags}.items() if key not in set(remove)}
        return self._keep(replace(found, tags=check_tags(kept))).tags

    def find(self, cluster: str, principal_arn: str) -> AccessEntry | None:
        """The entry of a principal, if there is one."""
        return self._entries.get(cluster, {}).get(principal_arn)

    def find_arn(self, entry_arn: str) -> AccessEntry | None:
        """The entry that itself has this ARN, if there is one."""
        return next((entry for of in self._entries.values() for entry in of.values() if entry.arn == entry_arn), None)

    def born(self, cluster: str, mode: str, creator: str) -> None:
        """Take note of a new cluster; `creator` is the IAM ARN of its first administrator, empty for none."""
        self.modes[cluster] = mode
        self.creators[cluster] = creator
        self._show_creator(cluster)

    def move(self, cluster: str, mode: str) -> None:
        """Change a cluster's authenticationMode; the creator's rights, hidden until now, become an entry.

        Raises:
            AwsError: InvalidParameterException, unless it is the next of `AUTHENTICATION_MODES`.
        """
        before = self.modes[cluster]
        if (before, mode) not in pairwise(AUTHENTICATION_MODES):
            raise invalid(f"Unsupported authentication mode update from {before} to {mode}")
        self.modes[cluster] = mode
        if before not in API_MODES:
            self._show_creator(cluster)

    def forget(self, cluster: str) -> None:
        """Drop everything of a cluster that was deleted."""
        self._entries.pop(cluster, None)
        self.modes.pop(cluster, None)
        self.creators.pop(cluster, None)

    def mapped(self, cluster: str, principal: Principal) -> Mapped | None:
        """Whom the cluster makes of `principal` by its entries; None if no entry is its own.

        A role is found by its full ARN, which STS does not say. An entry is of no use to a user or role that was
        recreated under the name.
        """
        entry = self.find(cluster, self.account.iam_arn(principal) or "")
        if entry is None or entry.principal_id != principal.unique_id or not self._seen(entry):
            return None
        return Mapped(entry.username, entry.kube_groups)

    def policies_of(self, cluster: str, principal_id: str) -> tuple[AssociatedPolicy, ...]:
        """The EKS access policies on the entry of the user or role with this id."""
        entries = self._entries.get(cluster, {}).values()
        found = next((entry for entry in entries if entry.principal_id == principal_id and self._seen(entry)), None)
        return tuple(found.access_policies.values()) if found else ()

    def _seen(self, entry: AccessEntry) -> bool:
        """Whether the cluster maps callers by this entry already."""
        return self.modes.get(entry.cluster) in API_MODES and entry.created_at <= self.now() - self.delay

    def _show_creator(self, cluster: str) -> None:
        creator = self.creators[cluster]
        if creator and self.modes[cluster] in API_MODES and creator not in self._of(cluster):
            self.create(cluster, NewEntry(creator))
            self.associate(cluster, creator, self.policy_arn(CREATORS_POLICY), ())

    def _principal_id(self, new: NewEntry) -> str:
        """The id of the principal; empty for one of another account, of whom EKS does not ask whether it exists."""
        if new.type == STANDARD and Arn.parse(new.principal_arn).account != self.account.id:
            return ""
        principal_id = self.account.unique_id(new.principal_arn)
        if principal_id is None:
            raise invalid("The specified principalArn is invalid: invalid principal.")
        return principal_id

    def policy_arn(self, name: str) -> str:
        """The ARN of an EKS access policy; the account in it is AWS's own."""
        return f"arn:{self.account.partition}:eks::aws:cluster-access-policy/{name}"

    def _of(self, cluster: str) -> dict[str, AccessEntry]:
        if cluster not in self.account.eks.clusters:
            raise AwsError("ResourceNotFoundException", f"No cluster found for name: {cluster}.", 404)
        if self.modes.get(cluster) not in API_MODES:
            raise AwsError(
                "InvalidRequestException",
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
                "operation.",
            )
        return self._entries.setdefault(cluster, {})

    def _changeable(self, cluster: str, principal_arn: str) -> AccessEntry:
        entry = self.describe(cluster, principal_arn)
        check_principal(principal_arn)
        return entry

    def _keep(self, entry: AccessEntry) -> AccessEntry:
        self._entries.setdefault(entry.cluster, {})[entry.principal_arn] = entry
        return entry

    def _made(self, cluster: str, new: NewEntry, principal_id: str) -> AccessEntry:
        principal = Arn.parse(new.principal_arn)
        resource = f"access-entry/{cluster}/{principal.kind}/{principal.account}/{principal.name}/{uuid.uuid4()}"
        now = self.now()
        return AccessEntry(
            cluster=cluster,
            arn=self.account.arn("eks", resource, regional=True),
            principal_arn=new.principal_arn,
            principal_id=principal_id,
            username=new.username or "",
            type=new.type,
            created_at=now,
            modified_at=now,
            kube_groups=new.kube_groups,
            tags=new.tags,
            request_token=new.request_token,
        )
