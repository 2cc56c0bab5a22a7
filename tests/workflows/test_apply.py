from kaccess.model.errors import LoginNeeded
from kaccess.model.plan import Change, Plan
from kaccess.model.state import Namespace
from kaccess.workflows.apply import INTERRUPTED, Status, apply
from tests.workflows.fakes import INFO, Broken, World


def create(name, needs=()):
    return Change(None, Namespace(name), "for the test", frozenset(needs))


def fail_for(*names, error=Broken):
    def fail(change):
        if change.item.name in names:
            raise error(f"{change.item.name} would not")

    return fail


def outcomes(world, *changes):
    return [(each.status, each.reason) for each in apply(Plan("cardo", changes), INFO, world, world)]


def test_a_failed_change_stops_what_needs_it_and_nothing_else():
    world = World(namespaces=())
    world.failing["write"] = fail_for("a")
    assert outcomes(world, create("a"), create("b", [0]), create("c", [1]), create("d")) == [
        (Status.FAILED, "a would not"),
        (Status.SKIPPED, "not safe before: namespace a"),
        (Status.SKIPPED, "not safe before: namespace b"),
        (Status.APPLIED, ""),
    ]


def test_credentials_that_end_stop_the_run():
    world = World(namespaces=())
    world.failing["write"] = fail_for("b", error=LoginNeeded)
    assert outcomes(world, create("a"), create("b"), create("c")) == [
        (Status.APPLIED, ""),
        (Status.FAILED, "b would not"),
        (Status.SKIPPED, "b would not"),
    ]
    assert [change.item.name for change in world.writes] == ["a"]


def test_an_interruption_is_reported_with_all_that_is_left():
    world = World(namespaces=())
    world.failing["write"] = fail_for("b", error=KeyboardInterrupt)
    assert outcomes(world, create("a"), create("b"), create("c")) == [
        (Status.APPLIED, ""),
        (Status.FAILED, INTERRUPTED),
        (Status.SKIPPED, INTERRUPTED),
    ]
