"""Who gets the entries of each group: read once for an account, whatever number of clusters it has.

An error of AWS is never an empty answer: a group whose people are not known is left out with the reason, and a plan
leaves what it has alone (design.md, section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from kaccess.model.arn import Arn
from kaccess.model.errors import KaccessError, LoginNeeded, Missing
from kaccess.model.identity import Principal
from kaccess.model.names import iam_role_name
from kaccess.model.plan import Skipped
from kaccess.model.policy import Group, SourceKind
from kaccess.policy.assume import assume_role_arn
from kaccess.workflows.ports import Iam
from kaccess.workflows.reading import reading

IAM_READERS: Final = 8
"""IAM groups read side by side; AWS publishes no rate for GetGroup, and the client slows down when it is told to."""


@dataclass(frozen=True)
class People:
    """The principals that get the entries of a group, or why they are not known (`skipped`).

    `members` are the users in the IAM group of a group with `assume`, whose one principal is its role.
    """

    principals: tuple[Principal, ...] = ()
    members: tuple[Principal, ...] = ()
    skipped: Skipped | None = None


PeopleByGroup: TypeAlias = Mapping[str, People]
"""The people of each group of the policy, by its name."""


class TakenRole(KaccessError):
    """Someone else has a role of the name that a group's role would have."""


@dataclass(frozen=True)
class Readers:
    """The IAM of one account, which has clusters in `region`, at one moment (aware)."""

    account: str
    region: str
    iam: Iam
    now: datetime

    def read(self, groups: Iterable[Group]) -> PeopleByGroup:
        """The people of these groups.

        Raises:
            LoginNeeded: the credentials are no good, so nothing can be known of anybody.
        """
        asked = tuple(groups)
        with reading(IAM_READERS) as pool:
            return {group.name: people for group, people in zip(asked, pool.map(self._people, asked), strict=True)}

    def _people(self, group: Group) -> People:
        try:
            return self._reader(group)(group)
        except LoginNeeded:
            raise
        except KaccessError as error:
            return People(skipped=Skipped(f"group {group.name}", str(error), isinstance(error, Missing), (group.name,)))

    def _reader(self, group: Group) -> Callable[[Group], People]:
        if group.source is SourceKind.IAM_ROLE:
            return self._existing_role
        if group.source is SourceKind.PERMISSION_SET:
            return lambda group: People((self.iam.permission_set_role(group.target),))
        return self._role_to_assume if group.assume else lambda group: People(self.iam.members(group.target))

    def _existing_role(self, group: Group) -> People:
        """A role of this account is looked up; one of another account cannot be, and is trusted as it stands."""
        wanted = Arn.parse(group.target)
        if wanted.account != self.account:
            return People((Principal(group.target),))
        found = self.iam.role(wanted.name)
        if found.arn != group.target:
            raise Missing(f"IAM has the role {wanted.name!r} as {found.arn}; write that in the policy")
        return People((found,))

    def _role_to_assume(self, group: Group) -> People:
        members = self.iam.members(group.target)
        arn = assume_role_arn(group, self.account, self.region)
        try:
            role = self.iam.role(iam_role_name(group.name))
        except Missing:
            # An apply makes it: it will be younger than any entry that is there, which was for another role.
            role = Principal(arn, self.now)
        if role.arn != arn:
            raise TakenRole(f"the role to assume would be {arn}, but there is {role.arn}; delete or rename that one")
        return People((role,), members)


def known(people: PeopleByGroup) -> dict[str, tuple[Principal, ...]]:
    """The principals of each group whose people are known."""
    return {name: each.principals for name, each in people.items() if each.skipped is None}


def left_out(people: PeopleByGroup) -> dict[str, Skipped]:
    """Why the people of each of the other groups are not known."""
    return {name: each.skipped for name, each in people.items() if each.skipped is not None}


def only(people: PeopleByGroup, groups: Iterable[Group]) -> PeopleByGroup:
    """The people of these groups alone."""
    names = {group.name for group in groups}
    return {name: each for name, each in people.items() if name in names}
