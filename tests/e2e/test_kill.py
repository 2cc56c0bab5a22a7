"""An apply that dies at any request: never more access than old and new together, and a second run finishes the job."""

import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass

import pytest

from tests.e2e import preloaded
from tests.e2e.planes import OBSERVED, SANDBOX, on

OLD = (
    ("payments-developers", "developer", "development"),
    ("payments-developers", "reader", "production"),
    ("data-engineers", "reader", "staging"),
    ("auditors", "developer", "staging"),
    ("auditors", "reader", "development"),
    ("auditors", "viewer", "production"),
)
NEW = (
    ("payments-developers", "viewer", "development"),
    ("payments-developers", "developer", "staging"),
    ("data-engineers", "developer", "production"),
    ("data-engineers", "viewer", "development"),
    ("platform-admins", "reader", "production"),
    ("platform-admins", "developer", "development"),
    ("platform-admins", "viewer", "staging"),
    ("platform-admins", "reader", "staging"),
    ("payments-developers", "viewer", "production"),
)


EVERY_REQUEST = (on(SANDBOX, 1, 2), on(SANDBOX, 2, 2))
SOME_REQUESTS = on(OBSERVED, 1, 9)
"""The real server stores what it is told a hundred times slower, and has the same requests."""


@pytest.mark.parametrize(("company", "first", "step"), [*EVERY_REQUEST, SOME_REQUESTS], indirect=["company"])
def test_killed_at_every_request_nobody_ever_has_more_than_old_and_new_together(company, first, step):
    """Forth and back between two worlds, killed on the way at a later request each time; the next apply goes on."""
    company.client("iam").add_user_to_group(GroupName="data-engineers", UserName="ben")
    ends = {}
    for grants in (OLD, NEW):
        wish_for(company, grants)
        plan = planned(company)
        assert apply(company) == 0
        ends[grants] = snapshot(company)
    assert len(plan) >= 30
    allowed = ends[OLD].access | ends[NEW].access
    assert ends[OLD].access < allowed
    assert ends[NEW].access < allowed

    for at in range(first, 200, step):
        kills = 0
        for grants in (OLD, NEW):
            wish_for(company, grants)
            kills += apply(company, Killer(at)) == -signal.SIGKILL
            assert company.access() <= allowed, f"killed at request {at}"
            assert apply(company) == 0
            assert snapshot(company) == ends[grants], f"applied again after a kill at request {at}"
        if not kills:
            break
    assert at > len(plan)


class Killer:
    """Kills a process at its request number `at`, just before that is answered."""

    def __init__(self, at):
        self.at = at
        self.asked = 0
        self.pid = None

    def __call__(self, _request):
        self.asked += 1
        if self.asked == self.at:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def apply(company, killer=None):
    """The exit code of an apply, which a killer may end."""
    observers = company.sandbox.observers
    process = preloaded.start(company, "admin", "apply", "--yes", "--allow-mass-removal")
    if killer is not None:
        killer.pid = process.pid
    observers.aws = observers.kube = killer
    process.join(60)
    observers.aws = observers.kube = None
    assert process.exitcode is not None, "an apply that does not end"
    return process.exitcode


def planned(company):
    return json.loads(company.kaccess("admin", "plan", "-o", "json").out)["data"]["plans"][0]["changes"]


def wish_for(company, grants):
    """Another policy, other rules, and one person in another IAM group."""
    company.policy(*grants)
    left, joined = ("data-engineers", "payments-developers")[:: 1 if grants is OLD else -1]
    company.client("iam").remove_user_from_group(GroupName=left, UserName="ben")
    company.client("iam").add_user_to_group(GroupName=joined, UserName="ben")
    if grants is NEW:
        text = company.policy_file.read_text()
        company.policy_file.write_text(text.replace("verbs: [get, list]}", "verbs: [list, watch]}"))


@dataclass(frozen=True)
class Snapshot:
    """A world as it is, without what only tells when and how often things were written."""

    access: set
    objects: dict
    principals: list


def snapshot(company):
    passing = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")
    objects = {
        key: {**item, "metadata": {name: value for name, value in item["metadata"].items() if name not in passing}}
        for key, item in company.objects().items()
    }
    return Snapshot(company.access(), objects, sorted(company.entries()))
