"""An apply in which one call of AWS or Kubernetes goes wrong, each in turn: it ends in agreement, or says what is left.

Nobody is locked out, nobody has more than old and new together give, and running again finishes.
"""

import re
from dataclasses import dataclass, field
from threading import Lock

import pytest
import yaml

from kaccess.model.errors import DONE
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.kube.statuses import StatusError
from tests.e2e import preloaded
from tests.e2e.company import APPLY
from tests.e2e.planes import CONFIG_MAP, OBSERVED, SANDBOX, on
from tests.e2e.test_identity_sources import sourced

pytestmark = pytest.mark.thorough

OLD = (
    sourced("payments-developers: {assume: true}"),
    (
        ("payments-developers", "reader", "staging"),
        ("data-engineers", "reader", "production"),
        ("auditors", "reader", "staging"),
    ),
)
NEW = (
    sourced("data-engineers: {assume: true}"),
    (
        ("payments-developers", "viewer", "staging"),
        ("data-engineers", "reader", "development"),
        ("auditors", "reader", "staging"),
    ),
)
BACKUP = "kaccess-aws-auth-backup"
"""It tells what was there before the run, and so is another after each."""

FAULTS = {
    "throttled": (("ThrottlingException", "Rate exceeded", 400), (429, "TooManyRequests", "busy")),
    "broken": (("InternalFailure", "no", 500), (500, "InternalError", "etcd is full")),
    "unanswered": None,
    "denied": (("AccessDenied", "not authorized", 403), (403, "Forbidden", "is forbidden: User x cannot do that")),
    "expired": (("ExpiredToken", "the token has expired", 403), (401, "Unauthorized", "Unauthorized")),
    "in conflict": (
        ("ConcurrentModification", "multiple requests to change this object; submit your request again", 409),
        (
            409,
            "Conflict",
            "the object has been modified; please apply your changes to the latest version and try again",
        ),
    ),
}
KINDS = tuple(FAULTS)


@dataclass
class Fault:
    """Lets request number `at` go wrong, of those whose path has `of` in it: it is refused, or done and never answered.

    Nothing is in conflict with a read, so that goes wrong at the next write.
    """

    at: int
    kind: str
    of: str = ""
    asked: int = 0
    hit: str = ""
    lock: Lock = field(default_factory=Lock, repr=False)

    def put_in(self, observers):
        if FAULTS[self.kind] is None:
            observers.aws_answered, observers.kube_answered = self.drop, self.drop
        else:
            observers.aws = lambda request: self.refuse(request, AwsError, FAULTS[self.kind][0])
            observers.kube = lambda request: self.refuse(request, StatusError, FAULTS[self.kind][1])

    def is_due(self, request):
        with self.lock:
            self.asked += self.of in request.path
            if self.hit or self.asked < self.at or (self.kind == "in conflict" and is_read(request)):
                return False
            self.hit = f"{request.method} {request.path} {action_of(request)}"
            return True

    def refuse(self, request, error, words):
        if self.is_due(request):
            raise error(*words)

    def drop(self, request):
        if self.is_due(request):
            raise ConnectionError


def action_of(request):
    return getattr(request, "parameters", {}).get("Action", "")


def is_read(request):
    is_question = request.path.endswith("reviews") or action_of(request).startswith(("Get", "List"))
    return request.method == "GET" or is_question


@pytest.mark.parametrize(
    ("company", "of", "first", "step"),
    [
        on(SANDBOX, "", 1, 8),
        on(SANDBOX, "", 5, 8),
        on(SANDBOX, "aws-auth", 1, 2, mode=CONFIG_MAP),
        on(OBSERVED, "", 2, 9),
    ],
    indirect=["company"],
)
def test_a_fault_at_any_call_ends_in_agreement_or_says_what_is_left(company, of, first, step):
    """At every fourth call on the sandbox, every ninth on the real plane; each meets another kind there than back."""
    company.client("iam").add_user_to_group(GroupName="auditors", UserName="ben")
    ends = {}
    for wish in (OLD, NEW):
        wish_for(company, wish)
        assert apply(company) == DONE
        ends[id(wish)] = End.of(company)
    old, new = ends.values()
    for turn, at in enumerate(range(first, 400, step)):
        faults = [Fault(at, KINDS[(turn + shift) % len(KINDS)], of) for shift in (0, 3)]
        for wish, fault in zip((OLD, NEW), faults, strict=True):
            wish_for(company, wish)
            code = apply(company, fault)
            if code != DONE:
                says_what_is_left(company, fault)
                assert company.access() <= old.access | new.access, fault
                assert company.who("olga") == old.keeper, fault
                assert apply(company) == DONE, fault
            assert snapshot(company) == ends[id(wish)].world, fault
        if not any(fault.hit for fault in faults):
            break
    assert at > 10


ADVICE = re.compile("again|ask for|ask an administrator|check|run `|is forbidden: User|(failed|skipped) +[-+~] ")
"""What to do, which right is missing, or which change is still to be made."""


def says_what_is_left(company, fault):
    lines = [line for line in (company.folder / "said").read_text().splitlines() if line.startswith("error: ")]
    assert lines, fault
    assert all(ADVICE.search(line) for line in lines), (fault, lines)


@dataclass(frozen=True)
class End:
    """A world as an apply leaves it: all that is written, what it allows, and as whom the keeper comes in."""

    world: object
    access: frozenset
    keeper: object

    @classmethod
    def of(cls, company):
        return cls(snapshot(company), frozenset(company.access()), company.who("olga"))


def snapshot(company):
    """All objects and entries, without what only tells when and how often they were written."""
    passing = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")
    objects = {
        key: {**item, "metadata": {name: value for name, value in item["metadata"].items() if name not in passing}}
        for key, item in company.objects().items()
        if key[2] != BACKUP
    }
    for item in (item for key, item in objects.items() if key[2] == "aws-auth"):
        # New rows come last, so their order tells which run wrote them.
        item["data"] = {name: sorted(map(str, yaml.safe_load(text))) for name, text in item["data"].items()}
    has_entries = company.sandbox.cloud.mode("cardo-eks") != CONFIG_MAP
    entries = company.entries() if has_entries else {}
    roles = company.client("iam").list_roles(PathPrefix="/kaccess/")["Roles"]
    return objects, {arn: entry["kubernetesGroups"] for arn, entry in entries.items()}, {role["Arn"] for role in roles}


def wish_for(company, wish):
    head, grants = wish
    company.policy(*grants, head=head)


def apply(company, fault=None):
    """The exit code of an apply, one of whose requests may go wrong."""
    observers = company.sandbox.observers
    if fault is not None:
        fault.put_in(observers)
    process = preloaded.start(company.folder, company.environment("admin"), APPLY, err=company.folder / "said")
    code = preloaded.finish(process)
    observers.aws = observers.kube = observers.aws_answered = observers.kube_answered = None
    return code
