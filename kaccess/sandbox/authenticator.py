"""Who a bearer token belongs to, as EKS's API server finds out: the token's rules, its signature, then the mapping.

The signature is checked in process by the sandbox's STS, with the header that ties a token to this cluster and the host
the token was signed for. The cluster's authenticationMode says what maps a caller: access entries, aws-auth, or both,
entries first. The outcome is logged; the token never is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from moto.utilities.utils import get_partition

from kaccess.rbac.authorizer import SYSTEM_MASTERS
from kaccess.rbac.request import Request
from kaccess.sandbox.aws.access_entries import CONFIG_MAP_MODES, Mapped
from kaccess.sandbox.aws.access_policies import access_allows
from kaccess.sandbox.aws.account import Principal
from kaccess.sandbox.aws.cloud import Cloud
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest
from kaccess.sandbox.aws_auth import read_aws_auth
from kaccess.sandbox.cluster_token import CLUSTER_HEADER, ClusterToken, TokenRefused, read_token
from kaccess.sandbox.kube.authorize import UserInfo
from kaccess.sandbox.templates import expand

LOG = logging.getLogger(__name__)

PRINCIPAL_ID: Final = "sigs.k8s.io/aws-iam-authenticator/principalId"
"""The key among a user's extras by which aws-iam-authenticator tells the id of the user or role."""

CREATOR: Final = Mapped("kubernetes-admin", (SYSTEM_MASTERS,))
"""Whom EKS makes of a cluster's creator in the mode CONFIG_MAP, though no list shows it (EKS user guide)."""


@dataclass(frozen=True)
class Authenticator:
    """Checks the tokens of one cluster of a cloud; `aws_auth` gives the data of its ConfigMap, empty without one."""

    cloud: Cloud
    cluster: str
    now: Callable[[], datetime]
    aws_auth: Callable[[], Mapping[str, str]]

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
            TokenRefused: the token breaks a rule, its signature is not valid, or nothing maps its principal.
        """
        presigned = read_token(token, self.cloud.account.partition, get_partition, self.now())
        caller = self._caller(presigned)
        mapped = self._mapped(caller)
        username = expand(mapped.username, caller, presigned.access_key_id)
        kube_groups = tuple(expand(name, caller, presigned.access_key_id) for name in mapped.kube_groups)
        LOG.info("access granted: %s as %s in %s", caller.arn, username, list(kube_groups))
        return UserInfo(
            username=username,
            uid=f"aws-iam-authenticator:{caller.account}:{caller.unique_id}",
            groups=kube_groups,
            extra=self._extra(caller, presigned),
        )

    def access_allows(self, user: UserInfo, request: Request) -> bool:
        """Whether the EKS access policies on the user's entry allow `request`, whatever RBAC says.

        They belong to whoever signed in: a user who is only impersonated, or asked about in a review, has none.
        """
        principal_ids = user.extra.get(PRINCIPAL_ID, ())
        policies = self.cloud.access_policies(self.cluster, principal_ids[0]) if principal_ids else ()
        return access_allows(policies, request)

    def _caller(self, presigned: ClusterToken) -> Principal:
        headers = {"host": presigned.host, CLUSTER_HEADER: self.cluster, "accept": "application/json"}
        try:
            return self.cloud.caller(AwsRequest("GET", "/", presigned.query, headers))
        except AwsError as error:
            raise TokenRefused(f"sts getCallerIdentity failed: {error.code}: {error.message}") from error

    def _mapped(self, caller: Principal) -> Mapped:
        mapped = self.cloud.mapped(self.cluster, caller)
        if mapped is not None:
            return mapped
        sources = f"no access entry of {self.cluster}"
        if self.cloud.mode(self.cluster) in CONFIG_MAP_MODES:
            mapped = self._creator(caller) or self._by_aws_auth(caller)
            sources = f"no entry and no row of aws-auth of {self.cluster}"
        if mapped is None:
            raise TokenRefused(f"{sources} maps {caller.arn} ({caller.unique_id})")
        return mapped

    def _creator(self, caller: Principal) -> Mapped | None:
        return CREATOR if self.cloud.is_hidden_admin(self.cluster, caller) else None

    def _by_aws_auth(self, caller: Principal) -> Mapped | None:
        """By ARN alone: a user or role made anew under an old name has what the old one had."""
        found, arn = read_aws_auth(self.aws_auth()), self._canonical_arn(caller)
        row = found.row_of(arn)
        if row is not None:
            return Mapped(row.username, row.kube_groups)
        return Mapped(arn, ()) if caller.account in found.accounts else None

    def _canonical_arn(self, caller: Principal) -> str:
        """The ARN that aws-iam-authenticator looks up: a role's without its path, which STS does not tell."""
        return self.cloud.account.arn("iam", f"role/{caller.name}") if caller.is_role else caller.arn

    def _extra(self, caller: Principal, presigned: ClusterToken) -> Mapping[str, tuple[str, ...]]:
        """What aws-iam-authenticator tells of a caller beside the user name."""
        return {
            "arn": (caller.arn,),
            "canonicalArn": (self._canonical_arn(caller),),
            "sessionName": (caller.session_name,),
            "accessKeyId": (presigned.access_key_id,),
            "principalId": (caller.unique_id,),
            PRINCIPAL_ID: (caller.unique_id,),
        }
