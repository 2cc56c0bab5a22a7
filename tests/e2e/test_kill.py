"""An apply that dies at any request: never more access than old and new together, and a second run finishes the job."""

import os
import signal
import subprocess
from contextlib import suppress

import pytest

OLD = (
    ("payments-developers", "developer", "development"),
    ("payments-developers", "reader", "production"),
    ("data-engineers", "reader", "staging"),
    ("auditors", "developer", "staging"),
)
NEW = (
    ("payments-developers", "viewer", "development"),
    ("payments-developers", "developer", "staging"),
    ("data-engineers", "developer", "production"),
    ("platform-admins", "reader", "production"),
)


class Killer:
    """Kills a process when the sandbox has been asked a number of times, just before that request is answered."""

    def __init__(self):
        self.asked = 0
        self.at = None
        self.pid = None

    def __call__(self, _request):
        self.asked += 1
        if self.asked == self.at and self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def old_world(company):
    company.policy(*OLD)
    company.apply()
    company.client("iam").remove_user_from_group(GroupName="payments-developers", UserName="ben")
    company.client("iam").add_user_to_group(GroupName="data-engineers", UserName="ben")


def new_policy(company):
    company.policy(*NEW)
    text = company.policy_file.read_text()
    company.policy_file.write_text(text.replace("verbs: [get, list]}", "verbs: [list, watch]}"))


def killed_apply(company, killer, at):
    """Start an apply and kill it at its request number `at`; returns whether it was still running then."""
    killer.asked, killer.at = 0, at
    process = company.start("admin", "kaccess", "apply", "--yes", "--allow-mass-removal")
    killer.pid = process.pid
    try:
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    killer.at = killer.pid = None
    return process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("half", [0, 1])
def test_killed_at_every_request_nobody_ever_has_more_than_old_and_new_together(company, half):
    """Each kill leaves a world of its own, from which the next apply must go on; then all starts again."""
    killer = Killer()
    old_world(company)
    old = company.access()
    new_policy(company)
    company.apply()
    new = company.access()
    assert old - new
    assert new - old
    end_state = company.objects(), sorted(company.entries())

    kills = 0
    for at in range(1 + half, 200, 2):
        reset(company)
        observe(company, killer)
        was_killed = killed_apply(company, killer, at)
        observe(company, None)
        assert company.access() <= old | new, f"killed at request {at}"
        company.apply()
        assert company.access() == new, f"applied again after a kill at request {at}"
        assert same((company.objects(), sorted(company.entries())), end_state)
        kills += was_killed
        if not was_killed:
            break
    assert kills >= 15


def observe(company, observer):
    company.sandbox.observers.kube = observer
    company.sandbox.observers.aws = observer


def reset(company):
    """Back to the old world, by applying the old policy with the old memberships."""
    company.client("iam").remove_user_from_group(GroupName="data-engineers", UserName="ben")
    company.client("iam").add_user_to_group(GroupName="payments-developers", UserName="ben")
    old_world(company)
    new_policy(company)


def same(found, expected):
    """Whether two snapshots hold the same things; what only tells when and how often they were written may differ."""
    return [without_time(part) for part in found] == [without_time(part) for part in expected]


def without_time(part):
    if isinstance(part, list):
        return part
    passing = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")
    return {
        key: {**item, "metadata": {name: value for name, value in item["metadata"].items() if name not in passing}}
        for key, item in part.items()
    }
