"""What was read of clusters and accounts at one moment: all that an audit rests on, and what a saved audit keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from kaccess.audit.inventory import Inventory
from kaccess.model.arn import Arn
from kaccess.model.errors import Usage
from kaccess.model.state import AwsAuth, Entry, Namespace


@dataclass(frozen=True, order=True)
class Assuming:
    """Which IAM roles policies let someone assume: patterns of ARNs, as IAM writes them (`*`, `?`).

    `is_admin` says that they may do everything in the account, and so give themselves whatever they lack.
    """

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    is_admin: bool = False


NOTHING = Assuming()


@dataclass(frozen=True, order=True)
class IamUser:
    """An IAM user. `last_used` is when their keys or password last were, None if never or not known.

    `use_is_known` tells the two apart.
    """

    arn: str
    created_at: datetime
    iam_groups: tuple[str, ...] = ()
    assuming: Assuming = NOTHING
    last_used: datetime | None = None
    use_is_known: bool = False

    @cached_property
    def name(self) -> str:
        """Their name, without the path."""
        return Arn.parse(self.arn).name


@dataclass(frozen=True, order=True)
class IamGroup:
    """An IAM group, and what its policies let its members assume."""

    name: str
    assuming: Assuming = NOTHING


@dataclass(frozen=True, order=True)
class TrustedRole:
    """An IAM role with its trust policy, as compact JSON. `assuming` are the roles that whoever has it may assume."""

    arn: str
    created_at: datetime
    trust: str
    assuming: Assuming = NOTHING


@dataclass(frozen=True)
class AccountSnapshot:
    """The IAM of an account. `skipped` says, a line each, what of it could not be read and why.

    `is_known` is False if IAM could not be asked at all: then nothing is said to be absent.
    """

    account: str
    users: tuple[IamUser, ...] = ()
    iam_groups: tuple[IamGroup, ...] = ()
    iam_roles: tuple[TrustedRole, ...] = ()
    skipped: tuple[str, ...] = ()
    is_known: bool = True

    @cached_property
    def users_by_arn(self) -> dict[str, IamUser]:
        """The users by their ARNs."""
        return {user.arn: user for user in self.users}

    @cached_property
    def roles_by_name(self) -> dict[str, TrustedRole]:
        """The roles by their names, which are unique in the account whatever their paths."""
        return {Arn.parse(role.arn).name: role for role in self.iam_roles}

    @cached_property
    def groups_by_name(self) -> dict[str, IamGroup]:
        """The IAM groups by their names."""
        return {group.name: group for group in self.iam_groups}

    def members(self, iam_group: str) -> tuple[IamUser, ...]:
        """The users in an IAM group, sorted."""
        return self._members.get(iam_group, ())

    @cached_property
    def _members(self) -> dict[str, tuple[IamUser, ...]]:
        found: dict[str, list[IamUser]] = {}
        for user in sorted(self.users):
            for name in user.iam_groups:
                found.setdefault(name, []).append(user)
        return {name: tuple(users) for name, users in found.items()}

    def has(self, principal: str) -> bool | None:
        """Whether the user or role of this ARN, with or without its path, exists; None if that cannot be known."""
        try:
            arn = Arn.parse(principal)
        except Usage:
            return None
        if not self.is_known or arn.account != self.account or arn.kind not in {"user", "role"}:
            return None
        return arn.name.lower() in (self._user_names if arn.kind == "user" else self._role_names)

    @cached_property
    def _user_names(self) -> frozenset[str]:
        return frozenset(user.name.lower() for user in self.users)

    @cached_property
    def _role_names(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.roles_by_name)


@dataclass(frozen=True)
class ClusterSnapshot:
    """One cluster. `aws_auth` is None where the cluster does not look at it; `aws_auth_error` says why it is not known.

    `mode` is its authenticationMode. `entries` are the access entries with all their access policies.
    `identity_providers` are the names of the OIDC providers whose users it lets in beside IAM's, None if that is not
    known; `identity_providers_error` says why. `service_accounts` are all there are, as `NAMESPACE/NAME`, and likewise.
    """

    cluster: str
    name: str
    account: str
    region: str
    mode: str
    entries: tuple[Entry, ...] = ()
    aws_auth: AwsAuth | None = None
    aws_auth_error: str = ""
    namespaces: tuple[Namespace, ...] = ()
    rbac: Inventory = field(default_factory=Inventory)
    identity_providers: tuple[str, ...] | None = None
    identity_providers_error: str = ""
    service_accounts: tuple[str, ...] | None = None
    service_accounts_error: str = ""

    @property
    def all_entries(self) -> tuple[Entry, ...]:
        """Access entries and rows."""
        return (*self.entries, *(self.aws_auth.rows if self.aws_auth else ()))


@dataclass(frozen=True)
class PolicyText:
    """A file of the policy as it was."""

    name: str
    text: str


@dataclass(frozen=True)
class Unread:
    """A cluster (its alias) that could not be read, and why."""

    cluster: str
    reason: str

    def __str__(self) -> str:
        return f"{self.cluster}: {self.reason}"


@dataclass(frozen=True)
class Snapshot:
    """Clusters and their accounts at one moment (aware), and the policy of that moment."""

    taken_at: datetime
    clusters: tuple[ClusterSnapshot, ...] = ()
    accounts: tuple[AccountSnapshot, ...] = ()
    policy: tuple[PolicyText, ...] = ()
    unread: tuple[Unread, ...] = ()

    def account_of(self, cluster: ClusterSnapshot) -> AccountSnapshot:
        """The account a cluster is in; nothing is known of one that was not read."""
        found = (each for each in self.accounts if each.account == cluster.account)
        return next(found, AccountSnapshot(cluster.account, is_known=False))
