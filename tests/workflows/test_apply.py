from kaccess.model.errors import LoginNeeded
from kaccess.model.plan import Change, Plan
from kaccess.model.state import Entry, Namespace, State
from kaccess.workflows.apply import INTERRUPTED, SETTLE_SECONDS, Status, apply
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
