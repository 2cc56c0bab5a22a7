"""What a cluster full of people, 3,000 in 300 groups, costs in requests to AWS: `python -m tests.bench.identity`.

Applied from empty, looked at again, and changed for one person. The sandbox plays AWS and Kubernetes in one process and
answers AWS one call at a time, so the seconds are mostly its own; the requests are what AWS would get. With `--rate`
AWS takes so many requests a second and throttles the others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tabulate import tabulate

from kaccess.sandbox import world
from kaccess.sandbox.aws.messages import AwsRequest
from kaccess.sandbox.server import Sandbox, running_sandbox
from tests.aws.scale_entries import Requests
from tests.e2e.company import EMPTY, Company

GROUPS = 300
"""Everybody is in one of them, and they are equally large."""

WHY = """\
The second run reads everything again. ListAccessEntries tells ARNs and nothing of what is on an entry, there is no list
that does, and anybody may have changed one; the same holds for the members of a group. So each entry is described."""


class Calls(Requests):
    """Counts requests by what they ask for, not by the service's paths."""

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self.kinds: Counter[str] = Counter()

    def __call__(self, request: AwsRequest) -> None:
        super().__call__(request)
        self.kinds[_kind(request)] += 1


def _kind(request: AwsRequest) -> str:
    action = request.parameters.get("Action")
    if action:
        return action
    principal = request.path.partition("/access-entries/")[2]
    if request.path.endswith("/access-policies"):
        return "ListAssociatedAccessPolicies" if principal else "ListAccessPolicies"
    if "/access-entries" not in request.path:
        return "DescribeCluster"
    names = {"GET": "Describe", "POST": "Update" if principal else "Create", "DELETE": "Delete"}
    return f"{names[request.method]}AccessEntry" if principal or request.method != "GET" else "ListAccessEntries"


def fill(sandbox: Sandbox, people: int) -> list[str]:
    """The IAM groups of a company of this many people."""
    iam = sandbox.cloud.account.iam
    groups = [f"team-{number:03}" for number in range(min(GROUPS, people))]
    for group in groups:
        iam.create_group(group)
    for number in range(people):
        iam.create_user(world.ACCOUNT.region, f"person-{number:04}", "/")
        iam.add_user_to_group(groups[number % GROUPS], f"person-{number:04}")
    return groups


def write_policy(company: Company, groups: list[str]) -> None:
    head = EMPTY.replace("grants: []", "namespaces: {staging: {}}\nroles: {viewer: {cluster_role: view}}\ngrants:")
    grants = (f"  - {{group: {group}, role: viewer, namespaces: [staging]}}\n" for group in groups)
    company.policy_file.write_text(head + "".join(grants))


def measured(name: str, company: Company, calls: Calls, *words: str) -> list[object]:
    """One run as a row of the table."""
    calls.kinds.clear()
    start = time.monotonic()
    process = company.start("admin", "kaccess", *words)
    _, err = process.communicate()
    seconds = time.monotonic() - start
    if process.returncode:
        raise SystemExit(f"kaccess {' '.join(words)} ended with exit code {process.returncode}:\n{err[-2000:]}")
    details = ", ".join(f"{count} {kind}" for kind, count in calls.kinds.most_common())
    requests = calls.kinds.total()
    return [name, requests, f"{seconds:.1f}", f"{requests / seconds:.0f}", details]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.identity", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--people", type=int, default=2990, help="EKS takes 3,000 access entries, others' among them")
    parser.add_argument("--rate", type=float, default=0, help="requests a second that AWS takes; 0: all")
    options = parser.parse_args()
    calls = Calls(options.rate)
    with tempfile.TemporaryDirectory() as folder, running_sandbox(Path(folder) / "sandbox") as sandbox:
        company = Company(sandbox, Path(folder))
        groups = fill(sandbox, options.people)
        write_policy(company, groups)
        sandbox.observers.aws = calls
        rows = [measured("apply from empty", company, calls, "apply", "--yes")]
        rows.append(measured("nothing to do", company, calls, "plan", "--check"))
        sandbox.cloud.account.iam.remove_user_from_group(groups[0], "person-0000")
        rows.append(measured("one leaves", company, calls, "apply", "--yes"))
    headers = (f"{options.people} people", "requests", "seconds", "a second", "to AWS")
    sys.stdout.write(f"{tabulate(rows, headers, disable_numparse=True)}\n\n{WHY}\n")


if __name__ == "__main__":
    main()
