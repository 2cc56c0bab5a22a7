"""Plans carried out side by side, and what is left when somebody presses Ctrl-C."""

import os
import signal
import threading

import pytest

from kaccess.model.errors import LoginNeeded
from kaccess.model.plan import Change, Plan
from kaccess.model.state import Entry, Namespace
from kaccess.workflows.apply import INTERRUPTED, Status
from kaccess.workflows.rollout import Job, roll_out


def job(name, write=lambda _: None, changes=("a", "b", "c")):
    return Job(Plan(name, tuple(Change(None, Namespace(each), "") for each in changes)), write)


def statuses(applied):
    return [outcome.status for outcome in applied.outcomes]


def quiet(*_):
    pass


def test_plans_run_at_the_same_time_and_are_told_in_their_order():
    meeting = threading.Barrier(3, timeout=60)
    results = roll_out([], [job(name, lambda _: meeting.wait()) for name in ("z", "m", "a")], quiet)
    assert [each.plan.cluster for each in results] == ["z", "m", "a"]
    assert all(statuses(each) == [Status.APPLIED] * 3 for each in results)


def test_accounts_are_done_before_the_first_cluster_begins():
    order = []
    writers = {name: lambda _, name=name: order.append(name) for name in ("account", "cluster")}
    roll_out([job("account", writers["account"])], [job("cluster", writers["cluster"])], quiet)
    assert order == ["account"] * 3 + ["cluster"] * 3


def test_every_outcome_is_told_in_the_calling_thread():
    told = []
    roll_out([], [job("a"), job("b")], lambda plan, outcome: told.append((plan.cluster, threading.current_thread())))
    assert sorted(name for name, _ in told) == ["a"] * 3 + ["b"] * 3
    assert {thread for _, thread in told} == {threading.main_thread()}


def test_credentials_that_end_in_one_cluster_do_not_stop_the_others():
    def expired(_):
        raise LoginNeeded("expired")

    bad, good = roll_out([], [job("bad", expired), job("good")], quiet)
    assert statuses(bad) == [Status.FAILED, Status.SKIPPED, Status.SKIPPED]
    assert statuses(good) == [Status.APPLIED] * 3


def test_a_defect_in_a_writer_comes_out():
    def defect(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        roll_out([], [job("a", defect), job("b")], quiet)


def test_ctrl_c_ends_it_at_once_and_says_what_is_left():
    """While one cluster is in the middle of a change, and another is done."""
    stuck, done = threading.Event(), threading.Event()

    def block(change):
        if change.item.name == "b":
            done.wait(60)
            os.kill(os.getpid(), signal.SIGINT)
            stuck.wait(60)

    def told(plan, _):
        if plan.cluster == "quick" and not changes_of_quick.pop():
            done.set()

    changes_of_quick = [0, 1, 2]
    try:
        with_block, quick = roll_out([], [job("stuck", block), job("quick")], told)
    finally:
        stuck.set()
    assert statuses(with_block) == [Status.APPLIED, Status.FAILED, Status.SKIPPED]
    assert {outcome.reason for outcome in with_block.outcomes[1:]} == {INTERRUPTED}
    assert statuses(quick) == [Status.APPLIED] * 3
    assert (with_block.is_interrupted, quick.is_interrupted) == (True, False)


def test_ctrl_c_among_entries_tells_of_all_that_may_be_under_way():
    stuck, two_told = threading.Event(), threading.Barrier(2, timeout=60)

    def block(change):
        if change.item.principal.endswith("/u2"):
            two_told.wait()
            os.kill(os.getpid(), signal.SIGINT)
            stuck.wait(60)

    left = [0, 1]
    people = tuple(Change(None, Entry(f"arn:aws:iam::111122223333:user/u{n}", ("kaccess:a",)), "") for n in range(30))
    try:
        (found,) = roll_out([], [Job(Plan("cardo", people), block)], lambda *_: left.pop() or two_told.wait())
    finally:
        stuck.set()
    assert statuses(found)[:2] == [Status.APPLIED] * 2
    assert statuses(found)[2:10] == [Status.FAILED] * 8
    assert statuses(found)[10:] == [Status.SKIPPED] * 20
    assert found.is_interrupted


def test_ctrl_c_among_the_accounts_leaves_the_clusters_alone():
    def interrupt(_):
        raise KeyboardInterrupt

    written = []
    account, cluster = roll_out([job("account", interrupt)], [job("cluster", written.append)], quiet)
    assert statuses(account) == [Status.FAILED, Status.SKIPPED, Status.SKIPPED]
    assert statuses(cluster) == [Status.SKIPPED] * 3
    assert written == []
