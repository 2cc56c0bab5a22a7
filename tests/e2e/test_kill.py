"""An apply that dies at any request, or fails at any write: nobody ever has more than old and new together give.

A second run finishes the job.
"""

import json
import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass

import pytest

from kaccess.model.errors import FAILED
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.kube.statuses import StatusError
from tests.e2e import preloaded
from tests.e2e.company import APPLY
from tests.e2e.planes import OBSERVED, SANDBOX, on

pytestmark = pytest.mark.thorough

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


READS = re.compile(r"reviews$|^/$")
"""The paths of POSTs that only ask: reviews, and whatever IAM and STS are asked here."""


@pytest.mark.parametrize(
    ("company", "first", "step"),
    [*(on(SANDBOX, first, 4) for first in (1, 2, 3, 4)), on(OBSERVED, 1, 9)],
    indirect=["company"],
)
def test_close_first_open_last_killed_at_every_request(company, first, step):
    """At each of them on the sandbox, in four shares; at some on the real plane, where an apply takes longer."""
    ends, allowed, changes = both_ends(company)
    for at in range(first, 200, step):
        codes = [interrupted(company, ends, allowed, grants, Killer(at)) for grants in (OLD, NEW)]
        if -signal.SIGKILL not in codes:
            break
    assert at > changes


@pytest.mark.parametrize(("company", "first", "step"), [on(SANDBOX, 1, 3), on(OBSERVED, 2, 12)], indirect=["company"])
def test_close_first_open_last_whichever_change_fails(company, first, step):
    """Some changes of each kind: whatever fails before it, or after, is what the kills above leave as well."""
    ends, allowed, changes = both_ends(company)
    for at in range(first, 200, step):
        codes = [interrupted(company, ends, allowed, grants, Refuser(at)) for grants in (OLD, NEW)]
        if FAILED not in codes:
            break
    assert at > changes


def both_ends(company):
    """The two worlds as an apply leaves them, the access that both give, and how many changes lie between them."""
    company.client("iam").add_user_to_group(GroupName="data-engineers", UserName="ben")
    ends, access = {}, []
    for grants in (OLD, NEW):
        wish_for(company, grants)
        changes = len(planned(company))
        assert apply(company) == 0
        ends[grants] = snapshot(company)
        access.append(company.access())
    assert changes >= 30
    old, new = access
    assert old - new
    assert new - old
    return ends, old | new, changes


def interrupted(company, ends, allowed, grants, observer):
    """On the way to the world of `grants`, what the observer does; then the rest of the way. The first exit code."""
    wish_for(company, grants)
    code = apply(company, observer)
    assert company.access() <= allowed, observer
    assert apply(company) == 0
    assert snapshot(company) == ends[grants], observer
    return code


@dataclass
class Killer:
    """Kills a process at its request number `at`, just before that is answered."""

    at: int
    asked: int = 0
    pid: int | None = None

    def __call__(self, _request):
        self.asked += 1
        if self.asked == self.at:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


@dataclass
class Refuser:
    """Lets the write number `at` fail."""

    at: int
    asked: int = 0
    pid: int | None = None

    def __call__(self, request):
        if request.method in ("POST", "PUT", "PATCH", "DELETE") and not READS.search(request.path):
            self.asked += 1
            if self.asked == self.at:
                kubernetes = request.path.startswith("/api")
                raise StatusError(500, "InternalError", "no") if kubernetes else AwsError("ServerException", "no", 400)


def apply(company, observer=None):
    """The exit code of an apply, whose requests an observer may see."""
    observers = company.sandbox.observers
    process = preloaded.start(company.folder, company.environment("admin"), APPLY)
    if observer is not None:
        observer.pid = process.pid
    observers.aws = observers.kube = observer
    code = preloaded.finish(process)
    observers.aws = observers.kube = None
    return code


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

    objects: dict
    kube_groups: dict


def snapshot(company):
    passing = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")
    objects = {
        key: {**item, "metadata": {name: value for name, value in item["metadata"].items() if name not in passing}}
        for key, item in company.objects().items()
    }
    return Snapshot(objects, {principal: entry["kubernetesGroups"] for principal, entry in company.entries().items()})
