"""The access-entry calls of EKS, one method each, for one cluster."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timezone
from typing import TYPE_CHECKING, Any, Final

from kaccess.aws.errors import AwsError, Conflict, NotFound
from kaccess.aws.session import AwsSession
from kaccess.model.names import MANAGED_BY, OWNER
from kaccess.model.state import AccessPolicy, Entry

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_eks.type_defs import AccessEntryTypeDef, AssociatedAccessPolicyTypeDef

STANDARD: Final = "STANDARD"
"""The type of entries for people and workloads; all others are for nodes and off limits."""

AUTO_MODE: Final = "EC2"
"""The type of entries for the nodes of EKS Auto Mode."""

MOST: Final = 3000
"""Access entries that a cluster may have (EKS service quota L-C56B9FC3, which cannot be raised)."""

_PAUSES: Final = (1.0, 2.0, 3.0, 5.0, 8.0)
"""Seconds to wait for EKS to hear of a principal that IAM has just made; it takes some seconds (EKS user guide)."""


class AccessEntries:
    """The access entries of one cluster, one at a time. Every method raises one of `kaccess.aws.errors`."""

    def __init__(
        self, session: AwsSession, client: EKSClient, cluster: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._session = session
        self._client = client
        self._cluster = cluster
        self._sleep = sleep

    def principals(self, policy_arn: str | None = None) -> list[str]:
        """The ARNs that have an entry, or only those whose entry has this EKS access policy."""
        associated: dict[str, Any] = {"associatedPolicyArn": policy_arn} if policy_arn else {}
        with self._session.calling("eks:ListAccessEntries"):
            pages = self._client.get_paginator("list_access_entries").paginate(clusterName=self._cluster, **associated)
            return [principal for page in pages for principal in page["accessEntries"]]

    def policy_arns(self) -> list[str]:
        """The ARNs of all EKS access policies that AWS has."""
        with self._session.calling("eks:ListAccessPolicies"):
            pages = self._client.get_paginator("list_access_policies").paginate()
            return [policy["arn"] for page in pages for policy in page["accessPolicies"]]

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
        """Create an entry of ours, for a principal that IAM may have made just now.

        Raises:
            Conflict: the principal has an entry already.
            AwsError: also if the cluster is full, or EKS knows no such principal.
        """
        refused, pauses = self._refused(principal, kube_groups), iter(_PAUSES)
        while refused is not None and _is_unknown_principal(refused) and (pause := next(pauses, None)):
            self._sleep(pause)
            refused = self._refused(principal, kube_groups)
        if refused is not None:
            raise self._refusal(principal, refused)

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

    def _refused(self, principal: str, kube_groups: tuple[str, ...]) -> AwsError | None:
        """Try once to create an entry; what came of it if it failed."""
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
            return error
        return None

    def _refusal(self, principal: str, error: AwsError) -> AwsError:
        """The same error, in the words of what it means here if it is one of a creation's own."""
        kind, line = type(error), str(error)
        if error.code == "ResourceInUseException":
            kind, line = Conflict, f"{principal} has got an access entry meanwhile; run again"
        elif error.code == "ResourceLimitExceededException":
            line = (
                f"the cluster {self._cluster!r} takes no more access entries for {principal}: EKS allows {MOST:,} per "
                "cluster; delete some, or let large groups share a role with `assume: true`"
            )
        elif _is_unknown_principal(error):
            waited = f"{sum(_PAUSES):.0f} s"
            line = f"EKS knows no principal {principal}, after {waited} too; check that IAM has it under this ARN"
        return kind(line, operation=error.operation, code=error.code)


def _is_unknown_principal(error: AwsError) -> bool:
    return error.code == "InvalidParameterException" and "invalid principal" in str(error)


def _access_policy(raw: AssociatedAccessPolicyTypeDef) -> AccessPolicy:
    """`arn:PARTITION:eks::aws:cluster-access-policy/NAME` with its scope; AWS alone makes these policies."""
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
        created_at=raw["createdAt"].astimezone(timezone.utc),
    )
