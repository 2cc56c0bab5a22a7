"""Who someone is: to AWS, to the cluster, and what AWS says of a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


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
