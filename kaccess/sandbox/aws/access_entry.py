"""An EKS access entry, and what EKS refuses to put into one.

The texts of the refusals are EKS's own where they are known, so that clients which read them meet the same here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.sandbox.aws.errors import AwsError

STANDARD: Final = "STANDARD"
NODE_TYPES: Final = frozenset(
    {"EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX", "EC2_ENTITY"}
)
RESERVED_USERNAMES: Final = ("system:", "eks:", "aws:", "amazon:", "iam:")
RESERVED_GROUPS: Final = ("system:", "eks:")
SESSION_NAME: Final = "{{SessionName}}"
SERVICE_ROLE_PATH: Final = "role/aws-service-role/"
MAX_TAGS: Final = 50

_TEMPLATE: Final = re.compile(r"\{\{(SessionName|SessionNameRaw)\}\}")


@dataclass(frozen=True)
class AssociatedPolicy:
    """An EKS access policy on an entry; `namespaces` is empty for the scope `cluster`."""

    arn: str
    namespaces: tuple[str, ...]
    associated_at: datetime
    modified_at: datetime

    @property
    def name(self) -> str:
        """The name of the access policy, such as AmazonEKSViewPolicy."""
        return self.arn.rsplit("/", 1)[-1]

    def to_json(self) -> dict[str, Any]:
        """The shape EKS answers."""
        scope = {"type": "namespace" if self.namespaces else "cluster", "namespaces": list(self.namespaces)}
        return {
            "policyArn": self.arn,
            "accessScope": scope,
            "associatedAt": self.associated_at.timestamp(),
            "modifiedAt": self.modified_at.timestamp(),
        }


@dataclass(frozen=True)
class AccessEntry:
    """One entry. `principal_id` is the id the principal had at creation; `request_token` the creating call's."""

    cluster: str
    arn: str
    principal_arn: str
    principal_id: str
    username: str
    type: str
    created_at: datetime
    modified_at: datetime
    kube_groups: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    access_policies: Mapping[str, AssociatedPolicy] = field(default_factory=dict)
    request_token: str = field(default="", compare=False)

    def to_json(self) -> dict[str, Any]:
        """The shape EKS answers."""
        return {
            "clusterName": self.cluster,
            "principalArn": self.principal_arn,
            "kubernetesGroups": list(self.kube_groups),
            "accessEntryArn": self.arn,
            "createdAt": self.created_at.timestamp(),
            "modifiedAt": self.modified_at.timestamp(),
            "tags": dict(self.tags),
            "username": self.username,
            "type": self.type,
        }


@dataclass(frozen=True)
class NewEntry:
    """What a caller asks for in CreateAccessEntry; without `username` EKS gives one."""

    principal_arn: str
    kube_groups: tuple[str, ...] = ()
    username: str | None = None
    type: str = STANDARD
    tags: Mapping[str, str] = field(default_factory=dict)
    request_token: str = ""

    def checked(self) -> NewEntry:
        """The same with the user name filled in.

        Raises:
            AwsError: InvalidParameterException.
        """
        principal = check_principal(self.principal_arn)
        if self.type != STANDARD:
            self._check_node_type(principal)
        username = check_username(self.username, principal) if self.username else _username(principal, self.type)
        return replace(self, username=username, kube_groups=check_groups(self.kube_groups), tags=check_tags(self.tags))

    def _check_node_type(self, principal: Arn) -> None:
        if self.type not in NODE_TYPES:
            raise invalid(f"The type {self.type} is not a valid access entry type")
        if principal.kind != "role":
            raise invalid(f"The type {self.type} requires the principalArn of an IAM role")
        if self.username or self.kube_groups:
            raise invalid(f"The username and kubernetesGroups cannot be set for access entries of type {self.type}")


def check_principal(principal_arn: str) -> Arn:
    """The principal of an entry as an ARN.

    Raises:
        AwsError: InvalidParameterException, if it is no IAM user or role, or a service-linked role.
    """
    try:
        arn = Arn.parse(principal_arn)
    except Usage:
        raise invalid("The principalArn parameter format is not valid") from None
    if arn.service != "iam" or arn.kind not in ("user", "role"):
        raise invalid("The specified principalArn is invalid: invalid principal.")
    if arn.resource.startswith(SERVICE_ROLE_PATH):
        raise invalid(
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role"
        )
    return arn


def check_groups(kube_groups: Iterable[str]) -> tuple[str, ...]:
    """The groups of an entry, each once.

    Raises:
        AwsError: InvalidParameterException, for names that Kubernetes or EKS keep to themselves.
    """
    for name in kube_groups:
        for prefix in RESERVED_GROUPS:
            if name.startswith(prefix):
                raise invalid(f"The kubernetes group name {name} is invalid, it cannot start with {prefix}")
        if not name.strip():
            raise invalid("The kubernetes group name must not be empty")
    return tuple(dict.fromkeys(kube_groups))


def check_username(username: str, principal: Arn) -> str:
    """The user name of an entry.

    Raises:
        AwsError: InvalidParameterException, for reserved prefixes and for templates a caller could abuse.
    """
    for prefix in RESERVED_USERNAMES:
        if username.startswith(prefix):
            raise invalid(f"The username must not begin with {prefix}")
    found = _TEMPLATE.search(username)
    if found and principal.kind != "role":
        raise invalid(f"The username of an IAM user must not contain {found[0]}")
    if found and ":" not in username[: found.start()]:
        raise invalid(f"The username must contain a colon before {found[0]}")
    return username


def check_tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    """The tags of an entry.

    Raises:
        AwsError: InvalidParameterException, for too many.
    """
    if len(tags) > MAX_TAGS:
        raise invalid(f"The number of tags must not exceed {MAX_TAGS}")
    return MappingProxyType(dict(tags))


def _username(principal: Arn, entry_type: str) -> str:
    """The user name that EKS gives when none is asked for (EKS user guide, "Create access entries")."""
    if entry_type in NODE_TYPES:
        return "system:node:{{EC2PrivateDNSName}}"
    if principal.kind == "user":
        return str(principal)
    return f"arn:{principal.partition}:sts::{principal.account}:assumed-role/{principal.name}/{SESSION_NAME}"


def invalid(message: str) -> AwsError:
    """EKS's answer to a parameter that is wrong in itself."""
    return AwsError("InvalidParameterException", message)
