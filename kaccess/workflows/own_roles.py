"""Find the roles of groups with `assume: true` that the caller may take on, although developers may read little.

Which groups those are is said by the policy, where there is one, and by IAM, if it lets people see their own groups.
Either alone will do: a role's name follows from its group's, and AWS refuses those that are not the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Final, Protocol

from kaccess.model.arn import partition_of
from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.names import IAM_PATH, iam_role_name
from kaccess.model.plan import Skipped
from kaccess.model.policy import Group
from kaccess.workflows.reading import reading

_SIDE_BY_SIDE: Final = 10
"""The most IAM groups that a user is in (IAM quotas), and so the most roles to try without a policy."""


class OwnIdentity(Protocol):
    """What AWS tells the owner of credentials about themselves."""

    def iam_groups(self) -> tuple[str, ...]:
        """The IAM groups they are in."""

    def may_assume(self, iam_role: str) -> bool:
        """Whether they may assume this role, by its ARN."""


@dataclass(frozen=True)
class RoleToAssume:
    """A role by its ARN, and the policy group it is of; empty: the person named the role, not a group."""

    iam_role: str
    group: str = ""


@dataclass(frozen=True)
class FoundRoles:
    """The roles that the caller may assume, and why one that is theirs cannot be.

    `advice` is what else may open the way, for those who have none.
    """

    roles: tuple[RoleToAssume, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    advice: str = ""


@dataclass
class OwnRoles:
    """The roles of one caller. IAM is asked once, however many clusters there are. Safe to share between threads."""

    identity: OwnIdentity
    _asking: Lock = field(default_factory=Lock)

    def find(self, account: str, region: str, groups: Iterable[Group] | None) -> FoundRoles:
        """The roles that open the clusters of an account in this region.

        Args:
            account: where the roles are.
            region: tells the partition.
            groups: those of the policy that have a role and are granted there; None: there is no policy to tell.
        """
        own = self.iam_groups() if groups is None or tuple(groups) else None
        candidates = [Group(name) for name in own or ()] if groups is None else _possible(groups, own)
        roles = [RoleToAssume(_arn(group, account, region), group.name) for group in candidates]
        with reading(_SIDE_BY_SIDE) as pool:
            allowed = list(pool.map(lambda role: self.identity.may_assume(role.iam_role), roles))
        return FoundRoles(
            tuple(role for role, may in zip(roles, allowed, strict=True) if may),
            tuple(
                Skipped(f"group {group.name}", f"AWS does not let you assume its role {role.iam_role}; {_NO_MFA}")
                for group, role, may in zip(candidates, roles, allowed, strict=True)
                if not may and group.mfa and own is not None
            ),
            "" if any(allowed) else _advice(groups, own),
        )

    def iam_groups(self) -> tuple[str, ...] | None:
        """The IAM groups of the caller; None if AWS does not tell.

        Raises:
            LoginNeeded: the credentials are no good.
        """
        with self._asking:
            return self._iam_groups

    @cached_property
    def _iam_groups(self) -> tuple[str, ...] | None:
        try:
            return self.identity.iam_groups()
        except LoginNeeded:
            raise
        except KaccessError:
            return None  # not allowed to ask: then the policy alone tells, or a role that the person names


_NO_MFA: Final = "it asks for MFA, so set mfa_serial in your AWS profile"
_SILENT: Final = (
    "if your group has a role to assume, name that as iam_role in ~/.config/kaccess/config.yaml or use an AWS profile "
    "that assumes it (AWS does not tell your groups)"
)
_REFUSED: Final = "if one of your groups has a role that asks for MFA, set mfa_serial in your AWS profile"


def _advice(groups: Iterable[Group] | None, own: tuple[str, ...] | None) -> str:
    """What may help those who may assume no role; `groups` and `own` as for `OwnRoles.find` and `iam_groups`."""
    if groups is None:
        return _SILENT if own is None else _REFUSED if own else ""
    return _REFUSED if own is None and any(group.mfa for group in groups) else ""


def _possible(groups: Iterable[Group], own: tuple[str, ...] | None) -> list[Group]:
    return [group for group in groups if own is None or group.target in own]


def _arn(group: Group, account: str, region: str) -> str:
    return f"arn:{partition_of(region)}:iam::{account}:role{IAM_PATH}{iam_role_name(group.name)}"
