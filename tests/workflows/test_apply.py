import threading

import pytest

from kaccess.model.errors import LoginNeeded
from kaccess.model.plan import Change, Plan
from kaccess.model.state import Entry, Namespace, State
from kaccess.workflows.apply import INTERRUPTED, SETTLE_SECONDS, Status, apply, at_once
from tests.workflows.fakes import Broken, World, arn, row


def create(name, needs=()):
    return Change(None, Namespace(name), "for the test", frozenset(needs))


def fail_for(*names, error=Broken):
    def fail(change):
        if change.item.name in names:
            raise error(f"{change.item.name} would not")

    return fail


def outcomes(world, *changes):
    return [(each.status, each.reason) for each in apply(Plan("cardo", changes), world.write)]


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


def entries(*needs):
    return [
        Change(None, Entry(arn(f"u{number}"), ("kaccess:a",)), "", frozenset(need)) for number, need in enumerate(needs)
    ]


class AtOnce:
    """Notes how many changes are made at the same time, and which; the first `waits` wait for one another."""

    def __init__(self, waits=1):
        self.meeting = threading.Barrier(waits, timeout=10)
        self.waiting = waits
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.begun = []

    def __call__(self, change):
        with self.lock:
            self.begun.append(change.key.name)
            self.now += 1
            self.most = max(self.most, self.now)
            meets = len(self.begun) <= self.waiting
        if meets:
            self.meeting.wait()
        with self.lock:
            self.now -= 1


def test_access_entries_are_written_at_once_as_many_as_it_is_told():
    writer = AtOnce(3)
    changes = entries(*[()] * 9)
    found = list(apply(Plan("cardo", tuple(changes)), writer, width=3))
    assert [(each.change, each.status) for each in found] == [(change, Status.APPLIED) for change in changes]
    assert writer.most == 3


def test_all_else_and_what_needs_an_entry_waits_for_those_that_are_under_way():
    writer = AtOnce(2)
    changes = [*entries((), (), {1}), create("a"), create("b"), Change(ROW, None, "")]
    list(apply(Plan("cardo", tuple(changes)), writer, width=8))
    assert writer.most == 2
    assert writer.begun[2:] == [change.key.name for change in changes[2:]]


def test_an_entry_that_fails_stops_what_needs_it_and_not_those_beside_it():
    def fail(change):
        if change.key.name == arn("u0"):
            raise Broken("no")

    found = list(apply(Plan("cardo", tuple(entries((), (), {0}, {1}))), fail, width=4))
    assert [each.status for each in found] == [Status.FAILED, Status.APPLIED, Status.SKIPPED, Status.APPLIED]


def test_who_stops_listening_begins_no_more():
    writer = AtOnce()
    changes = apply(Plan("cardo", tuple(entries(*[()] * 9))), writer, width=2)
    next(changes)
    changes.close()
    assert len(writer.begun) <= 3


@pytest.mark.parametrize(
    ("changes", "width", "count"),
    [
        ([], 8, 0),
        (entries((), ()), 8, 2),
        (entries(*[()] * 9), 8, 8),
        ([create("a"), *entries(())], 8, 1),
        ([*entries(()), create("a")], 8, 1),
    ],
)
def test_as_many_may_be_under_way(changes, width, count):
    assert at_once(changes, width) == count


ENTRY = Entry(arn("ana"), ("kaccess:a",))
ROW = row(arn("ana"), "kaccess:a", owned=True)


def write_to(world):
    return lambda change: world.write(change) if change.key.kind == "row" else world.write_entry(world.info, change)


def waits_of(world, *changes, wait=None):
    waited = []
    found = list(apply(Plan("cardo", changes), write_to(world), wait=wait or waited.append))
    return waited, [each.status for each in found]


def test_a_row_goes_only_when_eks_had_time_to_look_at_the_entry_that_replaces_it():
    other = Entry(arn("ben"), ("kaccess:a",)), row(arn("ben"), "kaccess:a", owned=True)
    world = World(State.of([ROW, other[1]]), mode="API_AND_CONFIG_MAP")
    moves = (
        Change(None, ENTRY, "moves"),
        Change(None, other[0], "moves"),
        Change(ROW, None, "moves", frozenset({0})),
        Change(other[1], None, "moves", frozenset({1})),
    )
    waited, statuses = waits_of(world, *moves)
    assert waited == [SETTLE_SECONDS]
    assert statuses == [Status.APPLIED] * 4


def test_nothing_waits_where_no_entry_was_made_or_no_row_goes():
    world = World(State.of([ROW]), mode="API_AND_CONFIG_MAP")
    assert waits_of(world, Change(ROW, None, "left"))[0] == []
    assert waits_of(world, Change(None, ENTRY, "joined"))[0] == []


def test_a_row_stays_if_its_entry_was_not_made():
    world = World(State.of([ROW]), mode="API_AND_CONFIG_MAP")
    world.failing["write_entry"] = Broken("EKS would not")
    waited, statuses = waits_of(world, Change(None, ENTRY, "moves"), Change(ROW, None, "moves", frozenset({0})))
    assert waited == []
    assert statuses == [Status.FAILED, Status.SKIPPED]
    assert ROW in world.state.items


def test_an_interruption_while_it_waits_leaves_the_row():
    def interrupt(_seconds):
        raise KeyboardInterrupt

    world = World(State.of([ROW]), mode="API_AND_CONFIG_MAP")
    changes = (Change(None, ENTRY, "moves"), Change(ROW, None, "moves", frozenset({0})))
    assert waits_of(world, *changes, wait=interrupt)[1] == [Status.APPLIED, Status.FAILED]
    assert ROW in world.state.items
