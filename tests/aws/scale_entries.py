"""What it costs to read a cluster full of access entries: `python -m tests.aws.scale_entries`.

The sandbox plays AWS in the same process and answers one call at a time, so the seconds are mostly its own; the
requests are what AWS would get.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from threading import Lock

from kaccess.aws.eks import Eks
from kaccess.aws.session import AwsSession
from kaccess.sandbox import world
from kaccess.sandbox.aws.access_entry import NewEntry
from kaccess.sandbox.aws.errors import AwsError
from kaccess.sandbox.aws.messages import AwsRequest
from kaccess.sandbox.server import Sandbox, running_sandbox
from tests.aws.answers import user

OURS = {"app.kubernetes.io/managed-by": "kaccess"}


def fill(sandbox: Sandbox, size: int) -> None:
    """As many entries of ours as still fit under `size`; every hundredth has an access policy of someone else's."""
    entries = sandbox.cloud.entries
    for n in range(size - len(entries.list(world.CLUSTER))):
        name = f"u{n:04}"
        world.ACCOUNT.iam.create_user(world.ACCOUNT.region, name, "/")
        entries.create(world.CLUSTER, NewEntry(user(name), (f"kaccess:g{n % 300}",), tags=OURS))
        if n % 100 == 0:
            entries.associate(world.CLUSTER, user(name), entries.policy_arn("AmazonEKSViewPolicy"), ())


def measured(eks: Eks, asked: Counter[str], *, audit: bool) -> str:
    info = eks.cluster(world.CLUSTER)
    asked.clear()
    start = time.monotonic()
    found = eks.entries(info, all_access_policies=audit)
    seconds = time.monotonic() - start
    calls = ", ".join(f"{count} {kind}" for kind, count in sorted(asked.items()))
    having = sum(bool(entry.access_policies) for entry in found)
    return (
        f"{'audit' if audit else 'plan'}: {len(found)} entries, {having} with access policies: "
        f"{asked.total()} requests ({calls}) in {seconds:.1f} s, {asked.total() / seconds:.0f} a second"
    )


class Requests:
    """Counts the requests; with a `rate`, AWS takes so many a second and as many at once, and throttles the others."""

    def __init__(self, rate: float) -> None:
        self.counted: Counter[str] = Counter()
        self._rate = rate
        self._tokens, self._at = rate, time.monotonic()
        self._lock = Lock()

    def __call__(self, request: AwsRequest) -> None:
        with self._lock:
            now = time.monotonic()
            self._tokens, self._at = min(self._rate, self._tokens + (now - self._at) * self._rate), now
            throttled = bool(self._rate) and self._tokens < 1
            self._tokens -= not throttled
            self.counted["throttled" if throttled else _kind(request)] += 1
        if throttled:
            raise AwsError("ThrottlingException", "Rate exceeded", 400)


def _kind(request: AwsRequest) -> str:
    principal = request.path.partition("/access-entries")[2]
    if request.path.endswith("/access-policies"):
        return "ListAssociatedAccessPolicies" if principal else "ListAccessPolicies"
    return "DescribeAccessEntry" if principal else "ListAccessEntries"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.aws.scale_entries", description=(__doc__ or "").split(":")[0]
    )
    parser.add_argument("--entries", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=0, help="requests a second that AWS takes; 0: all")
    options = parser.parse_args()
    requests = Requests(options.rate)
    with tempfile.TemporaryDirectory() as folder, running_sandbox(Path(folder), on_aws_request=requests) as sandbox:
        os.environ |= sandbox.environment("admin")
        fill(sandbox, options.entries)
        eks = Eks(AwsSession("admin"), world.ACCOUNT.region)
        for audit in (False, True):
            sys.stdout.write(measured(eks, requests.counted, audit=audit) + "\n")


if __name__ == "__main__":
    main()
