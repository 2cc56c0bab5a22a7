"""Who a bearer token belongs to, as EKS's API server finds out: the token's rules, its signature, then the entries.

The signature is checked in process by the sandbox's STS, with the header that ties a token to this cluster and the host
the token was signed for. The outcome is logged; the token never is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from moto.utilities.utils import get_partition

from kaccess.rbac.request import Request
from kaccess.sandbox.aws.access_policies import access_allows
from kaccess.sandbox.aws.account import Principal
from kaccess.sandbox.aws.cloud import Cloud
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest
from kaccess.sandbox.cluster_token import CLUSTER_HEADER, ClusterToken, TokenRefused, read_token
from kaccess.sandbox.kube.authorize import UserInfo

LOG = logging.getLogger(__name__)

PRINCIPAL_ID: Final = "sigs.k8s.io/aws-iam-authenticator/principalId"
"""The key among a user's extras by which aws-iam-authenticator tells the id of the user or role."""


@dataclass(frozen=True)
class Authenticator:
    """Checks the tokens of one cluster of a cloud."""

    cloud: Cloud
    cluster: str
    now: Callable[[], datetime]

    def authenticate(self, token: str) -> UserInfo | None:
        """The user behind `token`, or None with the reason in the log."""
        try:
            return self.check(token)
        except TokenRefused as refusal:
            LOG.warning("access denied: %s", refusal)
            return None

    def check(self, token: str) -> UserInfo:
        """The user behind `token`.

        Raises:
            TokenRefused: the token breaks a rule, its signature is not valid, or no entry maps its principal.
        """
        presigned = read_token(token, self.cloud.account.partition, get_partition, self.now())
        principal = self._principal(presigned)
        mapped = self.cloud.mapped(self.cluster, principal)
        if mapped is None:
            raise TokenRefused(f"no access entry of {self.cluster} maps {principal.arn} ({principal.unique_id})")
        LOG.info("access granted: %s as %s in %s", principal.arn, mapped.username, list(mapped.kube_groups))
        return UserInfo(
            username=mapped.username,
            uid=f"aws-iam-authenticator:{principal.account}:{principal.unique_id}",
            groups=mapped.kube_groups,
            extra=_extra(principal, presigned, self.cloud.account.arn("iam", f"role/{principal.name}")),
        )

    def access_allows(self, user: UserInfo, request: Request) -> bool:
        """Whether the EKS access policies on the user's entry allow `request`, whatever RBAC says.

        They belong to whoever signed in: a user who is only impersonated, or asked about in a review, has none.
        """
        principal_ids = user.extra.get(PRINCIPAL_ID, ())
        policies = self.cloud.access_policies(self.cluster, principal_ids[0]) if principal_ids else ()
        return access_allows(policies, request)

    def _principal(self, presigned: ClusterToken) -> Principal:
        headers = {"host": presigned.host, CLUSTER_HEADER: self.cluster, "accept": "application/json"}
        try:
            return self.cloud.caller(AwsRequest("GET", "/", presigned.query, headers))
        except AwsError as error:
            raise TokenRefused(f"sts getCallerIdentity failed: {error.code}: {error.message}") from error


def _extra(principal: Principal, presigned: ClusterToken, iam_role_arn: str) -> Mapping[str, tuple[str, ...]]:
    """What aws-iam-authenticator tells of a caller beside the user name; its canonical ARN of a role has no path."""
    return {
        "arn": (principal.arn,),
        "canonicalArn": (iam_role_arn if principal.is_role else principal.arn,),
        "sessionName": (principal.session_name,),
        "accessKeyId": (presigned.access_key_id,),
        "principalId": (principal.unique_id,),
        PRINCIPAL_ID: (principal.unique_id,),
    }
