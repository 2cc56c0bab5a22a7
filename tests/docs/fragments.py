"""The YAML of the pages as kaccess reads it: whole policies, and parts of one with the least that they refer to."""

import re
from datetime import datetime, timezone
from pathlib import Path

import yaml

from kaccess.model.names import PROTECTED_NAMESPACES
from kaccess.policy.expectations import check
from kaccess.policy.files import PolicyFile
from kaccess.policy.lint import lint
from kaccess.policy.load import API_VERSION, KIND, POLICY_KEYS, load_files

HEAD = f"apiVersion: {API_VERSION}\nkind: {KIND}\n"
CLUSTER = {"region": "eu-south-1", "account": "111122223333"}


def load_fragment(text):
    """Read YAML: a policy or a part of it with kaccess's own loader, anything else with a YAML parser.

    A policy that names its clusters is whole: it must also be one that `kaccess validate` accepts. What names none, as
    one file of a folder or a fragment, gets the clusters, roles and namespaces that it speaks of from a second file.

    Raises:
        PolicyError, ValueError: it is no policy, or not one that is accepted.
        yaml.YAMLError: it is not YAML.
    """
    documents = list(yaml.safe_load_all(text))
    first = documents[0] if len(documents) == 1 and isinstance(documents[0], dict) else {}
    prometheus = isinstance(first.get("groups"), list)  # its rules stand under that word as well
    if not first or not set(first) <= set(POLICY_KEYS) or prometheus:
        return
    file = PolicyFile(Path("page.yaml"), text if "apiVersion" in first else HEAD + text)
    if "apiVersion" not in first or "clusters" not in first:
        load_files((file, PolicyFile(Path("frame.yaml"), HEAD + yaml.safe_dump(_frame(first)))))
        return
    policy = load_files((file,)).policy
    now = datetime.now(timezone.utc)
    refused = [*lint(policy, now).refusals, *check(policy, now)]
    if refused:
        raise ValueError("\n".join(map(str, refused)))


def _frame(part):
    """What a part refers to and does not define itself."""
    grants = part.get("grants") or ()
    namespaces = {name for grant in grants if isinstance(grant["namespaces"], list) for name in grant["namespaces"]}
    namespaces |= {found[1] for test in part.get("tests") or () if (found := re.search(r" in +(\S+)\s*$", test))}
    clusters = {name for grant in grants for name in grant.get("clusters", ())}
    if not clusters and not part.get("clusters"):
        clusters = {"cardo"}
    wanted = {
        "clusters": {name: {**CLUSTER, "name": f"{name}-eks"} for name in clusters},
        "roles": {grant["role"]: {"cluster_role": "view"} for grant in grants},
        "namespaces": {name: {} for name in namespaces - PROTECTED_NAMESPACES},
    }
    return {
        key: {name: value for name, value in values.items() if name not in (part.get(key) or {})}
        for key, values in wanted.items()
    }
