"""The IAM half of one account: the people of its groups, and the roles that groups with `assume` take on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kaccess.model.errors import KaccessError, LoginNeeded
from kaccess.model.names import kube_group
from kaccess.model.plan import Skipped
from kaccess.model.policy import Cluster, Group, Policy
from kaccess.model.state import IamRole, Item, State
from kaccess.policy.assume import assume_groups, desired_assume
from kaccess.policy.offboarded import is_offboarded
from kaccess.policy.resolve import groups_in_force
from kaccess.workflows.people import People, PeopleByGroup, Readers, left_out
from kaccess.workflows.survey import Opened, Survey


@dataclass(frozen=True)
class Account:
    """One account, read once for all its clusters. `survey` plans what its IAM shall hold."""

    people: PeopleByGroup
    survey: Survey


_NOT_LOOKED_FOR: Final = "left-over roles to assume were not looked for"


def survey_account(policy: Policy, clusters: Iterable[Opened], now: datetime) -> Account:
    """Read the IAM of one account, in which all of `clusters` (at least one) are, by the credentials of the first.

    Raises:
        LoginNeeded: the credentials are no good.
    """
    opened = tuple(clusters)
    first = opened[0]
    account = first.cluster.account
    assuming = assume_groups(policy, account, now)
    readers = Readers(account, first.cluster.region, first.iam, now)
    people = readers.read(_asked(policy, (each.cluster for each in opened), assuming, now))
    return Account(people, _survey(policy, first, assuming, people, now))


def _asked(policy: Policy, clusters: Iterable[Cluster], assuming: Iterable[Group], now: datetime) -> list[Group]:
    """The groups whose people matter here; each once."""
    found = {group.name: group for cluster in clusters for group in groups_in_force(policy, cluster, now)}
    return list((found | {group.name: group for group in assuming}).values())


def _survey(policy: Policy, first: Opened, assuming: tuple[Group, ...], people: PeopleByGroup, now: datetime) -> Survey:
    account = first.cluster.account
    mine = {group.name: people[group.name] for group in assuming}
    actual, error = _roles(first, assuming)
    skipped = list(left_out(mine).values())
    if error is not None and assuming:
        names = tuple(mine)
        skipped.append(Skipped(f"the roles to assume of groups {', '.join(names)}", str(error), groups=names))
    is_unknown = error is not None
    denied = _offboarded_members(policy, mine)
    return Survey(
        name=f"account {account}",
        caller=first.caller,
        iam=first.iam,
        desired=State() if is_unknown else desired_assume(policy, account, now, offboarded_members=denied),
        actual=State.of(actual),
        write=first.iam.write,
        frozen=frozenset(map(kube_group, mine if is_unknown else left_out(mine))),
        skipped=tuple(skipped),
        notes=(*_notes(actual), *(() if error is None or assuming else (f"{_NOT_LOOKED_FOR}: {error}",))),
    )


def _notes(actual: Iterable[Item]) -> Iterator[str]:
    """The roles of ours that give more than a way into clusters, by somebody else's hand."""
    roles = sorted(item for item in actual if isinstance(item, IamRole) and item.owned and item.foreign_policies)
    for role in roles:
        names = ", ".join(role.foreign_policies)
        yield (
            f"the IAM role {role.name} has policies of others ({names}), which give rights in AWS to all who assume "
            "it; detach them, or let that be a role of its own"
        )


def _roles(first: Opened, assuming: Iterable[Group]) -> tuple[frozenset[Item], KaccessError | None]:
    """What is there; or nothing, and why it is not known."""
    try:
        return first.iam.assume_roles(group.target for group in assuming), None
    except LoginNeeded:
        raise
    except KaccessError as error:
        return frozenset(), error


def _offboarded_members(policy: Policy, people: Mapping[str, People]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(member.arn for member in each.members if is_offboarded(policy, member.arn))
        for name, each in people.items()
    }
