"""Kubeconfigs and accesses that the tests of this room share."""

from __future__ import annotations

import base64
from pathlib import Path

from kaccess.kubeconfig.access import ClusterAccess

CA_DATA = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + b"x" * 600).decode()
PROGRAM = "/opt/kaccess/bin/kaccess"

FOREIGN = """\
# kept by hand, please do not reformat
apiVersion: v1
kind: Config
preferences: {colors: true}   # ours alone
clusters:
# the office cluster
- name: office
  cluster:
    server: https://office.example:6443
    insecure-skip-tls-verify: true
    vendor-field: 0123
users:
  # indented the other way
  - name: ana
    user: {token: not-a-real-token, "odd: key": on}
contexts:
- context:
    cluster: office
    user: ana
    note: |
      several
      lines

  # after the block
  name: office
current-context: office
vendor: {enabled: yes, since: 2026-01-02}
"""


def access(*namespaces: str, alias: str = "cardo", **changes: str | None) -> ClusterAccess:
    fields = {"name": f"{alias}-eks", "region": "eu-south-1", "server": f"https://{alias}.example", "ca_data": CA_DATA}
    return ClusterAccess(alias, namespaces=namespaces, **{**fields, **changes})


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()
