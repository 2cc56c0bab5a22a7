"""What kaccess and other tools find on one planted cluster: `python -m tests.bench.comparison FOLDER NAME=COMMAND...`.

The cluster is a real API server, first empty and then with the objects of `planted`. Each command runs three times on
each with KUBECONFIG and HOME in FOLDER, where its output goes: it is a report, and finds a plant if it names it. With
no command, the planted cluster stays up until Enter is pressed. kaccess's half of AWS comes from memory, as in
tests/audit, and costs no time; the other tools have none. docs/comparison.md has the commands and what came of them.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tabulate import tabulate

from kaccess.audit.snapshot import Snapshot
from kaccess.kube.api import KubeApi
from kaccess.rbac.catalogue import HAZARDS
from kaccess.report.audit import audit_json, audit_text
from kaccess.report.envelope import envelope
from kaccess.workflows.audit import audit
from tests.audit.plants import kind_of
from tests.controlplane import rbac_objects
from tests.controlplane.client import Client, at_once
from tests.controlplane.servers import ControlPlane

from .planted import EVERYWHERE, IN_KUBERNETES, OTHERS, UNBOUND, manifests, name_of, permissions, planted

ROUNDS = 3
KACCESS = "kaccess"
REPORT = "--report"
"""Instead of the folder: be kaccess, for the cluster of the folder that follows."""

BORN = {"default", "kube-system", "kube-public", "kube-node-lease"}


def load(client: Client) -> None:
    """Put the planted cluster on an empty server."""
    (cluster,) = planted().snapshot().clusters
    names = [each.name for each in cluster.namespaces if each.name not in BORN]
    rbac_objects.create(client, names, list(manifests(cluster.rbac)))
    at_once(lambda each: _make_account(client, *each.split("/")), cluster.service_accounts)


def _make_account(client: Client, namespace: str, name: str) -> None:
    client.expect(201, "POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}})


def seen(folder: Path) -> Snapshot:
    """The planted snapshot, with namespaces and RBAC objects as the server gives them."""
    config = json.loads((folder / "admin.kubeconfig").read_text())
    server, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
    ca_data = base64.b64encode(Path(server["certificate-authority"]).read_bytes()).decode()
    snapshot = planted().snapshot()
    with KubeApi(server["server"], ca_data, lambda: token) as kube:
        read = {"namespaces": kube.namespaces(), "rbac": kube.inventory(), "service_accounts": kube.service_accounts()}
        cluster = replace(snapshot.clusters[0], **read)
    return replace(snapshot, clusters=(cluster,))


def report(folder: Path) -> None:
    """Be kaccess: print the table, and leave the findings and the whole audit in the folder."""
    found = audit(seen(folder))
    sys.stdout.write(audit_text(found))
    data = audit_json(found)
    (folder / "kaccess.findings.json").write_text(json.dumps(telling(data["findings"]), indent=1))
    (folder / "kaccess.audit.json").write_text(envelope("Audit", data, exit_code=0, is_large=True))


def telling(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All but those about ClusterRoleBindings of others: they say that one is there, and not what its role is good for.

    The plant of that finding itself stays.
    """
    kept = f"ClusterRoleBinding {name_of(EVERYWHERE)}", "RoleBinding "
    return [each for each in findings if each["id"] != kind_of(EVERYWHERE) or each["where"].startswith(kept)]


def timed(folder: Path, name: str, command: list[str], output: Path) -> None:
    """Run a command some times, and say on stderr how long each took."""
    environment = {**os.environ, "HOME": str(folder), "KUBECONFIG": str(folder / "admin.kubeconfig")}
    took = []
    for _ in range(ROUNDS):
        start = time.monotonic()
        with output.open("wb") as file:
            code = subprocess.run(command, env=environment, stdout=file, stderr=file, check=False).returncode
        took.append(time.monotonic() - start)
    sys.stderr.write(f"{name}: exit code {code}, {', '.join(f'{each:.2f}' for each in took)} s\n")


def rows() -> dict[str, list[str]]:
    """The plants that Kubernetes shows, in the order of the table: a label, and the names that stand for it."""
    named = {plant: [name_of(plant)] for plant in IN_KUBERNETES}
    for hazard in HAZARDS:
        *single, whole = (name for name, _ in permissions(hazard))
        named |= {f"{hazard.id}, each alone": single, f"{hazard.id}, all in one role": [whole]}
    return named | {f"others: {other}": [f"plant-others-{other}"] for other in OTHERS} | {"others: unbound": [UNBOUND]}


def counted(names: list[str], text: str) -> str:
    """How many of the names stand in a text."""
    found = sum(bool(re.search(rf"{name}(?![\w-])", text)) for name in names)
    return f"{found}/{len(names)}" if len(names) > 1 else "yes" if found else "-"


def table(texts: dict[str, str]) -> str:
    """What of the plants stands in which text."""
    cells = [(label, *(counted(names, text) for text in texts.values())) for label, names in rows().items()]
    return tabulate(cells, ["plant", *texts], disable_numparse=True)


def main(folder: Path, tools: dict[str, list[str]]) -> None:
    """Start the cluster, run everything on it, and print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    with ControlPlane(folder) as plane, Client.of(plane) as client:
        for name, command in tools.items():
            timed(folder, name, command, folder / f"{name}.empty.txt")
        load(client)
        itself = [sys.executable, "-m", "tests.bench.comparison", REPORT, str(folder)]
        texts = {}
        for name, command in {KACCESS: itself, **tools}.items():
            output = folder / f"{name}.txt"
            timed(folder, name, command, output)
            texts[name] = output.read_text(errors="replace")
        texts[KACCESS] = (folder / "kaccess.findings.json").read_text()
        sys.stdout.write(table(texts) + "\n")
        if not tools:
            sys.stderr.write(f"KUBECONFIG={folder}/admin.kubeconfig; Enter ends the cluster\n")
            sys.stdin.readline()


if __name__ == "__main__":
    where, *rest = sys.argv[1:]
    if where == REPORT:
        report(Path(rest[0]))
    else:
        main(
            Path(where).resolve(),
            {name: shlex.split(command) for name, _, command in (each.partition("=") for each in rest)},
        )
