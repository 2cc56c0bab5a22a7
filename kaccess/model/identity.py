"""Who someone is: to AWS, to the cluster, and what AWS says of a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kaccess.model.plan import Skipped


@dataclass(frozen=True, order=True)
class Caller:
    """What sts:GetCallerIdentity answers: whose credentials these are. `arn` is STS's: roles without their path."""

    account: str
    arn: str
    user_id: str


@dataclass(frozen=True, order=True)
class Principal:
    """An IAM user or role by its full ARN. `created_at` (aware) is None where IAM could not be asked."""

    arn: str
    created_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, order=True)
class AccessKey:
    """An access key of an IAM user. `last_used` (aware) is None if it never was, or if IAM could not be asked."""

    id: str
    active: bool
    last_used: datetime | None = None


@dataclass(frozen=True)
class UserFacts:
    """What IAM says of a user, for whoever takes them out of everything.

    A part that could not be read is None, and `skipped` says why. `mfa_devices` are serial numbers.
    """

    name: str
    principal: Principal | None
    iam_groups: tuple[str, ...] | None
    access_keys: tuple[AccessKey, ...] | None
    console_password: bool | None
    mfa_devices: tuple[str, ...] | None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, order=True)
class KubeIdentity:
    """What the API server's SelfSubjectReview answers: the user name and groups it authorizes by."""

    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class ClusterInfo:
    """What eks:DescribeCluster answers. `ca_data` is the base64 of a PEM bundle, as EKS and kubeconfigs carry it."""

    name: str
    arn: str
    endpoint: str
    ca_data: str = field(repr=False)
    authentication_mode: str
    status: str = "ACTIVE"
    version: str = ""
