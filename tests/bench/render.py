"""What a policy brings to an empty cluster, as one file for kubectl.

Run as `python -m tests.bench.render POLICY FILE`.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path

from kaccess.kube.manifests import KubeItem, to_manifest
from kaccess.model.policy import Backend
from kaccess.model.state import Entry, State
from kaccess.planning.plan import make_plan
from kaccess.policy.load import load
from kaccess.policy.resolve import desired


def main(policy_path: Path, file: Path) -> None:
    policy = load(policy_path).policy
    (cluster,) = policy.clusters.values()
    backend, now = Backend.ACCESS_ENTRIES, datetime.now(timezone.utc)
    wanted = desired(policy, cluster, backend=backend, namespaces={}, members={}, now=now).state
    changes = make_plan(cluster.alias, wanted, State()).changes
    items: list[KubeItem] = [change.item for change in changes if not isinstance(change.item, Entry)]
    # In the order of the plan: each namespace before what is in it.
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [to_manifest(item) for item in items]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
