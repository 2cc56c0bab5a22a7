"""The access-entry calls of EKS, one method each, for one cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kaccess.aws.errors import AwsError, Conflict, NotFound
from kaccess.aws.session import AwsSession
from kaccess.model.names import MANAGED_BY, OWNER
from kaccess.model.state import AccessPolicy, Entry

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_eks.type_defs import AccessEntryTypeDef, AssociatedAccessPolicyTypeDef

STANDARD: Final = "STANDARD"
"""The type of entries for people and workloads; all others are for nodes and off limits."""


class AccessEntries:
    """The access entries of one cluster, one at a time. Every method raises one of `kaccess.aws.errors`."""

    def __init__(self, session: AwsSession, client: EKSClient, cluster: str) -> None:
        self._session = session
        self._client = client
        self._cluster = cluster

    def principals(self) -> list[str]:
        """The ARNs that have an entry."""
        with self._session.calling("eks:ListAccessEntries"):
            pages = self._client.get_paginator("list_access_entries").paginate(clusterName=self._cluster)
            return [principal for page in pages for principal in page["accessEntries"]]

    def get(self, principal: str) -> Entry | None:
        """The principal's entry without its access policies; None if it has none."""
        try:
            with self._session.calling("eks:DescribeAccessEntry"):
                answer = self._client.describe_access_entry(clusterName=self._cluster, principalArn=principal)
                return _entry(answer["accessEntry"])
        except NotFound:
            return None

    def access_policies(self, principal: str) -> tuple[AccessPolicy, ...]:
        """The EKS access policies on the principal's entry, sorted; empty if it has no entry."""
        try:
            with self._session.calling("eks:ListAssociatedAccessPolicies"):
                pages = self._client.get_paginator("list_associated_access_policies").paginate(
                    clusterName=self._cluster, principalArn=principal
                )
                found = [_access_policy(raw) for page in pages for raw in page["associatedAccessPolicies"]]
        except NotFound:
            return ()
        return tuple(sorted(found))

    def create(self, principal: str, kube_groups: tuple[str, ...]) -> None:
        """Create an entry of ours.

        Raises:
            Conflict: the principal has an entry already.
        """
        try:
            with self._session.calling("eks:CreateAccessEntry"):
                self._client.create_access_entry(
                    clusterName=self._cluster,
                    principalArn=principal,
                    kubernetesGroups=list(kube_groups),
                    type=STANDARD,
                    tags={MANAGED_BY: OWNER},
                )
        except AwsError as error:
            if error.code != "ResourceInUseException":
                raise
            line = f"{principal} has got an access entry meanwhile; run again"
            raise Conflict(line, operation=error.operation, code=error.code) from None

    def replace_groups(self, principal: str, kube_groups: tuple[str, ...]) -> None:
        """Set the entry's groups; EKS keeps none of the old ones. Its user name stays."""
        with self._session.calling("eks:UpdateAccessEntry"):
            self._client.update_access_entry(
                clusterName=self._cluster, principalArn=principal, kubernetesGroups=list(kube_groups)
            )

    def delete(self, principal: str) -> None:
        """Delete the entry, with whatever is associated with it."""
        with self._session.calling("eks:DeleteAccessEntry"):
            self._client.delete_access_entry(clusterName=self._cluster, principalArn=principal)


def _access_policy(raw: AssociatedAccessPolicyTypeDef) -> AccessPolicy:
    """`arn:aws:eks::aws:cluster-access-policy/NAME` with its scope; AWS alone makes these policies."""
    scope = raw.get("accessScope", {})
    namespaces = scope.get("namespaces", []) if scope.get("type") == "namespace" else []
    return AccessPolicy(raw["policyArn"].rpartition("/")[2], tuple(sorted(namespaces)))


def _entry(raw: AccessEntryTypeDef) -> Entry:
    return Entry(
        principal=raw["principalArn"],
        kube_groups=tuple(sorted(set(raw.get("kubernetesGroups") or ()))),
        owned=(raw.get("tags") or {}).get(MANAGED_BY) == OWNER,
        username=raw.get("username") or "",
        type=raw["type"],
        origin="access entry",
    )
