"""What the verbs ask of the outside world. The rooms `aws` and `kube` provide it; `cli` introduces them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from kaccess.model.identity import Caller, ClusterInfo, KubeIdentity, Principal, UserFacts
from kaccess.model.plan import Change
from kaccess.model.state import AwsAuth, Card, Entry, Item, Namespace
from kaccess.rbac.request import Request

if TYPE_CHECKING:  # a login loads no audit
    from kaccess.audit.inventory import Inventory
    from kaccess.audit.snapshot import AccountSnapshot
    from kaccess.kube.aws_auth.restore import Restoration


class Sts(Protocol):
    """The credentials in use."""

    def caller(self) -> Caller:
        """Whose credentials these are."""


class Iam(Protocol):
    """IAM in the account of the credentials."""

    def members(self, iam_group: str) -> tuple[Principal, ...]:
        """The users in an IAM group, sorted; `Missing` if there is no such group."""

    def role(self, name: str) -> Principal:
        """The IAM role of this name; `Missing` if there is none."""

    def permission_set_role(self, name: str) -> Principal:
        """The role that IAM Identity Center made for a permission set; `Missing` if there is none, or several."""

    def user_facts(self, name: str) -> UserFacts:
        """What taking a user out needs to know of them; `Missing` if there is none of this name."""

    def account(self, concerned: Iterable[str]) -> AccountSnapshot:
        """Everybody in the account; of the users with these ARNs also when they were last seen."""

    def assume_roles(self, iam_groups: Iterable[str]) -> frozenset[Item]:
        """The roles to assume that kaccess owns, the policies that allow it, and those of these IAM groups."""

    def write(self, change: Change) -> None:
        """Make one change to an IAM role of ours, or to the inline policy of an IAM group."""


class Eks(Protocol):
    """EKS in one region."""

    def cluster(self, name: str) -> ClusterInfo:
        """What EKS says of a cluster."""

    def cluster_names(self) -> tuple[str, ...]:
        """The names of all clusters of the region, sorted."""

    def entries(self, cluster: ClusterInfo, *, all_access_policies: bool = False) -> tuple[Entry, ...]:
        """All access entries of a cluster, foreign ones too."""

    def identity_providers(self, cluster: ClusterInfo) -> tuple[str, ...]:
        """The names of the OIDC providers whose users the cluster lets in beside IAM's, sorted."""

    def write_entry(self, cluster: ClusterInfo, change: Change) -> None:
        """Make one change to an access entry."""


class Lease(Protocol):
    """A Lease object of a cluster, as one of those who contend for it sees it."""

    def acquire_or_renew(self, holder: str, seconds: int, now: datetime) -> bool:
        """Whether `holder` has it now, for `seconds`."""

    def release(self, holder: str) -> None:
        """Let the next contender have it at once."""


class Kube(Protocol):
    """The API server of one cluster, as the caller."""

    def identity(self) -> KubeIdentity:
        """Who the API server says the caller is."""

    def allowed_each(self, requests: Iterable[Request]) -> tuple[bool, ...]:
        """Whether the caller may make each request."""

    def namespaces(self) -> tuple[Namespace, ...]:
        """All namespaces."""

    def owned(self) -> frozenset[Item]:
        """The Roles, RoleBindings and cards that carry kaccess's label."""

    def cards(self, groups: Iterable[str]) -> tuple[Card, ...]:
        """The cards of these policy groups that exist and the caller may read."""

    def aws_auth(self) -> AwsAuth:
        """What the aws-auth ConfigMap says; an error if it cannot be parsed, nothing if there is none."""

    def aws_auth_restoration(self) -> Restoration:
        """What going back to the backup of aws-auth would change."""

    def restore_aws_auth(self, restoration: Restoration) -> None:
        """Go back to it; an error if aws-auth changed since the two were compared."""

    def service_accounts(self) -> tuple[str, ...]:
        """All service accounts, as `NAMESPACE/NAME`, for an audit."""

    def inventory(self) -> Inventory:
        """All RBAC objects, for an audit."""

    def write(self, change: Change) -> None:
        """Make one change to a Kubernetes object, or to a row of aws-auth."""

    def lease(self, namespace: str, name: str) -> Lease:
        """The Lease of this name."""


@dataclass(frozen=True)
class Adapters:
    """The outside world as one set of credentials sees it. `eks` takes a region, `connect` opens a cluster's API."""

    sts: Sts
    iam: Iam
    eks: Callable[[str], Eks]
    connect: Callable[[ClusterInfo], Kube]
