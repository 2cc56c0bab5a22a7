"""From aws-auth to access entries."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from kaccess.model.names import kube_group
from kaccess.model.policy import Backend, Grant, Group, NamespaceChoice, Policy, Role
from kaccess.model.rule import Rule
from kaccess.model.state import Entry, State
from kaccess.model.ways_in import ways_in
from kaccess.workflows.apply import apply
from kaccess.workflows.fleet import survey_fleet
from kaccess.workflows.migrate import CannotMigrate, migration
from tests.workflows.fakes import ACCOUNT, CLUSTER, World, arn, row

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
NODES = row(f"arn:aws:iam::{ACCOUNT}:role/nodes", "system:bootstrappers", "system:nodes", username="system:node:{{x}}")
JOINED = row(arn("ben"), "ops", username="ben")
POLICY = Policy(
    clusters={"cardo": CLUSTER},
    groups={"payments": Group("payments", target="payments")},
    roles={"reader": Role("reader", (Rule(("get",), ("",), ("pods",)),))},
    grants=(Grant("payments", "reader", NamespaceChoice(names=("staging",))),),
)


def survey_of(world):
    return survey_fleet(POLICY, [CLUSTER], lambda _: world.adapters(), NOW).clusters[0]


def moved_in(mode):
    """A cluster that was kept in aws-auth, and then switched."""
    world = World(
        State.of([NODES, JOINED]), {"payments": ["ana", "ben"]}, mode="CONFIG_MAP", accounts=("444455556666",)
    )
    found = survey_of(world)
    list(apply(found.plan(), found.write))
    world.mode = mode
    return world


def reached(world):
    return {
        way.entry.principal
        for way in ways_in(world.state.all(Entry))
        if kube_group("payments") in way.entry.kube_groups
    }


def test_owned_rows_move_without_a_moment_of_lost_access():
    world = moved_in("API_AND_CONFIG_MAP")
    assert reached(world) == {arn("ana"), arn("ben")}
    move = migration(CLUSTER, survey_of(world))
    for outcome in apply(move.survey.plan(identity_only=True), move.survey.write, wait=lambda _: None):
        assert outcome.reason == ""
        assert reached(world) == {arn("ana"), arn("ben")}
    kinds = {(entry.key.kind, entry.principal) for entry in world.state.all(Entry) if entry.owned_groups}
    assert kinds == {("entry", arn("ana")), ("row", arn("ben"))}
    assert NODES in world.state.items
    after = migration(CLUSTER, survey_of(world))
    assert after.survey.plan(identity_only=True).changes == ()


def test_what_cannot_move_is_listed_with_its_reason():
    move = migration(CLUSTER, survey_of(moved_in("API_AND_CONFIG_MAP")))
    assert {skipped.what for skipped in move.stranded} >= {
        f"row {NODES.principal}",
        f"row {arn('ben')}",
        "mapAccounts 444455556666",
    }
    assert f"row {arn('ana')}" not in {skipped.what for skipped in move.stranded}
    assert all(skipped.reason for skipped in move.stranded)


def test_a_cluster_that_looks_at_aws_auth_alone_must_be_switched_by_somebody():
    with pytest.raises(
        CannotMigrate, match=r"never changes.*update-cluster-config --name cardo-eks --region eu-south-1"
    ):
        migration(CLUSTER, survey_of(moved_in("CONFIG_MAP")))


def test_where_aws_auth_is_dead_there_is_nothing_to_move():
    world = World(groups={"payments": ["ana"]}, mode="API")
    list(apply(survey_of(world).plan(), survey_of(world).write))
    move = migration(CLUSTER, survey_of(world))
    assert move.survey.plan(identity_only=True).changes == ()
    assert "nothing is to move" in move.survey.notes[-1]


def test_a_policy_that_wants_aws_auth_is_not_worked_against():
    world = moved_in("API_AND_CONFIG_MAP")
    with pytest.raises(CannotMigrate, match="move all of it back"):
        migration(replace(CLUSTER, backend=Backend.AWS_AUTH), survey_of(world))
