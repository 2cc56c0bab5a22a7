"""The one AWS account of the sandbox: moto's backends, and who its users and roles are."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from moto.core.base_backend import BackendDict
from moto.eks.models import EKSBackend, eks_backends
from moto.iam.models import Group, IAMBackend, Role, User, iam_backends
from moto.utilities.utils import get_partition

from kaccess.model.arn import Arn

ACCOUNT_HEADER: Final = "HTTP_X_MOTO_ACCOUNT_ID"
"""The WSGI name of the header by which moto is told the account of a request."""


@dataclass(frozen=True)
class Principal:
    """Whoever signs a request: an IAM user, or a session of an IAM role (then `session_name` is set).

    `arn` and `user_id` are what sts:GetCallerIdentity answers; `name` is the IAM user's or role's; `unique_id` its id
    (AIDA..., AROA...), which a recreated user or role of the same name does not have.
    """

    account: str
    arn: str
    name: str
    unique_id: str
    session_name: str = ""

    @property
    def user_id(self) -> str:
        """The UserId of STS."""
        return f"{self.unique_id}:{self.session_name}" if self.session_name else self.unique_id

    @property
    def is_role(self) -> bool:
        """Whether this is a session of a role."""
        return bool(self.session_name)


@dataclass(frozen=True)
class Account:
    """An account in one region; everything it holds lives in moto."""

    id: str
    region: str

    @property
    def partition(self) -> str:
        """The partition of the region: `aws`, `aws-cn`, ..."""
        return get_partition(self.region)

    @property
    def regions(self) -> Container[str]:
        """All regions that there are."""
        return eks_backends[self.id].regions

    @property
    def iam(self) -> IAMBackend:
        """The IAM that moto keeps for this account."""
        return iam_backends[self.id][self.partition]

    @property
    def eks(self) -> EKSBackend:
        """The EKS that moto keeps for this account and region."""
        return eks_backends[self.id][self.region]

    def arn(self, service: str, resource: str, *, regional: bool = False) -> str:
        """The ARN of something in this account."""
        return str(Arn(self.partition, service, self.region if regional else "", self.id, resource))

    def user(self, name: str) -> User | None:
        """The IAM user of this name."""
        return self.iam.users.get(name)

    def role(self, name: str) -> Role | None:
        """The IAM role of this name, whatever its path."""
        return next((role for role in self.iam.get_roles() if role.name == name), None)

    def group(self, name: str) -> Group | None:
        """The IAM group of this name."""
        return self.iam.groups.get(name)

    def role_tags(self, name: str) -> Mapping[str, str]:
        """The tags of the role of this name; none if there is no such role."""
        role = self.role(name)
        return {tag["Key"]: tag["Value"] for tag in role.tags or ()} if role is not None else {}

    def user_tags(self, name: str) -> Mapping[str, str]:
        """The tags of the user of this name; none if there is no such user."""
        user = self.user(name)
        return {tag["Key"]: tag["Value"] for tag in user.tags or ()} if user is not None else {}

    def unique_id(self, arn: str) -> str | None:
        """The id of the user or role with exactly this ARN, path included; None if there is none."""
        name = arn.rsplit("/", 1)[-1]
        found = next((one for one in (self.user(name), self.role(name)) if one is not None and one.arn == arn), None)
        return found.id if found else None

    def iam_arn(self, principal: Principal) -> str | None:
        """The full IAM ARN behind a principal; STS names roles without their path. None if it is gone."""
        found = self.role(principal.name) if principal.is_role else self.user(principal.name)
        return found.arn if found else None


def forget_everything() -> None:
    """Empty moto, whose state is one for the whole process."""
    BackendDict.reset()
