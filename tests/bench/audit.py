"""How long an audit takes, and its memory, beside listing what it rests on: `python -m tests.bench.audit`.

A company of 5,000 users, 300 IAM groups, 500 namespaces and 20,000 bindings is audited at a tenth, a half and full
size. kaccess's own readers list namespaces, Roles and bindings from a real API server, and access entries from a stub
that answers faster than AWS does; IAM comes from memory and costs nothing. The report is all of it, access and findings
and the snapshot, as JSON; what the table takes instead of the JSON is shown beside it. The policy is read before the
clock starts. Exit code 1: something falls short.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tabulate import tabulate

from kaccess.audit.snapshot import ClusterSnapshot, PolicyText, Snapshot
from kaccess.aws.eks import Eks
from kaccess.aws.session import AwsSession
from kaccess.kube.api import KubeApi
from kaccess.model.identity import ClusterInfo
from kaccess.model.names import MANAGED_BY, OWNER, SYSTEM_NAMESPACE
from kaccess.policy.files import PolicyFile
from kaccess.policy.load import load_files
from kaccess.report.audit import audit_json, audit_text
from kaccess.report.envelope import envelope
from kaccess.workflows.audit import audit
from tests.controlplane.client import Client, at_once
from tests.controlplane.rbac_objects import path_of
from tests.controlplane.servers import ControlPlane

from .audit_company import ACCOUNT, NOW, Company
from .eks_stub import serve

SIZES = {"a tenth": 0.1, "half": 0.5, "full": 1.0}
MOST_TIMES = 3.0
"""The whole report, listing included, in units of the time that listing takes."""

ROUNDS = 3
"""The best of each counts: what else the machine does makes things slower, never faster."""

MOST_MEBIBYTES = 500.0
HEADERS = (
    *("size", "users", "bindings", "listing s", "of that RBAC s", "report s", "table s"),
    *("(listing + report) / listing", "MiB", "findings", "lines"),
)


def measured(folder: Path, size: float) -> None:
    """In a process of its own: list, judge, report; print what it took as JSON."""
    config = json.loads((folder / "admin.kubeconfig").read_text())
    server, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
    ca_data = base64.b64encode(Path(server["certificate-authority"]).read_bytes()).decode()
    info = ClusterInfo("big-eks", "", server["server"], ca_data, "API")
    gc.disable()  # as the command does
    company = Company(size)
    text, account = company.policy(), company.account()
    policy = load_files([PolicyFile(Path("kaccess.yaml"), text)]).policy
    listings, reports, tables = [], [], []
    for _ in range(ROUNDS):
        with KubeApi(info.endpoint, info.ca_data, lambda: token) as kube:
            start = time.perf_counter()
            namespaces, rbac, accounts = kube.namespaces(), kube.inventory(), kube.service_accounts()
            of_kubernetes = time.perf_counter() - start
            entries = Eks(AwsSession(), "eu-south-1").entries(info, all_access_policies=True)
            listings.append((time.perf_counter() - start, of_kubernetes))
        cluster = ClusterSnapshot(
            *("big", "big-eks", ACCOUNT, "eu-south-1", "API", entries, None, "", namespaces, rbac, ()),
            service_accounts=accounts,
        )
        snapshot = Snapshot(NOW, (cluster,), (account,), (PolicyText("kaccess.yaml", text),))
        start = time.perf_counter()
        found = audit(snapshot, policy=policy)
        data = audit_json(found)
        envelope("Audit", data, exit_code=0, is_large=True)
        reports.append(time.perf_counter() - start)
        start = time.perf_counter()
        lines = len(audit_text(found).splitlines())
        tables.append(time.perf_counter() - start)
    numbers = [len(data["findings"]), lines]
    took = [min(listings)[0], min(each for _, each in listings), min(reports), min(tables)]
    sys.stdout.write(json.dumps([*took, _peak_mebibytes(), *numbers]))


def _peak_mebibytes() -> float:
    """The most memory this process has had; what the one before it had in its place does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def load(client: Client, company: Company) -> None:
    """Put the company on the server."""
    names: list[dict[str, Any]] = [{"metadata": {"name": name}} for name in company.namespaces]
    names.append({"metadata": {"name": SYSTEM_NAMESPACE, "labels": {MANAGED_BY: OWNER}}})
    at_once(lambda each: client.expect(201, "POST", "/api/v1/namespaces", each), names)
    at_once(lambda each: client.expect(201, "POST", path_of(each), each), company.manifests())


def run(share: float) -> list[float]:
    """What a company of this share of the full size took."""
    with tempfile.TemporaryDirectory(prefix="kaccess-bench-") as name, ControlPlane(Path(name)) as plane:
        with Client.of(plane) as client:
            load(client, Company(share))
        command = [sys.executable, "-m", "tests.bench.audit", name, str(share)]
        with serve(Company(share).entries()) as url:
            keys = {
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "none",
                "AWS_ENDPOINT_URL": url,
            }
            environment = {"PATH": os.environ["PATH"], "HOME": name, **keys}
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
        took: list[float] = json.loads(done.stdout)
        return took


def timed(label: str, share: float) -> list[float]:
    """The same, with a word on stderr about what takes its time."""
    sys.stderr.write(f"{label} ...\n")
    return run(share)


def main() -> int:
    rows, misses = [], []
    for label, share in SIZES.items():
        company = Company(share)
        listing, of_kubernetes, report, as_table, mebibytes, findings, lines = timed(label, share)
        times = (listing + report) / listing
        counts = (len(company.members), len(company.bindings))
        seconds = [f"{each:.1f}" for each in (listing, of_kubernetes, report, as_table)]
        rows.append((label, *counts, *seconds, f"{times:.2f}", f"{mebibytes:.0f}", findings, lines))
        if times >= MOST_TIMES and share == 1.0:
            misses.append(f"{label}: the report takes {times:.2f} times the listing, and may take {MOST_TIMES}")
        if mebibytes >= MOST_MEBIBYTES:
            misses.append(f"{label}: {mebibytes:.0f} MiB, and there may be {MOST_MEBIBYTES:.0f}")
    sys.stdout.write("\n".join([tabulate(rows, HEADERS, disable_numparse=True), *misses]) + "\n")
    return 1 if misses else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measured(Path(sys.argv[1]), float(sys.argv[2]))
    else:
        sys.exit(main())
