"""Policies for tests: a small valid one, and what is wrong with a changed one."""

from datetime import datetime, timezone
from pathlib import Path

from kaccess.policy.files import PolicyFile
from kaccess.policy.load import PolicyError, load_files

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)

HEAD = "apiVersion: kaccess/v1\nkind: AccessPolicy\n"

CLUSTERS = """\
clusters:
  cardo: {name: cardo-eks, region: eu-south-1, account: "111122223333"}
"""

SMALL = f"""\
{HEAD}{CLUSTERS}\
namespaces:
  development: {{create: true, labels: {{env: development}}}}
  staging: {{}}
  production: {{}}
roles:
  viewer: {{cluster_role: view}}
  developer:
    rules:
      - {{apiGroups: [""], resources: [pods], verbs: [get, list]}}
grants:
  - {{group: payments, role: developer, namespaces: [development]}}
  - {{group: payments, role: viewer, namespaces: [staging, production]}}
  - {{group: data, role: viewer, namespaces: [development]}}
"""


def files_of(*texts):
    """Policy files in memory, called p.yaml, q.yaml, r.yaml."""
    return tuple(PolicyFile(Path(f"{name}.yaml"), text) for name, text in zip("pqr", texts, strict=False))


def loaded(*texts):
    """The policy that the texts are."""
    return load_files(files_of(*texts))


def policy_of(*texts):
    """The policy that the texts are, without the warnings."""
    return loaded(*texts).policy


def problems_of(*texts):
    """All that is wrong with the texts, as it is shown; nothing if they are a policy."""
    try:
        load_files(files_of(*texts))
    except PolicyError as error:
        return str(error).splitlines()
    return []
