"""Statements of IAM policies for one account: what kaccess asks of EKS and IAM there.

Which condition keys an action knows is from the Service Authorization Reference for Amazon EKS; IAM takes a key that
an action does not know for absent. In every statement that writes entries:

- `eks:accessEntryType`: an entry of a node's type would bring `system:nodes` with it.
- `eks:username`: kaccess leaves the name to EKS; a chosen one could be that of a subject of someone else's binding.
  Whether a request that changes an entry counts as having the name the entry has, AWS does not say; so there the names
  that EKS gives are let through.
- No `eks:AssociateAccessPolicy` at all: access policies are rights beside RBAC.

What remains: whoever may make an entry with a tag may put that tag on any entry that has no groups of others, and then
remove it. That takes access away and gives nobody any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kaccess.model.arn import Arn, partition_of
from kaccess.model.names import IAM_PATH, MANAGED_BY, OWNER, PREFIX
from kaccess.model.policy import Cluster, Group, SourceKind

Statement: TypeAlias = dict[str, Any]

_OURS: Final = {f"aws:ResourceTag/{MANAGED_BY}": OWNER}
_STANDARD: Final = {"eks:accessEntryType": "STANDARD"}
_OUR_GROUPS: Final = {"ForAllValues:StringLike": {"eks:kubernetesGroups": f"{PREFIX}*"}}
_NO_USERNAME: Final = {"Null": {"eks:username": "true"}}


@dataclass(frozen=True)
class AccountScope:
    """One account: those of its clusters that are meant, and the groups of the policy that are granted on them.

    `former` are IAM groups to which nothing is granted any more, and which may still be allowed to assume a role.
    """

    account: str
    clusters: tuple[Cluster, ...]
    groups: tuple[Group, ...]
    former: tuple[str, ...] = ()

    @property
    def partition(self) -> str:
        """The partition of its clusters."""
        return partition_of(self.clusters[0].region)

    @property
    def assuming(self) -> tuple[Group, ...]:
        """The groups whose people assume a role."""
        return tuple(group for group in self.groups if group.assume)

    def iam(self, resource: str) -> str:
        """The ARN of something of IAM in this account."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"

    def eks(self, kind: str, suffix: str = "") -> list[str]:
        """The ARNs of something of each cluster."""
        return [
            f"arn:{self.partition}:eks:{each.region}:{self.account}:{kind}/{each.name}{suffix}"
            for each in self.clusters
        ]

    @property
    def default_usernames(self) -> list[str]:
        """Patterns of the Kubernetes user names that EKS gives to users and roles of any account."""
        return [f"arn:{self.partition}:iam::*:user/*", f"arn:{self.partition}:sts::*:assumed-role/*"]

    @property
    def entries(self) -> list[str]:
        """The access entries of each cluster."""
        return self.eks("access-entry", "/*")


def describe_clusters(scope: AccountScope) -> Statement:
    """Finding the clusters."""
    return allow("FindClusters", ["eks:DescribeCluster"], scope.eks("cluster"))


def read_own_groups(scope: AccountScope) -> Statement:
    """Seeing which groups one is in oneself, by which login finds the role to assume."""
    own = [scope.iam("user/${aws:username}"), scope.iam("user/*/${aws:username}")]
    return allow("ReadOwnGroups", ["iam:ListGroupsForUser"], own)


def read_entries(scope: AccountScope) -> Iterator[Statement]:
    """Reading all entries, and the access policies on them; these by policy where there are many entries."""
    yield allow("ListAccessPolicies", ["eks:ListAccessPolicies"], ["*"])
    yield allow("ListEntries", ["eks:ListAccessEntries"], scope.eks("cluster"))
    yield allow("ReadEntries", ["eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"], scope.entries)


def read_people(scope: AccountScope) -> Iterator[Statement]:
    """Who is in the groups, and which roles there are. An IAM group may be under any path, which no policy tells."""
    names = sorted({group.target for group in scope.groups if group.source is SourceKind.IAM_GROUP})
    if names:
        yield allow("ReadMembers", ["iam:GetGroup"], [scope.iam(path) for name in names for path in _anywhere(name)])
    yield allow("ReadRoles", ["iam:GetRole"], [scope.iam("role/*")])
    yield allow("ListRoles", ["iam:ListRoles"], ["*"])


