"""The first policy of a team, as `kaccess init` writes it: small, commented, valid."""

from __future__ import annotations

from typing import Final

from kaccess.model.policy import Cluster
from kaccess.policy.item_text import quoted

_TEXT: Final = """\
# Who may do what in which namespaces of the cluster. `kaccess validate` checks this file, `kaccess plan` shows what
# it changes, `kaccess apply` changes it.
apiVersion: kaccess/v1
kind: AccessPolicy

clusters:
  {alias}:  # the alias used on the command line
    name: {name}
    region: {region}
    account: "{account}"  # kaccess does not run against any other account
    backend: {backend}  # auto | access-entries | aws-auth

# The namespaces that grants may name. With create: true, kaccess creates those that do not exist.
namespaces:
  development: {{create: true, labels: {{env: development}}}}
  staging: {{}}
  production: {{}}

roles:
  viewer: {{cluster_role: view}}  # reads everything but secrets
  developer:
    # A pod may mount any secret of its namespace and run as any of its service accounts: where workloads may be
    # started, everything else in the namespace can be reached. This role accepts that.
    allow: [create-workloads]
    rules:
      - apiGroups: [""]
        resources: [pods, pods/log, services, configmaps, persistentvolumeclaims, events]
        verbs: [get, list, watch]
      - apiGroups: [""]
        resources: [services, configmaps]
        verbs: [create, update, patch, delete]
      - apiGroups: [apps]
        resources: [deployments, replicasets, statefulsets]
        verbs: [get, list, watch]
      - apiGroups: [apps]
        resources: [deployments]
        verbs: [create, update, patch, delete]

# A group is the IAM group of the same name; `kaccess grant` and `kaccess revoke` edit this list. For example:
#   - {{group: payments-developers, role: developer, namespaces: [development]}}
#   - {{group: oncall, role: developer, namespaces: [development], until: 2026-12-01T18:00:00Z, reason: INC-1234}}
grants: []

# Sentences that must stay true; `kaccess validate` proves them without a cluster. For example:
#   - payments-developers can create deployments.apps in development
tests:
  - nobody can get secrets in development
  - nobody can get secrets in production
"""


def starter_policy(cluster: Cluster) -> str:
    """The text of a policy for this cluster that grants nothing yet."""
    return _TEXT.format(
        alias=quoted(cluster.alias),
        name=quoted(cluster.name),
        region=cluster.region,
        account=cluster.account,
        backend=cluster.backend.value,
    )
