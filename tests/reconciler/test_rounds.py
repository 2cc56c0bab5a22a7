"""Rounds with worlds in memory: who leads, what is written, what is refused, who waits."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from kaccess.model.errors import REFUSED
from kaccess.model.policy import Backend, Cluster, Grant, NamespaceChoice
from kaccess.model.state import Entry
from kaccess.reconciler.leadership import LEASE_SECONDS, RENEW_SECONDS
from kaccess.reconciler.pace import LONGEST_BACKOFF
from kaccess.reconciler.turn import Ending
from tests.reconciler.stage import INTERVAL, START, Stage, policy
from tests.workflows.fakes import CLUSTER, Broken, World, arn, cluster_of


def people(world):
    return {entry.principal for entry in world.state.all(Entry)}


def endings(finished):
    return {turn.cluster: turn.ending for turn in finished.turns if not turn.cluster.startswith("account")}


@pytest.fixture
def world():
    return World(groups={"payments": ["ana", "ben"]})


def test_a_round_makes_the_cluster_agree_and_the_next_finds_nothing_to_do(world):
    rounds = Stage(world).rounds()
    assert endings(rounds.run()) == {"cardo": Ending.CHANGED}
    assert people(world) == {arn("ana"), arn("ben")}
    assert endings(rounds.run()) == {"cardo": Ending.AGREED}


def test_a_leaver_is_out_within_one_interval(world):
    stage = Stage(world)
    stage.time.after[61] = lambda: world.groups.update(payments=["ana"])
    stage.run(stage.rounds(), 61 + INTERVAL)
    assert people(world) == {arn("ana")}


def test_a_grant_is_over_within_one_interval_of_its_end(world):
    stage = Stage(world)
    (grant,) = stage.policy.grants
    stage.policy = replace(stage.policy, grants=(replace(grant, until=START + timedelta(seconds=90)),))
    told = stage.run(stage.rounds(), 90 + INTERVAL)
    assert [endings(each)["cardo"] for each in told] == [Ending.CHANGED, Ending.AGREED, Ending.CHANGED]
    assert people(world) == set()


def test_a_broken_policy_skips_the_round_and_changes_nothing(world):
    stage = Stage(world)
    rounds = stage.rounds()
    rounds.run()
    world.groups["payments"] = []
    stage.broken = Broken("kaccess.yaml:3:1: what is this")
    writes = len(world.writes)
    finished = rounds.run()
    assert (str(finished.policy_error), finished.turns, finished.exit_code) == ("kaccess.yaml:3:1: what is this", (), 1)
    assert len(world.writes) == writes


def test_only_the_leader_writes_and_another_takes_over_when_it_goes(world):
    stage = Stage(world)
    one, two = stage.rounds("one"), stage.rounds("two")
    one.run()
    assert endings(two.run()) == {"cardo": Ending.FOLLOWING}
    assert (one.leading, two.leading) == ({"cardo": True}, {"cardo": False})
    one.release()
    assert endings(two.run()) == {"cardo": Ending.AGREED}


def test_a_leader_that_died_stands_in_the_way_no_longer_than_its_lease(world):
    stage = Stage(world)
    one, two = stage.rounds("one"), stage.rounds("two")
    one.run()
    stage.time.at += LEASE_SECONDS + 1
    assert endings(two.run()) == {"cardo": Ending.AGREED}
    assert one.leading == {"cardo": False}


def test_leases_are_kept_between_rounds(world):
    stage = Stage(world)
    rounds, lease = stage.rounds(), stage.leases["cardo"]
    held = []
    for second in range(5, 300, 5):
        stage.time.after[second] = lambda: held.append(lease.until > stage.time.clock().now())
    stage.run(rounds, 300)
    assert all(held)
    assert lease.holder == ""


def lose_after(stage, world, changes, lose):
    """Let `lose` happen while that change is written."""

    def write(_change):
        if len(world.writes) == changes - 1:
            lose()
            stage.time.at += RENEW_SECONDS

    world.failing["write"] = world.failing["write_entry"] = write


def test_who_loses_the_lease_stops_before_the_next_change(world):
    stage = Stage(world)
    rounds, lease = stage.rounds("one"), stage.leases["cardo"]

    def lose():
        lease.holder, lease.until = "two", START + timedelta(hours=1)

    lose_after(stage, world, 2, lose)
    assert endings(rounds.run()) == {"cardo": Ending.STOPPED}
    assert len(world.writes) == 2


def test_who_cannot_reach_the_lease_stops_before_the_next_change(world):
    stage = Stage(world)
    rounds, lease = stage.rounds(), stage.leases["cardo"]
    lose_after(stage, world, 2, lambda: setattr(lease, "failing", Broken("no answer")))
    assert endings(rounds.run()) == {"cardo": Ending.STOPPED}
    assert len(world.writes) == 2
    assert rounds.leading == {"cardo": False}


def test_a_stop_in_mid_apply_ends_the_change_under_way_and_begins_no_other(world):
    stage = Stage(world)
    rounds = stage.rounds()
    lose_after(stage, world, 3, stage.time.stop)
    (finished,) = stage.run(rounds, 10**6)
    assert endings(finished) == {"cardo": Ending.STOPPED}
    assert len(world.writes) == 3
    assert stage.leases["cardo"].holder == ""
    stage.time.stopped = False
    world.failing.clear()
    assert endings(stage.rounds().run()) == {"cardo": Ending.CHANGED}


def test_a_cluster_that_cannot_be_read_backs_off_and_the_others_go_on(world):
    other = World(groups={"payments": ["ana"]}, cluster=cluster_of("rossa"))
    other.failing["owned"] = Broken("no answer")
    stage = Stage(world, other)
    told = stage.run(stage.rounds(), 15 * INTERVAL)
    assert all(endings(each)["cardo"] in {Ending.CHANGED, Ending.AGREED} for each in told)
    tried = [number for number, each in enumerate(told) if endings(each)["rossa"] is Ending.UNREACHED]
    assert tried == [0, 1, 3, 7, 12]
    gaps = [after - before for before, after in pairwise(tried)]
    assert max(gaps) * INTERVAL == LONGEST_BACKOFF


def test_a_change_that_fails_does_not_slow_its_cluster_down(world):
    def refuse(change):
        if change.item.principal == arn("ana"):
            raise Broken("not allowed")

    world.failing["write_entry"] = refuse
    stage = Stage(world)
    told = stage.run(stage.rounds(), 5 * INTERVAL)
    assert [endings(each)["cardo"] for each in told] == [Ending.FAILED] * 5
    assert people(world) == {arn("ben")}


def test_an_unsafe_plan_is_refused_for_its_cluster_alone(world):
    many = [f"person{number}" for number in range(20)]
    other = World(groups={"payments": many}, cluster=cluster_of("rossa", "999900001111"))
    rounds = Stage(world, other).rounds()
    rounds.run()
    other.groups["payments"] = []
    world.groups["payments"] = ["ana"]
    finished = rounds.run()
    assert endings(finished) == {"cardo": Ending.CHANGED, "rossa": Ending.REFUSED}
    assert finished.exit_code == REFUSED
    assert (people(world), len(people(other))) == ({arn("ana")}, len(many))


def test_what_does_not_exist_is_left_out_and_the_rest_is_done(world):
    stage = Stage(world)
    gone = Grant("payments", "developer", NamespaceChoice(names=("gone",)))
    stage.policy = replace(stage.policy, grants=(*stage.policy.grants, gone))
    finished = stage.rounds().run()
    assert endings(finished) == {"cardo": Ending.FAILED}
    assert people(world) == {arn("ana"), arn("ben")}


def test_identity_only_writes_entries_alone(world):
    finished = Stage(world).rounds(identity_only=True).run()
    assert endings(finished) == {"cardo": Ending.CHANGED}
    assert {change.key.kind for change in world.writes} == {"entry"}


def test_an_entry_of_someone_else_that_cannot_be_joined_comes_with_advice(world):
    foreign = Entry(arn("ana"), ("batch",), owned=False, backend=Backend.ACCESS_ENTRIES)
    world.state = replace(world.state, items=world.state.items | {foreign})
    world.failing["write_entry"] = Broken("not allowed to call eks:UpdateAccessEntry")
    stage = Stage(world)
    stage.rounds().run()
    reasons = [line["reason"] for line in stage.lines if line.get("name") == arn("ana")]
    assert len(reasons) == 1
    assert "let an administrator apply the policy" in reasons[0]


def test_a_cluster_that_leaves_the_policy_is_let_go(world):
    other = World(groups={"payments": ["ana"]}, cluster=cluster_of("rossa"))
    stage = Stage(world, other)
    rounds = stage.rounds()
    rounds.run()
    assert stage.leases["rossa"].holder == "one"
    stage.policy = policy(world)
    rounds.run()
    assert stage.leases["rossa"].holder == ""
    assert rounds.leading == {"cardo": True}


def test_the_log_is_json_with_a_time_a_level_and_a_message_in_each_line(world):
    stage = Stage(world)
    stage.run(stage.rounds(), INTERVAL)
    assert stage.lines
    assert all(line["time"].endswith("Z") and line["level"] and line["message"] for line in stage.lines)


def test_clusters_are_told_apart_by_more_than_their_alias(world):
    stage = Stage(world)
    rounds = stage.rounds()
    rounds.run()
    elsewhere = Cluster("cardo", "cardo-eks", "eu-west-1", CLUSTER.account)
    stage.policy = replace(stage.policy, clusters={"cardo": elsewhere})
    asked = stage.leases["cardo"].asked
    rounds.run()
    assert stage.leases["cardo"].asked == asked + 1