def write_entries(scope: AccountScope, *, joining: bool) -> Iterator[Statement]:
    """Making, changing and removing entries. `joining` lets entries of others be changed, whose groups are theirs.

    Without it, what EKS calls the request's groups may be kaccess's alone. EKS replaces the groups of an entry as a
    whole, so that an entry with groups of others cannot be changed then.
    """
    groups = {} if joining else _OUR_GROUPS
    principals = {"ArnLike": {"eks:principalArn": _principals(scope)}}
    tag = {"StringEquals": {f"aws:RequestTag/{MANAGED_BY}": OWNER, **_STANDARD}}
    yield allow(
        "CreateEntries", ["eks:CreateAccessEntry"], scope.eks("cluster"), tag | groups | principals | _NO_USERNAME
    )
    # EKS asks for this too when an entry is made with a tag.
    only_ours = {
        "StringEquals": {f"aws:RequestTag/{MANAGED_BY}": OWNER},
        "ForAllValues:StringEquals": {"aws:TagKeys": MANAGED_BY},
    }
    yield allow("TagNewEntries", ["eks:TagResource"], scope.entries, only_ours | groups)
    owned = {"StringEquals": dict(_OURS)}
    default_names = {"StringLikeIfExists": {"eks:username": scope.default_usernames}}
    changing = {} if joining else owned | groups | default_names
    yield allow("ChangeEntries", ["eks:UpdateAccessEntry"], scope.entries, changing)
    yield allow("RemoveEntries", ["eks:DeleteAccessEntry"], scope.entries, owned)


def write_roles_to_assume(scope: AccountScope) -> Iterator[Statement]:
    """The roles of groups with `assume`, which have no rights in AWS, and what lets the groups assume them.

    IAM cannot limit what an inline policy says, nor which of a group's is deleted: whoever may put one on a group may
    give its members anything. So those groups alone are named that have, or may still have, one of kaccess.
    """
    if not scope.assuming and not scope.former:
        return
    writes = ("CreateRole", "TagRole", "UpdateAssumeRolePolicy", "UpdateRole") if scope.assuming else ()
    yield allow(
        "WriteRolesToAssume", [f"iam:{action}" for action in ("DeleteRole", *writes)], [scope.iam(f"role{IAM_PATH}*")]
    )
    yield allow("ReadGroupPolicies", ["iam:GetAccountAuthorizationDetails"], ["*"])
    for sid, names, verbs in (
        ("LetGroupsAssume", [group.target for group in scope.assuming], ("Get", "Put", "Delete")),
        ("LetGroupsAssumeNoMore", scope.former, ("Get", "Delete")),
    ):
        if names:
            groups = [scope.iam(path) for name in names for path in _anywhere(name)]
            yield allow(sid, [f"iam:{verb}GroupPolicy" for verb in verbs], groups)


def read_for_audits(scope: AccountScope) -> Iterator[Statement]:
    """What an audit asks beside: other ways in, who may assume which role, and when users were last seen.

    A request about a key does not name whose it is.
    """
    yield allow("ReadIdentityProviders", ["eks:ListIdentityProviderConfigs"], scope.eks("cluster"))
    of_iam = ("GetAccessKeyLastUsed", "GetAccountAuthorizationDetails", "GetCredentialReport")
    yield allow("ReadAccount", [f"iam:{action}" for action in of_iam], ["*"])


def read_users(scope: AccountScope) -> Statement:
    """What `offboard` and audits tell of a person, and group names to suggest."""
    actions = ("GetUser", "GetLoginProfile", "ListAccessKeys", "ListGroupsForUser", "ListMFADevices")
    return allow("ReadUsers", [f"iam:{action}" for action in actions], [scope.iam("user/*")])


def assume(iam_roles: Iterable[str]) -> Statement:
    """Becoming the roles by which clusters are reached."""
    return allow("ReachClusters", ["sts:AssumeRole"], sorted(set(iam_roles)))


def allow(
    sid: str, actions: Iterable[str], resources: Iterable[str], conditions: Mapping[str, Any] | None = None
) -> Statement:
    """A statement that allows these actions on these resources."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": sorted(resources)}
    return {**statement, "Condition": dict(conditions)} if conditions else statement


def _anywhere(iam_group: str) -> tuple[str, str]:
    return f"group/{iam_group}", f"group/*/{iam_group}"


def _principals(scope: AccountScope) -> list[str]:
    """The account's own users and roles, and those roles of other accounts that the policy names."""
    foreign = {
        group.target
        for group in scope.groups
        if group.source is SourceKind.IAM_ROLE and Arn.parse(group.target).account != scope.account
    }
    return [scope.iam("role/*"), scope.iam("user/*"), *sorted(foreign)]
