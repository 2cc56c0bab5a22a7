"""The IAM half of groups whose members assume a role: what can be had of it, given what others made."""

from __future__ import annotations

from collections.abc import Iterator

from kaccess.model.names import kube_group
from kaccess.model.plan import Skipped
from kaccess.model.state import IamGroupPolicy, IamRole, State
from kaccess.planning.scope import Scope


def settle_iam(
    desired: State, actual: State, scope: Scope, skipped: list[Skipped]
) -> Iterator[IamRole | IamGroupPolicy]:
    """The roles to assume and the policies that allow it, as they can be; what cannot be had is added to `skipped`."""
    taken = {role.name.lower(): role for role in actual.all(IamRole) if not role.owned}
    refused = set()
    for want in desired.all(IamRole):
        have = taken.get(want.name.lower())
        if have is not None and scope.covers(kube_group(want.group)):
            refused.add(want.group)
            skipped.append(Skipped(str(have.key), _TAKEN, groups=(want.group,)))
    yield from taken.values()
    yield from _roles(desired, actual, scope, refused)
    yield from _policies(desired, actual, scope, refused)


_TAKEN = "a role of this name exists that kaccess did not make (its tag or its path is missing): rename or delete it"


def _roles(desired: State, actual: State, scope: Scope, refused: set[str]) -> Iterator[IamRole]:
    wanted = {want.key: want for want in desired.all(IamRole) if scope.covers(kube_group(want.group))}
    yield from (want for want in wanted.values() if want.group not in refused)
    for have in actual.all(IamRole):
        if have.owned and have.key not in wanted and not scope.covers(kube_group(have.group)):
            yield have


def _policies(desired: State, actual: State, scope: Scope, refused: set[str]) -> Iterator[IamGroupPolicy]:
    """Nobody is newly let into a role that is not ours; who was let into it before is not thrown out for that."""
    wanted = {
        want.key: want
        for want in desired.all(IamGroupPolicy)
        if scope.covers(kube_group(want.group)) and want.group not in refused
    }
    yield from wanted.values()
    for have in actual.all(IamGroupPolicy):
        if have.key not in wanted and (have.group in refused or not scope.covers(kube_group(have.group))):
            yield have
