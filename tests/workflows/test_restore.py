from types import SimpleNamespace

import pytest

from kaccess.model.errors import Refused
from kaccess.model.state import AwsAuth, Entry, State
from kaccess.workflows.restore import DeadAwsAuth, find_backup, refuse_lockout
from tests.workflows.fakes import CLUSTER, World, arn, row

ADMIN = row(arn("admin"), "system:masters")
OTHER = row(arn("eva"), "ops")
NOTHING = {"allow_self_removal": False, "allow_last_admin_removal": False}


def restoring(current, backup, entries=(), mode="CONFIG_MAP"):
    world = World(State.of([*current, *entries]), mode=mode)
    world.aws_auth_restoration = lambda: SimpleNamespace(current=world.aws_auth(), backup=AwsAuth(tuple(backup)))
    return find_backup(CLUSTER, world.adapters())


def test_where_aws_auth_is_dead_it_is_not_restored():
    with pytest.raises(DeadAwsAuth, match="API"):
        restoring([], [], mode="API")


def test_a_backup_that_lets_in_all_who_matter_is_let_through():
    refuse_lockout(restoring([ADMIN, OTHER], [ADMIN]), **NOTHING)


@pytest.mark.parametrize("flag", NOTHING)
def test_a_backup_without_the_caller_or_an_administrator_needs_its_flag(flag):
    others = {name: name != flag for name in NOTHING}
    wanted = restoring([ADMIN], [OTHER])
    with pytest.raises(Refused, match=f"--{flag.replace('_', '-')}"):
        refuse_lockout(wanted, **others)
    refuse_lockout(wanted, **dict.fromkeys(NOTHING, True))


def test_who_comes_in_by_an_access_entry_loses_nothing():
    entry = Entry(arn("admin"), ("system:masters",), owned=False)
    refuse_lockout(restoring([ADMIN], [OTHER], [entry], mode="API_AND_CONFIG_MAP"), **NOTHING)
